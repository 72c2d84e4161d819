from drivers.simulator.lifecycle import SEARCHING


async def test_a_data_call_takes_the_line_until_three_pluses(talk):
    _, client = await talk()
    assert await client.ask("ATD*99#") == ["CONNECT"]
    client.write(b"AT+CSQ\r")
    await client.hears_nothing()
    client.write(b"+++")
    assert await client.hears("OK") == b"\r\nOK\r\n"
    assert (await client.ask("AT+CFUN?"))[-1] == "OK"


async def test_a_data_call_ends_when_the_carrier_is_lost(talk):
    module, client = await talk()
    await client.ask("ATD*99***1#")
    module.send_urc("+CREG: 2")
    await client.hears_nothing()
    module.hang_up()
    await client.hears("NO CARRIER")
    assert await client.ask("AT") == ["OK"]


async def test_a_client_that_leaves_ends_its_data_call(talk, opened):
    module, client = await talk()
    await client.ask("ATD*99#")
    client.close()
    assert await opened(module.path).ask("AT") == ["OK"]


async def test_a_voice_call_leaves_the_line_to_commands(talk):
    module, client = await talk()
    assert await client.ask("ATD+46701740611;") == ["OK"]
    assert module.state.in_call
    assert await client.ask("ATH") == ["OK"]
    assert not module.state.in_call


async def test_nobody_is_called_without_a_network(talk):
    module, client = await talk()
    module.life.set_network(SEARCHING)
    assert await client.ask("ATD*99#") == ["NO CARRIER"]


async def test_ussd_returns_the_sims_own_number(talk):
    module, client = await talk(speed=1000)
    client.write(b'AT+CUSD=1,"*100#",15\r')
    got = await client.hears("+CUSD")
    assert f'+CUSD: 0,"Your number is {module.state.card.e164}",15'.encode() in got


async def test_huawei_packs_ussd_both_ways(talk):
    module, client = await talk("E1550", speed=1000)
    client.write(b'AT+CUSD=1,"AA180C3602",15\r')  # *100#
    answer = (await client.hears("+CUSD: 0,")).split(b'"')[1]
    bits = int.from_bytes(bytes.fromhex(answer.decode()), "little")
    text = "".join(chr(bits >> 7 * at & 0x7F) for at in range(15))
    assert text == "Your number is "
    assert await client.ask('AT+CUSD=1,"*100#",15') == ["ERROR"]
    assert module.truth()["registered"]


async def test_m35_answers_ussd_in_ucs2(talk):
    _, client = await talk("M35", speed=1000)
    client.write(b'AT+CUSD=1,"*100#",15\r')
    await client.hears('+CUSD: 0,"0059006F00750072')


async def test_a_request_that_the_network_does_not_know(talk):
    _, client = await talk(speed=1000)
    client.write(b'AT+CUSD=1,"hello",15\r')
    await client.hears("+CUSD: 4")
