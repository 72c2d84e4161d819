"""A client gets from a shared module what a module of its own would send."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from private_module import PrivateModule

from drivers.at.allowlist import allowed
from drivers.at.state_table import WrongMove
from drivers.sharing.command_line import settings_in
from drivers.sharing.dialogue import (
    ABANDONED_TIMEOUT,
    BODY_TIMEOUT,
    CALL_TIMEOUT,
    HOLDS_LOCK,
    TEXT_GUARD,
    TRANSITIONS,
    TYPED_AHEAD,
    Move,
    SharedDialogue,
    State,
)
from drivers.sharing.events import GrantWanted, Inject, Released, Send, Show, Unsolicited

OURS = ("ATE0V1Q0", "AT+CMEE=1", "AT+CREG=2")


def settings_of(commands=OURS):
    return {name: value for command in commands for name, value in settings_in(command).items()}


class SharedModule:
    """The same module with our settings, a dialogue in front of it, and us asking in between."""

    def __init__(self, cuts=(1000,), **quirks):
        self.module = PrivateModule(**quirks)
        self.make_settings()
        self.dialogue = SharedDialogue()
        self.dialogue.keep(settings_of())
        self.heard = bytearray()
        self.ours = []
        self.waiting = False
        self._cuts = list(cuts)
        self._turn = 0
        self._said = bytearray()
        self._delivering = False

    def make_settings(self):
        for setting in OURS:
            assert self.module.hear(setting.encode() + b"\r").endswith((b"OK\r\n", b"OK\r"))

    def type(self, data):
        self.act(self.dialogue.typed(data))

    def grant(self):
        if self.waiting:
            self.waiting = False
            self.act(self.dialogue.granted())

    def ask_ours(self):
        """Our question, where the line is free; its answer is whole and in the form we rely on."""
        if self.dialogue.state not in HOLDS_LOCK and not self.module.data:
            answer = self.module.hear(b"AT+CREG?\r")
            assert answer.startswith(b'\r\n+CREG: 2,%s,"' % self.module.stat.encode())
            self.ours.append(answer)

    def unsolicited(self, data):
        """Bytes that the module says by itself."""
        if self.dialogue.state in HOLDS_LOCK:
            self.deliver(data)
        else:
            self.overhear(data)

    def overhear(self, data):
        for line in data.replace(b"\r", b"\n").split(b"\n"):
            if line:
                self.act(self.dialogue.other_line(line.decode("latin-1")))

    def deliver(self, data):
        """Hand on what the module says, in pieces, and in the order in which it says it."""
        self._said += data
        if self._delivering:
            return
        self._delivering = True
        while self._said:
            if self.dialogue.state not in HOLDS_LOCK:
                rest, self._said = bytes(self._said), bytearray()
                self.overhear(rest)
                break
            size = self._cuts[self._turn % len(self._cuts)]
            self._turn += 1
            piece = bytes(self._said[:size])
            del self._said[:size]
            self.act(self.dialogue.receive(piece))
        self._delivering = False
        if self.dialogue.state is State.ENDING:
            self.act(self.dialogue.time_out())

    def act(self, events):
        for event in events:
            match event:
                case Show():
                    self.heard += event.data
                case Send():
                    self.deliver(self.module.hear(event.data))
                case GrantWanted():
                    self.waiting = True
                case Released():
                    assert event.in_step
                    self.overhear(event.rest)
                    if event.restore_settings:
                        self.make_settings()
                case Inject():
                    self.deliver(self.module.hear(event.data))


LINES = st.sampled_from([
    b"AT", b"at", b"ATE0", b"ATE1", b"ATE", b"ATV0", b"ATV1", b"ATQ1", b"ATQ0", b"ATE1V0Q0", b"AT+CMEE=0",
    b"AT+CMEE=1", b"AT+CMEE=2", b"AT+CMEE?", b"AT+CREG=0", b"AT+CREG=1", b"AT+CREG=2", b"AT+CREG?",
    b"AT+CREG=1;+CREG?", b"ATE1+CMEE=2;+CSQ", b'AT+CSCS="UCS2"', b"AT+CSCS?", b"AT+CSQ", b"AT+CGMI",
    b"AT+CPIN?", b"AT+CFUN=1,1", b"AT+NOSUCH", b"ATV0;+NOSUCH", b"AT+NOSUCH;+CMEE=2", b"ATZ", b"AT&F", b"",
    b"noise", b"\x1bAT", b"AX\x08T+CSQ", b"\n", b"ATE1;+CGMI;+CSQ",
])  # fmt: skip
MESSAGE = st.sampled_from([
    b"AT+CMGS=20\rDEADBEEF\x1a", b'AT+CMGS="+46700"\rtwo\rlines\x1a', b"AT+CMGS=20\rnever\x1b",
    b"AT+CMGS=20\rbad\x1a", b"AT+CMGS=160\r" + b"x" * 160 + b"\x1a",
])  # fmt: skip
CALL = st.just(b"ATD123\rhello\r\nthere\r\n+++")
STREAM = st.lists(
    st.one_of(
        LINES.map(lambda line: line + b"\r"), LINES.map(lambda line: line + b"\r"), MESSAGE, st.just(b"A/")
    ),
    max_size=8,
).map(b"".join)
"""Command lines and texts; what is typed may go on with the next before the answer to the first has come."""
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)
STEPS = st.lists(st.sampled_from(["grant", "ours"]), max_size=6)


def converse(stream, typed, cuts, steps, **quirks):
    """Type the stream in pieces, with turns and our questions in between; then let all turns be granted."""
    shared = SharedModule(cuts, **quirks)
    turn = 0
    for piece in re.split(rb"(?<=\+\+\+)", stream):  # after which a second passes in which nobody types
        at = 0
        while at < len(piece):
            size = typed[turn % len(typed)]
            shared.type(piece[at : at + size])
            at += size
            for step in steps[turn % 2 :: 2]:
                shared.grant() if step == "grant" else shared.ask_ours()
            turn += 1
        while shared.waiting:
            shared.ask_ours()
            shared.grant()
    return shared


@given(stream=STREAM, typed=CUTS, cuts=CUTS, steps=STEPS, short_ends=st.booleans())
@example(stream=b"ATV0\rAT+CSQ\r", typed=[3], cuts=[1], steps=[], short_ends=False)
def test_fuzz_whatever_is_typed_the_client_gets_what_its_own_module_would_send(
    stream, typed, cuts, steps, short_ends
):
    private = PrivateModule(short_ends=short_ends)
    expected = private.hear(stream)
    shared = converse(stream, typed, cuts, steps, short_ends=short_ends)
    assert bytes(shared.heard) == expected
    assert shared.module.sent == private.sent
    assert shared.module.scs == private.scs


@given(
    stream=STREAM,
    typed=CUTS,
    cuts=CUTS,
    moves=st.lists(st.tuples(st.sampled_from("15"), st.sampled_from(["0001", "0002"])), max_size=5),
)
def test_fuzz_urcs_come_as_the_client_asked_for_them_and_break_no_line(stream, typed, cuts, moves):
    """Between commands, where its place is certain."""
    private, shared = PrivateModule(), SharedModule(cuts)
    expected = b""
    for line in stream.split(b"\r")[:6]:
        if b"\x1a" in line or b"\x1b" in line or b"CMGS" in line or b"ATD" in line or b"+++" in line:
            continue
        expected += private.hear(line + b"\r")
        shared.type(line + b"\r")
        while shared.waiting:
            shared.grant()
        for stat, lac in moves:
            expected += private.move(stat, lac) + private.ring()
            shared.unsolicited(shared.module.move(stat, lac) + shared.module.ring())
    assert bytes(shared.heard).replace(b"\r\n+CREG: 1\r\n", b"") == expected.replace(b"\r\n+CREG: 1\r\n", b"")


@given(stream=STREAM, typed=CUTS, cuts=CUTS, steps=STEPS)
def test_fuzz_the_module_keeps_our_settings_whatever_the_client_sets(stream, typed, cuts, steps):
    module = converse(stream, typed, cuts, steps).module
    assert (module.echo, module.verbose, module.quiet, module.cmee, module.creg) == (
        False,
        True,
        False,
        "1",
        "2",
    )


@given(st.binary(max_size=300), CUTS)
def test_fuzz_no_bytes_of_a_client_break_the_dialogue(stream, typed):
    shared = SharedModule()
    for at in range(0, len(stream), typed[0]):
        shared.type(stream[at : at + typed[0]])
        shared.grant()
    while shared.waiting:
        shared.grant()
    assert len(shared.dialogue._ahead) <= TYPED_AHEAD


def asked(line=b"AT+CSQ", **quirks):
    """A dialogue whose client's line has gone out."""
    dialogue = SharedDialogue()
    dialogue.keep(settings_of())
    dialogue.view.echo = False
    assert dialogue.typed(line + b"\r")[-1] == GrantWanted()
    assert dialogue.granted() == [Send(dialogue._answer.sent + b"\r")]
    return dialogue


def test_everything_between_a_command_and_its_final_result_goes_to_the_client_and_the_rest_does_not():
    events = asked().receive(b'\r\n+CSQ: 1,99\r\n\r\n+CMTI: "SM",3\r\n\r\nOK\r\n\r\n+CREG: 1\r\n\r\nRI')
    assert [type(event) for event in events] == [Show, Unsolicited, Show, Show, Released]
    assert b"".join(e.data for e in events if isinstance(e, Show)) == (
        b'\r\n+CSQ: 1,99\r\n\r\n+CMTI: "SM",3\r\n\r\nOK\r\n'
    )
    assert events[1] == Unsolicited('+CMTI: "SM",3')
    assert events[-1] == Released(True, b"\r\n+CREG: 1\r\n\r\nRI")


def test_a_lf_that_comes_late_is_still_the_clients():
    dialogue = asked()
    assert dialogue.receive(b"\r\nOK\r") == [Show(b"\r\nOK\r")]
    assert dialogue.state is State.ENDING
    assert dialogue.receive(b"\n") == [Show(b"\n")]
    assert dialogue.time_out() == [Released(True)]


def test_a_module_fresh_from_a_restart_echoes_to_nobody():
    assert asked().receive(b"AT+CSQ\r\r\n+CSQ: 1,99\r\n\r\nOK\r\n")[0] == Show(b"\r\n+CSQ: 1,99\r\n")


def test_a_message_text_that_looks_like_a_final_result_or_a_urc_ends_nothing():
    dialogue = asked(b"AT+CMGR=1")
    events = dialogue.receive(b'\r\n+CMGR: "REC READ","+46"\r\nOK\r\nRDY\r\n> hello\r\n\r\nOK\r\n')
    assert {type(event) for event in events} == {Show}
    assert dialogue.state is State.ENDING
    assert dialogue.time_out() == [Released(True)]


def test_the_text_behind_cmt_is_shown_and_is_not_a_urc():
    events = asked().receive(b'\r\n+CMT: "+46",,"x"\r\nOK\r\n\r\n+CSQ: 1,99\r\n')
    assert [e for e in events if isinstance(e, Unsolicited)] == [Unsolicited('+CMT: "+46",,"x"')]
    assert Released not in {type(e) for e in events}


def test_a_message_during_the_clients_command_is_shown_whole_and_is_not_a_urc_to_us():
    """Its end is unknown, so that only quiet ends the answer, and the final result may be a line of the text."""
    text = b"hello\r\n+CPIN: NOT INSERTED\r\n+CREG: 0\r\nCONNECT\r\n1\r\nOK\r\nRDY\r\n"
    message = b'\r\n+CMT: "+46",,"x"\r\n' + text
    answer = b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"
    dialogue = asked()
    said = message + answer
    events = [event for at in range(len(said)) for event in dialogue.receive(said[at : at + 1])]
    assert b"".join(e.data for e in events if isinstance(e, Show)) == message + answer
    assert [e for e in events if not isinstance(e, Show)] == [Unsolicited('+CMT: "+46",,"x"')]
    assert dialogue.timeout == TEXT_GUARD
    assert dialogue.time_out() == [Released(False)]


def test_a_pdu_during_the_clients_command_ends_where_it_was_announced_to_end():
    events = asked().receive(b"\r\n+CMT: ,3\r\n00AABBCC\r\n\r\n+CPIN: READY\r\n\r\n+CSQ: 1,99\r\n\r\nOK\r\n")
    assert [e for e in events if isinstance(e, Unsolicited)] == [
        Unsolicited("+CMT: ,3"),
        Unsolicited("+CPIN: READY"),
    ]
    assert events[-1] == Released(True)


def test_a_message_behind_the_clients_final_result_is_waited_for():
    dialogue = asked()
    dialogue.receive(b"\r\nOK\r")
    events = dialogue.receive(b'\n\r\n+CMT: "+46",,"x"\r\nhello\r\nRDY\r\n')
    assert [e for e in events if isinstance(e, Unsolicited)] == [Unsolicited('+CMT: "+46",,"x"')]
    assert dialogue.timeout == TEXT_GUARD
    assert dialogue.time_out() == [Released(True)]


def test_the_clients_own_answer_is_not_a_urc_to_us():
    events = asked(b"AT+CPIN?").receive(b"\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n")
    assert not any(isinstance(event, Unsolicited) for event in events)


def test_a_text_that_nobody_finishes_is_left_with_escape_and_frees_the_line():
    dialogue = asked(b"AT+CMGS=20")
    dialogue.receive(b"\r\n> ")
    assert (dialogue.state, dialogue.timeout) == (State.BODY, BODY_TIMEOUT)
    assert dialogue.typed(b"0011") == [Send(b"0011")]
    assert dialogue.time_out() == [Inject(b"\x1b")]
    assert allowed("\x1b")
    assert dialogue.time_out() == [Released(False)]


@pytest.mark.parametrize("prompted", [True, False])
def test_a_client_that_leaves_within_a_text_leaves_it_with_escape(prompted):
    dialogue = asked(b"AT+CMGS=20")
    events = dialogue.receive(b"\r\n> ") if prompted else []
    events = dialogue.left() if prompted else [*dialogue.left(), *dialogue.receive(b"\r\n> ")]
    assert events == [Inject(b"\x1b")]
    assert dialogue.receive(b"\r\nOK\r\n") == [Released(True)]
    assert dialogue.idle


def test_a_message_that_was_typed_whole_is_sent_though_its_client_has_gone():
    dialogue = asked(b"AT+CMGS=20")
    dialogue.typed(b"0011\x1a")
    dialogue.left()
    assert dialogue.receive(b"\r\n> ") == [Send(b"0011\x1a")]
    assert dialogue.receive(b"\r\n+CMGS: 1\r\n\r\nOK\r\n") == [Released(True)]


def test_a_client_that_leaves_has_its_whole_commands_finished_for_nobody_and_its_half_one_dropped():
    dialogue = asked()
    dialogue.typed(b"AT+CGMI\rAT+C")
    assert dialogue.left() == []
    assert dialogue.timeout == ABANDONED_TIMEOUT
    assert dialogue.receive(b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n") == [Released(True), GrantWanted()]
    assert dialogue.granted() == [Send(b"AT+CGMI\r")]
    assert dialogue.receive(b"\r\nOK\r\n") == [Released(True)]
    dialogue.arrived()
    assert dialogue.typed(b"SQ\r") == []


@given(
    st.lists(
        st.one_of(st.sampled_from([b"AT\r", b"ATE0\r", b"AT+CMEE=2\r", b"AT+CPIN?\r"]), CALL), max_size=5
    ),
    CUTS,
    CUTS,
)
def test_fuzz_a_call_is_a_call(items, typed, cuts):
    """In words: a client that wants digits (V0) gets the end of its call in words all the same."""
    stream = b"".join(items)
    assert bytes(converse(stream, typed, cuts, ["grant", "ours"]).heard) == PrivateModule().hear(stream)


def test_a_call_goes_through_until_the_line_is_back():
    dialogue = asked(b"ATD123")
    events = dialogue.receive(b"\r\nCONNECT\r\n~first")
    assert [e.data for e in events] == [b"\r\nCONNECT\r\n", b"~first"]
    assert (dialogue.state, dialogue.timeout) == (State.DATA, None)
    assert dialogue.typed(b"AT\rx") == [Send(b"AT\rx")]
    assert dialogue.receive(b"\r\nOK\r\n") == [Show(b"\r\nOK\r\n")], "data, not a final result"
    assert dialogue.receive(b"\r\nNO CARRIER\r\n") == [Show(b"\r\nNO CARRIER\r\n"), Released(True)]


def test_a_call_whose_client_has_gone_is_over_after_a_long_silence():
    dialogue = asked(b"ATD123")
    dialogue.receive(b"\r\nCONNECT\r\n")
    assert dialogue.left() == []
    assert dialogue.timeout == CALL_TIMEOUT
    assert dialogue.time_out() == [Released(False)]


def test_a_call_that_does_not_come_about_ends_the_turn():
    assert asked(b"ATD123").receive(b"\r\nBUSY\r\n") == [Show(b"\r\nBUSY\r\n"), Released(True)]


def test_data_that_a_request_asks_for_ends_with_its_final_result():
    dialogue = asked(b"AT+QHTTPPOST=3,60,60")
    dialogue.receive(b"\r\nCONNECT\r\n")
    assert dialogue.typed(b"a=1") == [Send(b"a=1")]
    assert dialogue.receive(b"\r\nOK\r\n") == [Show(b"\r\nOK\r\n"), Released(True)]


def test_a_command_that_is_never_answered_is_given_up_and_its_answer_may_still_come():
    dialogue = asked()
    assert dialogue.time_out() == [Released(False)]


def test_a_command_for_which_the_line_cannot_be_had_is_dropped_in_silence():
    dialogue = SharedDialogue()
    dialogue.typed(b"AT\r")
    assert dialogue.time_out() == []
    assert dialogue.idle


@given(typed=CUTS, cuts=CUTS)
def test_fuzz_a_prompt_for_each_line_of_a_text_is_the_clients_too(typed, cuts):
    stream = b"ATE0\rAT+CMGS=20\rone\rtwo\rthree\x1aAT\r"
    shared = converse(stream, typed, cuts, ["grant", "ours"], prompts_lines=True)
    assert bytes(shared.heard) == PrivateModule(prompts_lines=True).hear(stream)


def test_a_restart_ends_the_command_under_way_and_the_clients_settings():
    dialogue = asked(b"AT+CMEE=2")
    dialogue.receive(b"\r\nOK\r\n")
    dialogue.typed(b"AT+CSQ\r")
    dialogue.granted()
    assert dialogue.restarted() == [Released(False)]
    assert dialogue.view.echo
    assert dialogue.view.final_result("+CME ERROR: 10") == "ERROR"


def test_after_a_reset_by_the_client_our_settings_are_to_be_made_anew():
    assert asked(b"ATZ").receive(b"\r\nOK\r\n")[-1] == Released(True, restore_settings=True)
    digits = asked(b"ATZ")
    assert digits.receive(b"0\r") == [Show(b"\r\nOK\r\n")], (
        "its stored profile may have V0; the client is shown words"
    )
    assert digits.time_out() == [Released(True, restore_settings=True)]


def test_a_line_that_no_module_takes_is_refused_and_never_sent():
    dialogue = SharedDialogue()
    dialogue.view.echo = False
    assert dialogue.typed(b"AT" + b"x" * 5000 + b"\r") == [Show(b"\r\nERROR\r\n")]


def test_who_types_far_ahead_has_to_wait():
    dialogue = asked()
    dialogue.typed(b"AT\r" * 3000)
    assert dialogue.full


def test_what_the_table_does_not_allow_cannot_be_done():
    dialogue = SharedDialogue()
    with pytest.raises(WrongMove, match="cannot grant while typing"):
        dialogue.granted()
    assert set(TRANSITIONS) == set(State)
    assert {move for moves in TRANSITIONS.values() for move in moves} == set(Move)
