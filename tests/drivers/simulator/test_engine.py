import random

import pytest

from drivers.simulator.engine import HANDLERS, respond
from drivers.simulator.personality import load
from drivers.simulator.session import Mode, Session


async def test_echo_is_on_until_it_is_switched_off(modules, opened):
    client = opened((await modules()).path)
    assert await client.raw("AT") == b"AT\r\r\nOK\r\n"
    assert await client.raw("ATE0") == b"ATE0\r\r\nOK\r\n"
    assert await client.raw("AT") == b"\r\nOK\r\n"


async def test_several_settings_may_stand_in_one_line(modules, opened):
    client = opened((await modules()).path)
    await client.ask("ATE0V1Q0")
    assert await client.raw("AT") == b"\r\nOK\r\n"


async def test_a_chain_is_answered_by_each_part_and_one_final_result(talk):
    _, client = await talk()
    answer = await client.raw("AT+CPIN?;+CFUN?;+CSMINS?")
    assert answer == b"\r\n+CPIN: READY\r\n\r\n+CFUN: 1\r\n\r\n+CSMINS: 0,1\r\n\r\nOK\r\n"


async def test_the_first_failure_ends_a_chain(talk):
    _, client = await talk()
    assert await client.ask("AT+CFUN?;+NOSUCH;+CSMINS?") == ["+CFUN: 1", "ERROR"]


async def test_a_module_that_takes_no_chains_refuses_them(talk):
    _, client = await talk("E1550")
    assert await client.ask("AT+CFUN?;+CPIN?") == ["COMMAND NOT SUPPORT"]


@pytest.mark.parametrize(
    ("personality", "words"), [("SIM800", "ERROR"), ("E1550", "COMMAND NOT SUPPORT"), ("A6", "+CME ERROR:58")]
)
async def test_an_unknown_command_is_refused_as_the_vendor_does(talk, personality, words):
    _, client = await talk(personality)
    await client.ask("AT+CMEE=1")
    assert await client.ask("AT+NOSUCH") == [words]


async def test_what_is_no_command_is_passed_over(talk):
    _, client = await talk()
    client.write(b"hello\r\x1b\r\r")
    assert await client.ask("AT") == ["OK"]


async def test_numeric_final_results(talk):
    _, client = await talk()
    client.write(b"ATV0\r")
    await client.until(lambda got: got == b"0\r")
    client.write(b"AT+CFUN?\r")
    await client.until(lambda got: got == b"+CFUN: 1\r\n0\r")
    client.write(b"AT+NOSUCH\r")
    await client.until(lambda got: got == b"4\r")


async def test_a_quiet_session_gets_information_and_no_final_result(talk):
    _, client = await talk()
    client.write(b"ATQ1\rAT+CFUN?\rAT\r")
    await client.hears("+CFUN: 1\r\n")
    await client.hears_nothing()


@pytest.mark.parametrize(
    ("level", "words"), [("0", "ERROR"), ("1", "+CME ERROR: 10"), ("2", "+CME ERROR: SIM not inserted")]
)
async def test_cmee_chooses_the_form_of_errors(talk, level, words):
    module, client = await talk("EC25")
    module.pull()
    await client.hears("NOT READY")
    await client.ask(f"AT+CMEE={level}")
    assert await client.ask("AT+CPIN?") == [words]


async def test_settings_are_kept_shown_and_tested(talk):
    _, client = await talk()
    assert await client.ask("AT+CSCS?") == ['+CSCS: "GSM"', "OK"]
    assert await client.ask("AT+CSCS=?") == ['+CSCS: ("IRA","GSM","UCS2")', "OK"]
    await client.ask('AT+CSCS="UCS2"')
    assert await client.ask("AT+CSCS?") == ['+CSCS: "UCS2"', "OK"]
    await client.ask("ATZ")
    assert await client.ask("AT+CSCS?") == ['+CSCS: "GSM"', "OK"]


async def test_each_tty_has_settings_of_its_own(modules, opened):
    module = await modules("EC25", ports=[("a", "at", None), ("b", "at", None)])
    first, second = (opened(port.path) for port in module.ports)
    await first.ask("ATE0")
    assert await first.raw("AT") == b"\r\nOK\r\n"
    assert await second.raw("AT") == b"AT\r\r\nOK\r\n"


NAMES = [*HANDLERS, *load("EC25").settings, "E", "V", "Q", "&F", "S0", "I", "Z", "+NOSUCH", "^SYSINFO"]
ENDS = [
    "",
    "?",
    "=?",
    "=",
    "=1",
    '="',
    "=\xb2",
    "=-1",
    "=1,2,3,4,5,6",
    '=1,"\xe9",,',
    "=" + "9" * 400,
    ";;",
    ",",
    "=ME",
]


async def test_no_line_of_a_hostile_client_goes_unanswered(modules):
    module = await modules("EC25")
    session = Session(module.personality)
    chance = random.Random(1)
    for _ in range(5000):
        line = "AT" + ";".join(
            chance.choice(NAMES) + chance.choice(ENDS) for _ in range(chance.randint(1, 3))
        )
        assert respond(module.state, session, line) or session.quiet, line
        if session.mode is not Mode.COMMAND:
            respond(module.state, session, chance.choice(["\x1b", "no hex\x1a", "00\x1a", "\x1a"]))


async def test_wavecom_answers_cpin_without_a_final_result(talk):
    _, client = await talk("Q2406")
    client.write(b"AT+CPIN?\r")
    await client.hears("+CPIN: READY\r\n")
    await client.hears_nothing()
    assert await client.ask("AT") == ["OK"]
