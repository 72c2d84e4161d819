import pytest

from drivers.simulator.lifecycle import (
    DENIED,
    EMERGENCY_ONLY,
    HOME,
    PACKET_ONLY,
    ROAMING,
    SEARCHING,
    SMS_ONLY,
)


@pytest.mark.parametrize("stat", [HOME, ROAMING, SEARCHING, DENIED, EMERGENCY_ONLY])
async def test_registration_is_what_the_network_grants(talk, stat):
    module, client = await talk("SIM800")
    module.life.set_network(SEARCHING)
    module.life.set_network(stat)
    answer = await client.ask("AT+CREG?")
    assert answer[0] == f"+CREG: 0,{stat}"
    assert module.truth()["stat"] == stat


async def test_sms_only_shows_in_the_cs_domain_and_lte_stays_home(talk):
    module, client = await talk("EC25")
    module.life.set_network(SMS_ONLY)
    assert (await client.ask("AT+CREG?"))[0] == "+CREG: 0,6"
    assert (await client.ask("AT+CEREG?"))[0] == "+CEREG: 0,1"
    assert module.truth()["registered"]


async def test_data_only_is_registered_for_packets_alone(talk):
    module, client = await talk("SIM800")
    module.life.set_network(PACKET_ONLY)
    assert (await client.ask("AT+CREG?"))[0] == "+CREG: 0,0"
    assert (await client.ask("AT+CGREG?"))[0] == "+CGREG: 0,1"
    assert not module.truth()["registered"]


async def test_location_is_shown_when_asked_for_and_registered(talk):
    module, client = await talk("EC25")
    await client.ask("AT+CREG=2")
    assert (await client.ask("AT+CREG?"))[0] == f'+CREG: 2,1,"{module.state.lac}","{module.state.ci}",7'
    module.life.set_network(SEARCHING)
    await client.hears("+CREG: 2\r\n")
    assert (await client.ask("AT+CREG?"))[0] == "+CREG: 2,2"


async def test_telit_shows_its_location_always(talk):
    module, client = await talk("GL865")
    assert (await client.ask("AT+CREG?"))[0] == f'+CREG: 0,1,"{module.state.lac}","{module.state.ci}"'


async def test_changes_are_sent_to_sessions_that_asked(talk):
    module, client = await talk("EC25")
    module.life.set_network(SEARCHING)
    await client.hears_nothing()
    await client.ask("AT+CREG=1")
    module.life.set_network(ROAMING)
    assert await client.hears("+CREG") == b"\r\n+CREG: 5\r\n"
    await client.ask("AT+CEREG=2")
    module.life.set_network(HOME)
    await client.hears(f'+CREG: 1\r\n\r\n+CEREG: 1,"{module.state.lac}","{module.state.ci}",7\r\n')


@pytest.mark.parametrize(
    ("personality", "missing"), [("SIM800", "AT+CEREG?"), ("UC20", "AT+CEREG?"), ("SIM800", "AT+CESQ")]
)
async def test_a_generation_lacks_the_commands_of_later_ones(talk, personality, missing):
    _, client = await talk(personality)
    assert await client.ask(missing) == ["ERROR"]


async def test_bg96_is_registered_in_the_eps_domain_alone(talk):
    _, client = await talk("BG96")
    assert (await client.ask("AT+CREG?"))[0] == "+CREG: 0,0"
    assert (await client.ask("AT+CEREG?"))[0] == "+CEREG: 0,1"


async def test_operator_is_a_name_or_digits_or_nothing(talk):
    module, client = await talk("EC25")
    assert await client.ask("AT+COPS?") == [f'+COPS: 0,0,"{module.state.card.operator}",7', "OK"]
    await client.ask("AT+COPS=3,2")
    assert await client.ask("AT+COPS?") == [f'+COPS: 0,2,"{module.state.card.plmn}",7', "OK"]
    module.life.set_network(SEARCHING)
    assert await client.ask("AT+COPS?") == ["+COPS: 0", "OK"]


async def test_cfun_0_takes_quectel_off_the_air_with_error_13(talk):
    module, client = await talk("EC25")
    await client.ask("AT+CMEE=1")
    assert await client.ask("AT+CFUN=0") == ["OK"]
    assert await client.ask("AT+CPIN?") == ["+CME ERROR: 13"]
    assert await client.ask("AT+COPS?") == ["+COPS: 0", "OK"]
    assert not module.truth()["registered"]


async def test_cfun_0_makes_asr_say_that_the_card_is_gone(talk):
    module, client = await talk("Air780E")
    assert "^SIMST: 255,0" in await client.ask("AT+CFUN=0")
    assert await client.ask("AT+CPIN?") == ["+CPIN: SIM REMOVED", "OK"]
    assert module.truth()["sim_present"]


async def test_cfun_1_1_restarts(talk):
    _, client = await talk("EC25", speed=1000)
    client.write(b"AT+CFUN=1,1\r")
    await client.hears("RDY")
