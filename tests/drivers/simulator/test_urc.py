import asyncio

import pytest

GONE = {
    "SIM800": b"+CPIN: NOT READY",
    "A7670": b"+CPIN: SIM REMOVED",
    "EC25": b"+CPIN: NOT READY",
    "E1550": b"^SIMST:255",
    "MF190": b"+ZUSIMR:2",
    "Q2406": b"+WIND: 0",
    "L610": b"+SIM: Removed",
    "Air780E": b"^CARDMODE: 255",
}
BANNERS = {
    "SIM800": "RDY",
    "A7670": "*ATREADY: 1",
    "EC25": "RDY",
    "BG96": "APP RDY",
    "E1550": "^BOOT:",
    "Q2406": "+WIND: 3",
    "SARA-U2": "+AT: READY",
    "MC55": "^SYSSTART",
    "M590": "MODEM:STARTUP",
}
NUMBER_READY = {
    "SIM800": "SMS Ready",
    "SIM7600": "PB DONE",
    "EC25": "+QIND: PB DONE",
    "Q2406": "+WIND: 10",
    "M590": "+PBREADY",
}


@pytest.mark.parametrize(("personality", "line"), GONE.items())
async def test_a_pulled_card_is_announced_by_the_vendors_urc(talk, personality, line):
    module, client = await talk(personality)
    module.pull()
    assert line in await client.hears(line.decode())


@pytest.mark.parametrize("personality", ["M590", "MC7455"])
async def test_some_modules_never_announce_that_the_card_is_gone(talk, personality):
    module, client = await talk(personality)
    module.pull()
    await client.hears_nothing()


@pytest.mark.parametrize(
    ("personality", "setting", "gone", "back"),
    [
        ("SIM800", "AT+CSMINS=1", "+CSMINS: 1,0", "+CSMINS: 1,1"),
        ("EC25", "AT+QSIMSTAT=1", "+QSIMSTAT: 1,0", "+QSIMSTAT: 1,1"),
        ("GL865", "AT#QSS=1", "#QSS: 0", "#QSS: 1"),
        ("MC55", "AT^SCKS=1", "^SCKS: 0", "^SCKS: 1"),
        ("SARA-U2", "AT+USIMSTAT=1", "+UUSIMSTAT:0", "+UUSIMSTAT:6"),
    ],
)
async def test_card_urcs_that_must_be_switched_on(talk, personality, setting, gone, back):
    module, client = await talk(personality, speed=1000)
    module.pull()
    module.insert()
    await asyncio.sleep(0.03)
    assert gone not in await client.ask("AT")
    assert await client.ask(setting) == ["OK"]
    module.pull()
    await client.hears(gone)
    module.insert()
    await client.hears(back)


@pytest.mark.parametrize(("personality", "banner"), BANNERS.items())
async def test_a_restart_begins_with_the_vendors_banner(talk, personality, banner):
    module, client = await talk(personality, speed=1000)
    module.reboot()
    await client.hears(banner)


@pytest.mark.parametrize(("personality", "line"), NUMBER_READY.items())
async def test_a_readable_number_is_announced_by_the_vendors_urc(talk, personality, line):
    module, client = await talk(personality, speed=1000)
    module.reboot()
    await client.hears(line)


async def test_simcom_and_huawei_end_some_lines_with_an_extra_return(talk):
    module, client = await talk("SIM800")
    module.ring("+46701740699")
    assert await client.hears("RING") == b"\r\r\nRING\r\r\n"


async def test_a_caller_is_shown_where_clip_asked_for_it(talk):
    module, client = await talk()
    await client.ask("AT+CLIP=1")
    module.ring("+46701740699")
    await client.hears('+CLIP: "+46701740699",145')
