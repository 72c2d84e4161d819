import pytest

from drivers.simulator.sim import Lock, NumberAt


@pytest.mark.parametrize(
    ("personality", "question", "answer"),
    [
        ("SIM800", "AT+CCID", "{iccid:f<20}"),
        ("SIM900", "AT+CCID", "+CCID: {iccid}"),
        ("SIM7600", "AT+CICCID", "+ICCID: {iccid}"),
        ("EC25", "AT+QCCID", "+QCCID: {iccid:F<20}"),
        ("E1550", "AT^ICCID?", '^ICCID: "{swapped}"'),
        ("E173", "AT^ICCID?", "^ICCID: {swapped}"),
        ("E3131", "AT^ICCID?", '^iccid: "{swapped}"'),
        ("MF190", "AT+ICCID", "ICCID: {iccid}"),
        ("ME3630", "AT+ZGETICCID", "+ZGETICCID: {iccid}"),
        ("Q2406", "AT+CCID", '+CCID: "{iccid}"'),
        ("MC7455", "AT!ICCID?", "!ICCID: {iccid}"),
        ("GL865", "AT#CCID", "#CCID: {iccid}"),
        ("SARA-U2", "AT+CCID", "+CCID: {iccid}"),
        ("MC55", "AT+CXXCID", "+CXXCID: {iccid}"),
        ("EHS5", "AT^SCID", "^SCID: {iccid}"),
        ("A6", "AT+CCID", "+SCID: SIM Card ID: {iccid:F<20}"),
        ("Air780E", "AT+ICCID", "+ICCID: {iccid}"),
    ],
)
async def test_each_vendor_prints_the_iccid_in_its_own_way(talk, personality, question, answer):
    module, client = await talk(personality)
    card = module.state.card
    expected = answer.format(iccid=card.iccid, swapped=card.file(12258))
    assert await client.ask(question) == [expected, "OK"]


@pytest.mark.parametrize("personality", ["M590", "L610", "SLM750"])
async def test_crsm_reads_the_iccid_where_no_vendor_command_is_known(talk, personality):
    module, client = await talk(personality)
    answer = await client.ask("AT+CRSM=176,12258,0,0,10")
    assert answer == [f'+CRSM: 144,0,"{module.state.card.file(12258)}"', "OK"]


async def test_crsm_reads_files_and_records_and_writes_nothing(talk):
    module, client = await talk("SIM800")
    assert (await client.ask("AT+CRSM=176,28589,0,0,4"))[
        0
    ] == f'+CRSM: 144,0,"{module.state.card.file(28589)}"'
    assert (await client.ask("AT+CRSM=192,28480"))[0] == '+CRSM: 144,0,"0000001C6F400400FF55FF0102011C"'
    assert (await client.ask("AT+CRSM=178,28480,1,4,28"))[
        0
    ] == f'+CRSM: 144,0,"{module.state.card.record(28480, 1)}"'
    assert (await client.ask("AT+CRSM=176,4660,0,0,4"))[0] == '+CRSM: 106,130,""'
    await client.ask("AT+CMEE=1")
    assert await client.ask('AT+CRSM=214,12258,0,0,10,"98"') == ["+CME ERROR: 3"]
    assert await client.ask("AT+CRSM=176") == ["+CME ERROR: 50"]


async def test_an_lte_module_describes_files_as_a_usim_does(talk):
    _, client = await talk("EC25")
    answer = (await client.ask("AT+CRSM=192,28480"))[0]
    assert answer.startswith('+CRSM: 144,0,"621C82054221001C0183026F40')
    contents = bytes.fromhex(answer.split('"')[1])
    assert contents[1] == len(contents) - 2


async def test_the_iccid_file_is_readable_before_the_pin(talk):
    module, client = await talk("SIM800")
    await client.ask("AT+CMEE=1")
    module.life.lock(Lock.PIN)
    await client.hears("SIM PIN")
    assert (await client.ask("AT+CRSM=176,12258,0,0,10"))[-1] == "OK"
    assert await client.ask("AT+CIMI") == ["+CME ERROR: 11"]


async def test_numbers_are_in_cnum_or_only_in_the_file(talk):
    module, client = await talk("EC25")
    card = module.state.card
    assert (await client.ask("AT+CNUM"))[0] == f'+CNUM: ,"{card.number}",{card.type_of_number}'
    card.number_at = NumberAt.FILE_ONLY
    assert await client.ask("AT+CNUM") == ["OK"]
    assert module.state.card.number.lstrip("+") != ""
    assert (
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        not in (await client.ask("AT+CRSM=178,28480,1,4,28"))[0]
    )


async def test_huawei_glues_the_number_to_an_error(talk):
    module, client = await talk("E173")
    assert (await client.ask("AT+CNUM"))[
        0
    ] == f'ERROR+CNUM: "","{module.state.card.number}",{module.state.card.type_of_number}'


async def test_the_number_is_not_there_before_the_phone_book(talk):
    module, client = await talk("EC25")
    await client.ask("AT+CMEE=1")
    module.life.phonebook_ready = False
    assert await client.ask("AT+CNUM") == ["+CME ERROR: 14"]


async def test_strings_are_in_the_chosen_character_set(talk):
    module, client = await talk("EC25")
    await client.ask('AT+CSCS="UCS2"')
    number = module.state.card.number.encode("utf-16-be").hex().upper()
    assert (await client.ask("AT+CNUM"))[0] == f'+CNUM: ,"{number}",{module.state.card.type_of_number}'


async def test_the_own_number_book_belongs_to_the_module_and_not_to_the_tty(modules, opened):
    module = await modules("EC25", ports=[("a", "at", None), ("b", "at", None)])
    first, second = (opened(port.path) for port in module.ports)
    await first.ask("ATE0")
    await second.ask("ATE0")
    await first.ask('AT+CPBS="ON"')
    assert (await second.ask("AT+CPBS?"))[0] == '+CPBS: "ON",1,4'
    assert (await second.ask("AT+CPBR=1"))[0].startswith(f'+CPBR: 1,"{module.state.card.number}"')


async def test_a_pin_opens_the_card_and_a_wrong_one_does_not(talk):
    module, client = await talk("SIM800", speed=1000)
    await client.ask("AT+CMEE=1")
    module.life.lock(Lock.PIN)
    await client.hears("SIM PIN")
    assert await client.ask("AT+CPIN=12") == ["+CME ERROR: 16"]
    assert (await client.ask('AT+CPIN="1234"'))[-1] == "OK"
    # URCs of the card that is being read may come before either answer.
    assert (await client.ask("AT+CPIN?"))[-2:] == ["+CPIN: READY", "OK"]
    assert (await client.ask("AT+CPIN=1234"))[-1:] == ["+CME ERROR: 3"]
