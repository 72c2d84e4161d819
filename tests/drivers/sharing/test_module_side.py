"""The module's side of a client's command: the final result ends it, and nothing that only looks like one does."""

from __future__ import annotations

import pytest

from drivers.sharing.command_line import CommandLine
from drivers.sharing.events import Show, Unsolicited
from drivers.sharing.module_side import Answer, Outcome
from drivers.sharing.session_view import SessionView


def answer(text="AT+CSQ"):
    return Answer(CommandLine(text), SessionView(), {"E": "0", "V": "1", "+CMEE": "1"})


@pytest.mark.parametrize("line", ["OK", "ERROR", "+CME ERROR: 10", "+CMS ERROR: 500", "COMMAND NOT SUPPORT"])
def test_a_final_result_ends_it(line):
    assert answer().receive(b"\r\n%s\r\n" % line.encode())[-1] is Outcome.FINAL_RESULT


@pytest.mark.parametrize("line", ["OKLAHOMA", "0", "4", "RING", "NO CARRIER", "ERROR+CNUM: 1", "1"])
def test_what_is_no_final_result_of_this_command_does_not(line):
    assert Outcome.FINAL_RESULT not in answer().receive(b"\r\n%s\r\n" % line.encode())


@pytest.mark.parametrize("line", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"])
def test_call_results_are_final_results_of_a_call(line):
    assert answer("ATD123").receive(b"\r\n%s\r\n" % line.encode())[-1] is Outcome.FINAL_RESULT


def test_what_comes_behind_the_final_result_is_left_over():
    one = answer()
    one.receive(b"\r\nOK\r\n\r\nRING\r\n+CM")
    assert one.take_rest() == b"\r\nRING\r\n+CM"
    assert one.take_rest() == b""


def test_a_prompt_has_no_end_and_stands_alone():
    assert answer("AT+CMGS=20").receive(b"\r\n> ") == [Show(b"\r\n> "), Outcome.PROMPT]
    assert answer("AT+CMGL=4").receive(b"\r\n> ") == []


def test_a_digit_is_a_final_result_only_behind_a_reset():
    assert Outcome.FINAL_RESULT in answer("ATZ").receive(b"0\r")
    assert Outcome.FINAL_RESULT not in answer("ATS0?").receive(b"\r\n0\r\n")


def test_other_lines_may_be_urcs_and_its_own_are_not():
    heard = answer("AT+CPIN?").receive(b"\r\n+CPIN: READY\r\n\r\nRDY\r\n")
    assert [one for one in heard if isinstance(one, Unsolicited)] == [Unsolicited("RDY")]


def test_settings_in_front_of_a_refused_command_were_made():
    view = SessionView()
    Answer(CommandLine("ATE0V0;+NOSUCH;+CMEE=2"), view, {"+CMEE": "1"}).receive(b"\r\nERROR\r\n")
    assert (view.echo, view.verbose, view.final_result("+CME ERROR: 3")) == (False, False, "ERROR")
