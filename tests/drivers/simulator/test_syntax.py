import pytest

from drivers.simulator.syntax import Command, Form, commands_of


def keys(line):
    return [command.key for command in commands_of(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("AT", []),
        ("at", []),
        ("ATE0V1Q0", ["E=0", "V=1", "Q=0"]),
        ("ATI", ["I"]),
        ("AT&F", ["&F"]),
        ("ATS0=1", ["S0=1"]),
        ("ATS3?", ["S3?"]),
        ("ATGSN", ["GSN"]),
        ("at+cpin?", ["+CPIN?"]),
        ("AT+CREG=?", ["+CREG=?"]),
        ("AT+CREG=2", ["+CREG=2"]),
        ("AT+CPIN?;+CREG?;+CSQ", ["+CPIN?", "+CREG?", "+CSQ"]),
        ("ATE0+CMEE=1;^SYSINFO", ["E=0", "+CMEE=1", "^SYSINFO"]),
        ('AT+CUSD=1,"*100;1#",15', ['+CUSD=1,"*100;1#",15']),
        ("AT!ICCID?", ["!ICCID?"]),
        ("AT#CCID", ["#CCID"]),
        ("\x1b\0AT+CSQ", ["+CSQ"]),
    ],
)
def test_a_line_is_cut_into_its_commands(line, expected):
    assert keys(line) == expected


def test_a_dial_string_keeps_its_semicolon():
    assert commands_of("ATD+46701740611;")[0].value == "+46701740611;"


def test_a_line_without_at_is_passed_over():
    assert commands_of("hello") is None


def test_arguments_keep_commas_inside_quotes_and_lose_the_quotes():
    assert Command("+CPBW", Form.SET, '1,"+46","a,b"').arguments == ["1", "+46", "a,b"]
