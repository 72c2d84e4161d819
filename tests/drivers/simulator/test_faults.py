import asyncio
import random

import pytest

from drivers.simulator.faults import MEANINGS, Faults

ANSWER = b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n"


@pytest.fixture
def faults():
    return Faults(random.Random(1))


def test_a_fault_is_on_until_it_is_off(faults):
    faults.switch("half", on=True)
    assert faults.distorted(ANSWER) == faults.distorted(ANSWER) == b"\r\n+CSQ: 17"
    faults.switch("half", on=False)
    assert faults.distorted(ANSWER) == ANSWER


def test_a_fault_may_last_for_one_answer(faults):
    faults.switch("half", on=True, once=True)
    faults.answered()
    assert "half" not in faults


def test_an_unknown_fault_is_refused(faults):
    with pytest.raises(KeyError):
        faults.switch("sunspots", on=True)


def test_nul_keeps_what_is_sent_between_nul_bytes(faults):
    faults.switch("nul", on=True)
    distorted = faults.distorted(ANSWER)
    assert distorted.startswith(bytes(8))
    assert distorted.replace(b"\0", b"") == ANSWER


def test_garbage_holds_nothing_readable_and_is_the_same_for_a_seed(faults):
    faults.switch("garbage", on=True)
    noise = faults.distorted(ANSWER)
    assert len(noise) == len(ANSWER)
    assert not set(noise) & set(range(32, 127))
    again = Faults(random.Random(1))
    again.switch("garbage", on=True)
    assert again.distorted(ANSWER) == noise


async def test_silent_sends_nothing_and_drops_what_it_was_asked(talk):
    module, client = await talk()
    module.fault("silent")
    client.write(b"AT\r")
    module.send_urc("+CREG: 2")
    await client.hears_nothing()
    module.fault("silent", on=False)
    assert await client.raw("AT") == b"\r\nOK\r\n"


async def test_hang_answers_afterwards_what_waited(talk):
    module, client = await talk()
    module.fault("hang")
    client.write(b"AT\rAT+CFUN?\r")
    await client.hears_nothing()
    module.fault("hang", on=False)
    assert await client.hears("+CFUN: 1\r\n\r\nOK\r\n") == b"\r\nOK\r\n\r\n+CFUN: 1\r\n\r\nOK\r\n"


async def test_slow_makes_the_next_command_wait(talk):
    module, client = await talk()
    module.fault("slow", seconds=0.05)
    client.write(b"AT+CFUN?\rAT\r")
    await client.hears_nothing(0.02)
    assert (await client.hears("+CFUN: 1\r\n\r\nOK\r\n")).count(b"OK") == 1
    await client.hears("OK")


async def test_late_answers_come_when_something_else_is_expected(talk):
    module, client = await talk()
    module.fault("late", seconds=0.05, once=True)
    client.write(b"AT+CFUN?\r")
    await client.hears_nothing(0.01)
    assert await client.ask("AT+CSMINS?") == ["+CSMINS: 0,1", "OK"]
    assert await client.hears("OK") == b"\r\n+CFUN: 1\r\n\r\nOK\r\n"


async def test_a_late_answer_does_not_outlive_a_restart(talk, opened):
    module, client = await talk(speed=1000)
    module.fault("late", seconds=0.03, once=True)
    client.write(b"AT+CFUN?\r")
    await client.hears_nothing(0.01)
    module.unplug()
    module.replug()
    client = opened(module.path)
    await asyncio.sleep(0.05)
    assert b"+CFUN: 1\r\n\r\nOK" not in client.got


async def test_half_stops_in_the_middle(talk):
    module, client = await talk()
    module.fault("half", once=True)
    client.write(b"AT+CFUN?\r")
    assert await client.hears("+CFUN") == b"\r\n+CFUN: "
    await client.hears_nothing()
    assert await client.ask("AT") == ["OK"]


async def test_endless_never_ends_until_it_is_off(talk):
    module, client = await talk()
    module.fault("endless")
    client.write(b"AT\r")
    await client.until(lambda got: len(got) > 5000)
    module.fault("endless", on=False)
    client.got = b""
    client.write(b"\rAT+CFUN?\r")
    await client.hears("+CFUN: 1\r\n\r\nOK\r\n")


async def test_flood_sends_urcs_without_pause_and_inside_answers(talk):
    module, client = await talk("E1550")
    module.fault("flood")
    client.write(b"AT+CFUN?\r")
    got = await client.until(lambda got: got.count(b"^RSSI:") > 50 and b"OK\r\n" in got)
    between = got[got.index(b"+CFUN: 1") : got.index(b"OK\r\n")]
    assert b"^RSSI:" in between
    module.fault("flood", on=False)


async def test_a_rival_shows_up_as_commands_that_nobody_here_sent(talk):
    module, client = await talk()
    module.fault("rival")
    await client.hears("AT+CMGL=4\r\r\nOK\r\n")
    module.fault("rival", on=False)


async def test_echo_cannot_be_switched_off(talk):
    module, client = await talk()
    module.fault("echo")
    assert await client.raw("ATE0") == b"ATE0\r\r\nOK\r\n"
    assert await client.raw("AT") == b"AT\r\r\nOK\r\n"


async def test_v0_is_a_state_that_atv1_ends(talk):
    module, client = await talk()
    module.fault("v0")
    client.write(b"AT\r")
    await client.until(lambda got: got == b"0\r")
    assert await client.raw("ATV1") == b"\r\nOK\r\n"


async def test_busy_is_a_card_that_cannot_say(talk):
    module, client = await talk("EC25")
    await client.ask("AT+CMEE=1")
    module.fault("busy")
    for question in ("AT+CPIN?", "AT+QCCID", "AT+CIMI", "AT+CNUM", "AT+CRSM=176,12258,0,0,10"):
        assert await client.ask(question) == ["+CME ERROR: 14"]
    module.faults_off()
    assert await client.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]


async def test_the_truth_names_the_faults_and_whether_anything_can_be_read(talk):
    module, _ = await talk()
    for name in MEANINGS:
        before = module.truth()
        module.fault(name)
        if name != "v0":
            assert module.truth()["faults"] == [name]
        readable = name not in {"silent", "hang", "half", "garbage", "endless"}
        assert module.truth()["answers"] is readable
        if not readable:
            assert module.truth()["since"]["answers"] > before["since"]["answers"]
        module.fault(name, on=False)
        assert module.answers


async def test_a_rate_that_does_not_fit_gives_noise(talk):
    import termios

    module, client = await talk()
    module.state.baudrate = 9600
    client.write(b"AT\r")
    noise = await client.until(lambda got: len(got) >= 3)
    assert not set(noise) & set(b"OKER")
    attributes = termios.tcgetattr(client.fd)
    attributes[4] = attributes[5] = termios.B9600
    termios.tcsetattr(client.fd, termios.TCSANOW, attributes)
    assert await client.ask("AT") == ["OK"]
