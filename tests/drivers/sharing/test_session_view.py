"""The client is shown the settings it made."""

from __future__ import annotations

import pytest

from drivers.sharing.command_line import CommandLine
from drivers.sharing.session_view import SessionView

KEPT = ("E", "V", "Q", "+CMEE", "+CREG", "+CSMINS")


def view(*lines):
    made = SessionView()
    for line in lines:
        made.changed(CommandLine(line).parts)
    return made


@pytest.mark.parametrize(
    ("made", "line", "shown"),
    [
        ((), "+CME ERROR: 10", "ERROR"),
        (("AT+CMEE=1",), "+CME ERROR: 10", "+CME ERROR: 10"),
        (("AT+CMEE=2",), "+CME ERROR: 10", "+CME ERROR: SIM not inserted"),
        (("AT+CMEE=2",), "+CME ERROR: 987", "+CME ERROR: 987"),
        ((), "+CMS ERROR: 321", "+CMS ERROR: 321"),
        (("AT+CMEE=2",), "+CMS ERROR: 321", "+CMS ERROR: invalid memory index"),
        (("AT+CMEE=2",), "ERROR", "ERROR"),
        (("AT+CMEE=2", "ATZ"), "+CME ERROR: 10", "ERROR"),
    ],
)
def test_errors_come_in_the_form_it_asked_for(made, line, shown):
    assert view(*made).final_result(line) == shown


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        ((), None),
        (("AT+CREG=1",), "+CREG: 1"),
        (("AT+CREG=2",), '+CREG: 1,"00A1","00C1",7'),
        (("AT+CREG=2", "AT+CREG=0"), None),
    ],
)
def test_registration_urcs_have_the_form_that_was_asked_for(made, shown):
    assert view(*made).urc('+CREG: 1,"00A1","00C1",7', KEPT) == shown


def test_a_new_cell_is_no_urc_under_creg_1():
    shown = view("AT+CREG=1")
    assert shown.urc('+CREG: 1,"00A1","00C1"', KEPT) == "+CREG: 1"
    assert shown.urc('+CREG: 1,"00A2","00C1"', KEPT) is None
    assert shown.urc("+CREG: 2", KEPT) == "+CREG: 2"


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        ((), "+CREG: 0,1"),
        (("AT+CREG=1",), "+CREG: 1,1"),
        (("AT+CREG=2",), '+CREG: 2,1,"00A1","00C1",7'),
        (("AT+CREG=3",), '+CREG: 2,1,"00A1","00C1",7'),
    ],
)
def test_an_answer_holds_the_clients_own_setting(made, shown):
    assert view(*made).answer_line('+CREG: 2,1,"00A1","00C1",7', CommandLine("AT+CREG?"), KEPT) == shown


def test_a_urc_within_an_answer_of_the_same_name_is_a_urc():
    assert view().answer_line('+CREG: 1,"00A1","00C1"', CommandLine("AT+CREG?"), KEPT) is None


def test_a_switch_of_ours_is_shown_as_the_client_left_it():
    assert view().answer_line("+CSMINS: 1,1", CommandLine("AT+CSMINS?"), KEPT) == "+CSMINS: 0,1"
    assert view().urc("+CSMINS: 1,0", KEPT) is None
    assert view("AT+CSMINS=1").urc("+CSMINS: 1,0", KEPT) == "+CSMINS: 1,0"


def test_what_is_not_ours_goes_as_it_is():
    assert view().urc('+CMTI: "SM",3', KEPT) == '+CMTI: "SM",3'
    assert view().urc("+CREG: 1", ()) == "+CREG: 1"
    assert view().answer_line("+CGREG: 0,1", CommandLine("AT+CGREG?"), KEPT) == "+CGREG: 0,1"


def test_digits_instead_of_words():
    digits = view("ATV0")
    assert digits.print_final_result(b"\r\n", "OK", b"\r\n") == b"0\r"
    assert digits.print_final_result(b"\r\n", "+CME ERROR: 10", b"\r\n") == b"+CME ERROR: 10\r\n"
    assert digits.print_line(b"\r\n", "+CSQ: 1,99", b"\r\n") == b"+CSQ: 1,99\r\n"
    assert digits.print_line(b"\r\n", "RING", b"\r\n") == b"2\r"


def test_no_final_results_at_all():
    assert view("ATQ1").print_final_result(b"\r\n", "OK", b"\r\n") == b""


def test_line_ends_of_its_own():
    assert view("ATS3=10S4=13").print_line(b"\r\n", "x", b"\r\n") == b"\n\rx\n\r"
    assert view("ATS3=300").line_end == 13


def test_the_modules_own_way_of_ending_lines_is_kept():
    assert view().print_line(b"\r\r\n", "RING", b"\r\r\n") == b"\r\r\nRING\r\r\n"
