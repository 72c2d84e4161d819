"""Questions over a link: each gets its own answer, in turn, whatever the line does."""

from __future__ import annotations

import asyncio

import pytest
from far_ends import eventually
from memory_wires import Delay, Drop, MemoryWire, Module, Split

from drivers.at.commands import ATTENTION, CPIN, CREG, CSQ, NUMERIC_ERRORS, own_number_query
from drivers.errors import LinkLost, NoAnswer, Refused
from drivers.link.link import DATA_CALL_SILENCE, Direction, Link
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
async def test_a_refusal_tells_its_code_and_command(instant, kind):
    link = link_to({"AT+CPIN?": b"\r\n+CME ERROR: 10\r\n"}, kind)
    with pytest.raises(Refused) as caught:
        await link.ask(CPIN)
    assert (caught.value.command, caught.value.code) == ("AT+CPIN?", 10)
    assert await link.ask(CREG) == REGISTERED


async def test_questions_asked_at_once_take_turns_in_their_order(instant):
    link = link_to()
    answers = await asyncio.gather(link.ask(CREG), link.ask(CSQ, 1), link.ask(CREG), return_exceptions=True)
    assert answers[0] == answers[2] == REGISTERED
    assert [said for said in link.wire.module.heard if said != "ATQ0"] == ["AT+CREG?", "AT+CSQ", "AT+CREG?"]


async def test_silence_is_no_answer_after_the_time_given_with_the_lines_so_far(instant):
    link = link_to({"AT+CPIN?": b"\r\n+CPIN: READY\r\n"})
    started = instant()
    with pytest.raises(NoAnswer) as caught:
        await link.ask(CPIN, 2.5)
    assert instant() - started == pytest.approx(2.5)
    assert (caught.value.command, caught.value.lines) == ("AT+CPIN?", ("+CPIN: READY",))


async def test_without_a_time_the_patience_of_the_command_holds(instant):
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
    assert link.counters.resyncs == 1


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
    assert not link.turn.taken
    link.wire.say(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    assert await link.ask(CREG) == ("+CREG: 2,3",)


async def test_one_who_waits_for_a_turn_can_be_cancelled(instant):
    link = link_to()
    async with link.turn:
        asking = asyncio.ensure_future(link.ask(CREG))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert await link.ask(CREG) == REGISTERED
    assert link.wire.module.heard == ["AT+CREG?"]


async def test_a_guest_holds_the_turn_for_a_whole_transaction(instant):
    link = link_to()
    async with link.turn:
        asking = asyncio.ensure_future(link.ask(CREG, 5))
        await asyncio.sleep(60)
        assert link.wire.module.heard == []
    assert await asking == REGISTERED, "the time counts from our turn"


async def test_news_reaches_the_listener_before_between_and_behind_answers(instant):
    link = link_to({"AT+CREG?": b'\r\n+CMTI: "SM",3\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n\r\nRING\r\n'})
    news = []
    link.on_unsolicited = news.append
    link.wire.say(b"\r\nRDY\r\n")
    assert await link.ask(CREG) == REGISTERED
    assert news == ["RDY", '+CMTI: "SM",3', "RING"]
    assert link.counters.urcs == 3


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
    assert link.counters.prompts == 1


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


async def test_a_data_call_whose_end_nobody_told_is_over_after_a_long_silence(instant):
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
    assert link.lost == "unplugged"
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


async def test_counters_tell_what_happened(instant):
    link = link_to({"AT+CPIN?": b"\r\nERROR\r\n", "AT+CSQ": SILENT})
    await link.ask(CREG)
    with pytest.raises(Refused):
        await link.ask(CPIN)
    with pytest.raises(NoAnswer):
        await link.ask(CSQ, 1)
    link.wire.say(b"\r\n\xfe\xfd\xff\r\nAT+CMGR=1\r\n")
    counters = link.counters
    assert (counters.asked, counters.refused, counters.timeouts) == (3, 1, 1)
    assert (counters.garbled, counters.foreign) == (1, 1)
    assert counters.bytes_out == len(link.wire.sent) == len(b"AT+CREG?\rAT+CPIN?\rAT+CSQ\r")
    assert counters.bytes_in == 47


async def test_the_observer_hears_how_long_each_answer_took_and_nothing_of_those_that_did_not_come(instant):
    link = link_to({"AT+CSQ": SILENT}, Delay, delays=[0.25])
    seen = []
    link.observe = lambda seconds, command: seen.append((round(seconds, 3), command))
    await link.ask(CREG)
    with pytest.raises(NoAnswer):
        await link.ask(CSQ, 1)
    assert seen == [(0.25, "AT+CREG?")]


async def test_the_trace_shows_every_byte_with_its_direction(instant):
    link = link_to()
    shown = []
    link.trace = lambda direction, data: shown.append((direction, data))
    await link.ask(ATTENTION)
    assert shown == [(Direction.TO_MODULE, b"AT\r"), (Direction.FROM_MODULE, b"\r\nOK\r\n")]


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning:serial.rfc2217")
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


async def test_a_lent_line_is_the_guests_alone_until_it_is_taken_back(instant):
    link = link_to({"AT+CSQ": b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"})
    heard, seen = [], []
    link.trace = lambda direction, data: seen.append((direction, data))
    await link.lend(heard.append, 5)
    link.pass_on(b"AT+CSQ\r")
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0.1)
    assert heard == [b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"]
    assert not asking.done()
    link.take_back(in_step=True)
    assert await asking == REGISTERED
    assert [direction for direction, _ in seen] == [
        Direction.GUEST_TO_MODULE,
        Direction.MODULE_TO_GUEST,
        Direction.TO_MODULE,
        Direction.FROM_MODULE,
    ]


async def test_how_long_a_question_waited_for_its_turn_is_told(instant):
    link = link_to()
    waited = []
    link.on_waited = waited.append
    await link.ask(CREG)
    await link.lend(lambda _: None, 5)
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(2)
    link.take_back(in_step=True)
    await asking
    assert waited == [pytest.approx(2)]


async def test_an_answer_that_the_guest_did_not_get_is_not_taken_for_ours(instant):
    link = link_to({"AT+CREG?": [SILENT, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"]})
    await link.lend(lambda _: None, 5)
    link.pass_on(b"AT+CREG?\r")
    link.take_back(in_step=False)
    asking = asyncio.ensure_future(link.ask(CREG, 5))
    await asyncio.sleep(0)
    link.wire.say(b"\r\n+CREG: 2,5\r\n\r\nOK\r\n")
    assert await asking == ("+CREG: 2,3",)


async def test_the_half_line_at_each_hand_over_goes_along(instant):
    link = link_to()
    heard, news = [], []
    link.on_unsolicited = news.append
    link.wire.say(b"\r\nRI")
    await link.lend(heard.append, 5)
    link.wire.say(b"NG\r\n")
    assert b"".join(heard) == b"RING\r\n"
    link.take_back(in_step=True, rest=b"\r\nRI")
    link.wire.say(b"NG\r\n")
    assert news == ["RING"]


async def test_what_a_guest_overhears_is_news_to_us_by_name_only(instant):
    link = link_to()
    news = []
    link.on_unsolicited = news.append
    link.overhear("RING")
    link.overhear("hello")
    assert news == ["RING"]


async def test_others_hear_all_that_is_no_answer_of_ours(instant):
    link = link_to(
        {"AT+CREG?": b'\r\nRING\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n\r\n+CMT: "+46",,"x"\r\nOK \r\n> 1\r\n'}
    )
    others, texts = [], []
    link.on_others, link.on_text = others.append, texts.append
    assert await link.ask(CREG) == REGISTERED
    assert others == ["RING", '+CMT: "+46",,"x"']
    assert texts == ["OK ", "> 1"]


ANSWER = b"\r\n+CREG: 2,1\r\n\r\nOK\r\n"
MESSAGE = b'\r\n+CMT: "+46",,"x"\r\nhello\r\n+CREG: 2,3\r\n\r\nOK\r\n> \r\n1\r\nRDY\r\n'


async def test_a_question_that_a_message_came_upon_is_asked_again(instant):
    link = link_to({"AT+CREG?": [MESSAGE + ANSWER, MESSAGE, ANSWER]})
    news = []
    link.on_unsolicited = news.append
    assert await link.ask(CREG) == REGISTERED
    assert link.counters.overtaken == 2
    assert (link.counters.prompts, link.counters.garbled, link.counters.timeouts) == (0, 0, 0)
    assert news == ['+CMT: "+46",,"x"'] * 2
    assert "\x1b" not in link.wire.sent.decode()


async def test_messages_without_end_are_silence_and_no_more(instant):
    link = link_to({"AT+CREG?": MESSAGE})
    with pytest.raises(NoAnswer):
        await link.ask(CREG)
    assert instant() == pytest.approx(CREG.timeout)


async def test_a_question_to_the_network_is_not_asked_again(instant):
    link = link_to({'AT+CUSD=1,"*100#",15': MESSAGE})
    with pytest.raises(NoAnswer):
        await link.ask(own_number_query("*100#"))
    assert sum(said.startswith("AT+CUSD") for said in link.wire.module.heard) == 1


async def test_nothing_is_asked_or_lent_in_the_middle_of_a_message(instant):
    link = link_to()
    link.wire.say(b'\r\n+CMT: "+46",,"x"\r\nhello\r\n')
    asyncio.get_running_loop().call_later(0.15, link.wire.say, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n1\r\n")
    assert await link.ask(CREG) == REGISTERED
    assert instant() == pytest.approx(0.35)
    link.wire.say(MESSAGE)
    borrowed = []
    await link.lend(borrowed.append, 5)
    assert instant() == pytest.approx(0.55)
    assert not borrowed


async def test_a_line_that_ends_in_the_middle_of_a_message_is_lost(instant):
    link = link_to()
    link.wire.say(MESSAGE)
    asyncio.get_running_loop().call_later(0.1, link.wire.break_down, "unplugged")
    with pytest.raises(LinkLost):
        await link.ask(CREG)


async def test_a_line_that_is_not_in_step_is_brought_there_before_it_is_lent(instant):
    link = link_to({"AT+CREG?": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    heard = []
    await link.lend(heard.append, 5)
    assert link.counters.resyncs == 1
    assert heard == []


async def test_a_lost_wire_is_not_lent(instant):
    link = link_to()
    link.wire.break_down("unplugged")
    await asyncio.sleep(0)
    with pytest.raises(LinkLost):
        await link.lend(lambda _: None, 5)
    assert not link.turn.taken


async def test_questions_in_a_turn_that_is_kept_come_before_everybody_else(instant):
    link = link_to()
    await link.lend(lambda _: None, 5)
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0)
    link.take_back(in_step=True, keep_turn=True)
    await link.ask_in_turn(NUMERIC_ERRORS)
    assert link.wire.module.heard == ["AT+CMEE=1"]
    link.turn.give_back()
    assert await asking == REGISTERED
