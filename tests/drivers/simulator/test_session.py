import pytest

from drivers.simulator.error_codes import Refusal
from drivers.simulator.personality import load
from drivers.simulator.session import INPUT_LIMIT, Mode, Session


@pytest.fixture
def session():
    return Session(load("SIM800"))


def test_a_line_is_taken_when_its_cr_has_come(session):
    session.receive(b"AT+C")
    assert session.take() == (None, b"AT+C")
    session.receive(b"SQ\rATI\r")
    assert session.take() == ("AT+CSQ", b"SQ\r")
    assert session.take() == ("ATI", b"ATI\r")
    assert session.take() == (None, b"")


def test_nothing_is_echoed_with_echo_off(session):
    session.echo = False
    session.receive(b"AT\r")
    assert session.take() == ("AT", b"")


def test_backspace_line_feed_escape_and_nul_are_no_part_of_a_line(session):
    session.receive(b"\0\x1b\nATIX\x08\r")
    assert session.take()[0] == "ATI"


def test_a_slash_repeats_the_last_line(session):
    session.receive(b"AT+CSQ\rA/\r")
    assert [session.take()[0], session.take()[0]] == ["AT+CSQ", "AT+CSQ"]


def test_a_body_ends_with_ctrl_z_or_escape_and_may_hold_line_ends(session):
    session.mode = Mode.BODY
    session.receive(b"two\rlines\x1arest\x1b")
    assert session.take()[0] == "two\rlines\x1a"
    assert session.take()[0] == "rest\x1b"


def test_in_data_mode_only_three_pluses_count(session):
    session.mode = Mode.DATA
    session.receive(b"~\x7e PPP \r")
    assert session.take() == (None, b"")
    session.receive(b"+++")
    assert session.take() == ("+++", b"")


def test_what_comes_without_end_does_not_grow(session):
    for _ in range(100):
        session.receive(b"x" * 4096)
        session.take()
    session.mode = Mode.BODY
    for _ in range(100):
        session.receive(b"x" * 4096)
    assert len(session._input) <= INPUT_LIMIT


@pytest.mark.parametrize(
    ("verbose", "quiet", "expected"),
    [
        (True, False, b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n"),
        (False, False, b"+CSQ: 17,99\r\n0\r"),
        (True, True, b"\r\n+CSQ: 17,99\r\n"),
        (False, True, b"+CSQ: 17,99\r\n"),
    ],
)
def test_answers_are_printed_as_v_and_q_say(session, verbose, quiet, expected):
    session.verbose, session.quiet = verbose, quiet
    assert session.printed([["+CSQ: 17,99"]], "OK") == expected


def test_mc55_ends_its_final_result_without_a_line_feed():
    assert Session(load("MC55")).printed([], "OK") == b"\r\nOK\r"


@pytest.mark.parametrize(
    ("cmee", "expected"), [("0", "ERROR"), ("1", "+CME ERROR: 10"), ("2", "+CME ERROR: SIM not inserted")]
)
def test_errors_are_printed_as_cmee_asks(session, cmee, expected):
    session.settings["+CMEE"] = cmee
    assert session.refused(Refusal("CME", 10)) == expected
    assert session.refused(Refusal()) == "ERROR"


def test_a_restart_brings_the_defaults_back(session):
    session.echo, session.verbose, session.settings["+CMEE"] = False, False, "2"
    session.restore()
    assert (session.echo, session.verbose, session.settings["+CMEE"]) == (True, True, "0")


def test_strings_are_written_in_the_chosen_character_set(session):
    assert session.encoded("+46") == "+46"
    session.settings["+CSCS"] = "UCS2"
    assert session.encoded("+46") == "002B00340036"
    assert session.decoded("002B00340036") == "+46"


def test_a_call_result_is_a_digit_under_v0(session):
    session.verbose = False
    assert session.unsolicited("RING") == b"2\r"
    assert session.unsolicited("+CREG: 1") == b"+CREG: 1\r\n"
