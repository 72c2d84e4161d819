"""Commands over a link: each gets its own answer, in turn, whatever happens on the line."""

from __future__ import annotations

import asyncio

import pytest
from loopback import eventually
from memory_wires import Delay, Drop, MemoryWire, Module, Split

from drivers.at.commands import ATTENTION, CPIN, CREG, CSQ, NUMERIC_ERRORS
from drivers.errors import LinkLost, NoAnswer, Refused
from drivers.link import Direction, Link
from drivers.link.link import DATA_CALL_SILENCE
from drivers.wire import open_wire

REGISTERED = ("+CREG: 2,1",)
SILENT = b""


def link_to(answers=None, kind=MemoryWire, **settings):
    return Link(kind(Module(answers), **settings))


async def test_a_question_is_answered_with_its_lines(instant):
    link = link_to()
    assert await link.ask(CREG) == REGISTERED
    assert await link.ask(NUMERIC_ERRORS) == ()
    assert link.wire.module.heard == ["AT+CREG?", "AT+CMEE=1"]


@pytest.mark.parametrize("kind", [MemoryWire, Split])
async def test_a_refusal_has_its_code_and_command(instant, kind):
    link = link_to({"AT+CPIN?": b"\r\n+CME ERROR: 10\r\n"}, kind)
    with pytest.raises(Refused) as caught:
        await link.ask(CPIN)
    assert (caught.value.command, caught.value.code) == ("AT+CPIN?", 10)
    assert await link.ask(CREG) == REGISTERED


async def test_questions_asked_at_once_are_answered_in_their_order(instant):
    link = link_to()
    answers = await asyncio.gather(link.ask(CREG), link.ask(CSQ, 1), link.ask(CREG), return_exceptions=True)
    assert answers[0] == answers[2] == REGISTERED
    assert [said for said in link.wire.module.heard if said != "ATQ0"] == ["AT+CREG?", "AT+CSQ", "AT+CREG?"]


async def test_silence_raises_no_answer_after_the_time_given_with_the_lines_so_far(instant):
    link = link_to({"AT+CPIN?": b"\r\n+CPIN: READY\r\n"})
    started = instant()
    with pytest.raises(NoAnswer) as caught:
        await link.ask(CPIN, 2.5)
    assert instant() - started == pytest.approx(2.5)
    assert (caught.value.command, caught.value.lines) == ("AT+CPIN?", ("+CPIN: READY",))


async def test_without_a_timeout_that_of_the_command_holds(instant):
    link = link_to({"AT+CREG?": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG)
    assert instant() == pytest.approx(CREG.timeout)


async def test_a_late_answer_never_answers_the_next_question(instant):
    link = link_to(
        {"AT+CREG?": [b"\r\n+CREG: 2,1\r\n\r\nOK\r\n", b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"]}, Delay, delays=[1.2]
    )
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    assert await link.ask(CREG, 3) == ("+CREG: 2,3",)
    assert link.wire.module.heard[:2] == ["AT+CREG?", "ATQ0"]


@pytest.mark.parametrize("every", [2, 3, 5])
async def test_on_a_line_that_loses_messages_every_answer_is_to_its_own_question(instant, every):
    """Numbered answers: one that belongs to an earlier question would show."""
    answers = [b'\r\n+CREG: 2,1,"%04X"\r\n\r\nOK\r\n' % turn for turn in range(50)]
    link = link_to({"AT+CREG?": list(answers)}, Drop, every=every)
    answered = 0
    while len(link.wire.module.answers["AT+CREG?"]) > 10:
        try:
            lines = await link.ask(CREG, 5)
        except NoAnswer:
            continue
        turn = 49 - len(link.wire.module.answers["AT+CREG?"])
        assert lines == (f'+CREG: 2,1,"{turn:04X}"',)
        answered += 1
    assert answered


async def test_a_cancelled_question_is_given_up_and_its_answer_dropped(instant):
    link = link_to({"AT+CREG?": [SILENT, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"]})
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not link.lock.locked
    link.wire.say(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    assert await link.ask(CREG) == ("+CREG: 2,3",)


async def test_a_command_that_waits_for_the_lock_can_be_cancelled(instant):
    link = link_to()
    async with link.lock:
        asking = asyncio.ensure_future(link.ask(CREG))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert await link.ask(CREG) == REGISTERED
    assert link.wire.module.heard == ["AT+CREG?"]


async def test_the_lock_is_held_for_a_whole_transaction(instant):
    link = link_to()
    async with link.lock:
        asking = asyncio.ensure_future(link.ask(CREG, 5))
        await asyncio.sleep(60)
        assert link.wire.module.heard == []
    assert await asking == REGISTERED, "the timeout counts from when the lock is ours"


async def test_urcs_reach_the_listener_before_between_and_behind_answers(instant):
    link = link_to({"AT+CREG?": b'\r\n+CMTI: "SM",3\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n\r\nRING\r\n'})
    urcs = []
    link.on_urc = urcs.append
    link.wire.say(b"\r\nRDY\r\n")
    assert await link.ask(CREG) == REGISTERED
    assert urcs == ["RDY", '+CMTI: "SM",3', "RING"]


async def test_a_prompt_is_left_with_escape_and_the_question_fails_at_once(instant):
    link = link_to({"AT+CREG?": [b"\r\n> ", b"\r\n+CREG: 2,1\r\n\r\nOK\r\n"]})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 5)
    assert instant() < 1
    assert link.wire.module.heard == ["AT+CREG?", "\x1b"]
    assert await link.ask(CREG, 5) == REGISTERED
    assert "\x1a" not in link.wire.sent.decode()


async def test_a_stray_prompt_is_left_with_escape(instant):
    link = link_to()
    link.wire.say(b"\r\n> ")
    assert link.wire.module.heard == ["\x1b"]
    assert await link.ask(CREG) == REGISTERED


async def test_a_data_call_silences_us_until_the_line_is_back(instant):
    link = link_to({"AT+CREG?": [b"\r\nCONNECT 115200\r\n", b"\r\n+CREG: 2,1\r\n\r\nOK\r\n"]})
    with pytest.raises(NoAnswer):
        await link.ask(CREG)
    link.wire.say(b"~\xff}#\xc0!")
    for _ in range(3):
        with pytest.raises(NoAnswer):
            await link.ask(CREG)
    assert link.wire.module.heard == ["AT+CREG?"]
    link.wire.say(b"\r\nNO CARRIER\r\n")
    assert await link.ask(CREG) == REGISTERED


async def test_a_data_call_whose_end_was_not_reported_is_over_after_a_long_silence(instant):
    link = link_to()
    link.wire.say(b"\r\nCONNECT\r\n")
    await asyncio.sleep(DATA_CALL_SILENCE / 2)
    link.wire.say(b"~data~")
    await asyncio.sleep(DATA_CALL_SILENCE / 2)
    with pytest.raises(NoAnswer):
        await link.ask(CREG)
    await asyncio.sleep(DATA_CALL_SILENCE / 2)
    assert await link.ask(CREG) == REGISTERED


async def test_a_lost_wire_fails_the_question_and_those_who_wait(instant):
    link = link_to({"AT+CREG?": SILENT})
    told = []
    link.on_lost = told.append
    asking = [asyncio.ensure_future(link.ask(CREG)) for _ in range(3)]
    await asyncio.sleep(0)
    link.wire.break_down("unplugged")
    for one in asking:
        with pytest.raises(LinkLost, match="memory: unplugged"):
            await one
    assert told == ["unplugged"]
    assert link.wire.lost == "unplugged"
    with pytest.raises(LinkLost):
        await link.ask(CREG)


async def test_closing_fails_a_question_under_way(instant):
    link = link_to({"AT+CREG?": SILENT})
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0)
    await link.close()
    with pytest.raises(LinkLost, match="closed by us"):
        await asking


async def test_a_wire_that_was_lost_before_the_link_began_is_lost(instant):
    wire = MemoryWire()
    wire.break_down("unplugged")
    await wire.close()
    with pytest.raises(LinkLost):
        await Link(wire).ask(CREG)


async def test_every_exchange_is_reported_with_its_outcome_and_how_long_it_took(instant):
    link = link_to({"AT+CPIN?": b"\r\nERROR\r\n", "AT+CSQ": SILENT}, Delay, delays=[0.25])
    seen = []
    link.on_exchange = lambda command, outcome, took: seen.append((command, outcome, round(took, 3)))
    await link.ask(CREG)
    with pytest.raises(Refused) as refused:
        await link.ask(CPIN)
    with pytest.raises(NoAnswer) as silence:
        await link.ask(CSQ, 1)
    link.wire.break_down("unplugged")
    with pytest.raises(LinkLost) as lost:
        await link.ask(CREG)
    assert seen == [
        (CREG, REGISTERED, 0.25),
        (CPIN, refused.value, 0.0),
        (CSQ, silence.value, 1.0),
        (CREG, lost.value, 0.0),
    ]


async def test_the_time_of_an_exchange_does_not_include_the_wait_for_the_lock(instant):
    link = link_to({}, Delay, delays=[0.25])
    took = []
    link.on_exchange = lambda _command, _outcome, seconds: took.append(round(seconds, 3))
    async with link.lock:
        asking = asyncio.ensure_future(link.ask(CREG))
        await asyncio.sleep(2)
    await asking
    assert took == [0.25]


async def test_unreadable_lines_are_counted_and_commands_of_others_are_not(instant):
    link = link_to()
    link.wire.say(b"\r\n\xfe\xfd\xff\r\nAT+CMGR=1\r\n")
    assert link.garbled == 1


async def test_the_trace_shows_every_byte_with_its_direction(instant):
    link = link_to()
    shown = []
    link.trace = lambda direction, data: shown.append((direction, data))
    await link.ask(ATTENTION)
    assert shown == [(Direction.TO_MODULE, b"AT\r"), (Direction.FROM_MODULE, b"\r\nOK\r\n")]


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning:serial.rfc2217")  # pyserial's own
async def test_questions_work_over_every_kind_of_wire(far):
    link = Link(await open_wire(far.address))
    await eventually(far.connected)
    asking = asyncio.ensure_future(link.ask(CREG))
    assert await far.receive(9) == b"AT+CREG?\r"
    far.send(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    assert await asking == REGISTERED
    asking = asyncio.ensure_future(link.ask(CPIN))
    assert await far.receive(9) == b"AT+CPIN?\r"
    far.hang_up()
    with pytest.raises(LinkLost):
        await asking
    await link.close()
