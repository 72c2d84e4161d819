"""What is typed becomes whole lines, with their echo."""

from __future__ import annotations

import pytest

from drivers.sharing.command_line import CommandLine
from drivers.sharing.line_editor import LONGEST_LINE, LineEditor, Overlong
from drivers.sharing.session_view import SessionView


@pytest.fixture
def keyboard():
    return LineEditor(SessionView())


def test_a_line_is_taken_up_to_its_end_and_the_rest_waits(keyboard):
    typed = bytearray(b"AT+CSQ\rAT+C")
    assert keyboard.take(typed) == (b"AT+CSQ\r", CommandLine("AT+CSQ"))
    assert typed == b"AT+C"
    assert keyboard.take(typed) == (b"AT+C", None)
    assert typed == b""


def test_backspace_takes_a_character_back(keyboard):
    assert keyboard.take(bytearray(b"ATX\x08I\r")) == (b"ATX\x08I\r", CommandLine("ATI"))


def test_noise_is_echoed_and_goes_no_further(keyboard):
    assert keyboard.take(bytearray(b"\r\nhello\r\x1b")) == (b"\r\nhello\r\x1b", None)


def test_the_last_line_is_repeated_at_once(keyboard):
    keyboard.take(bytearray(b"AT+CSQ\r"))
    typed = bytearray(b"A/AT")
    assert keyboard.take(typed) == (b"A/", CommandLine("AT+CSQ"))
    assert typed == b"AT"


def test_without_a_last_line_nothing_is_repeated(keyboard):
    assert keyboard.take(bytearray(b"A/")) == (b"A/", None)


def test_no_echo_for_who_wants_none():
    view = SessionView()
    view.echo = False
    assert LineEditor(view).take(bytearray(b"AT\r")) == (b"", CommandLine("AT"))


def test_memory_is_bounded_and_an_overlong_line_is_none(keyboard):
    keyboard.take(bytearray(b"AT" + b"x" * 3 * LONGEST_LINE))
    assert len(keyboard._line) == LONGEST_LINE
    assert isinstance(keyboard.take(bytearray(b"\r"))[1], Overlong)
    assert keyboard.take(bytearray(b"AT\r"))[1] == CommandLine("AT")


def test_another_line_end_and_backspace():
    view = SessionView()
    view.changed(CommandLine("ATS3=59S5=35").parts)
    assert LineEditor(view).take(bytearray(b"ATX#I;"))[1] == CommandLine("ATI")
