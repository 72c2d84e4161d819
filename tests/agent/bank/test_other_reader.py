"""Another reader on the port is suspected by what is missing, and named where it cannot be seen."""

from __future__ import annotations

import pytest

from agent.bank import other_reader
from agent.bank.other_reader import EVIDENCE, EVIDENCE_WITHIN, OtherReader, is_part
from drivers.errors import NoAnswer, Refused

PORT = "/dev/ttyUSB0"


class Bench:
    def __init__(self, address: str = PORT) -> None:
        self.now = 0.0
        self.taken = 0
        self.reader = OtherReader(address, clock=lambda: self.now, taken=lambda: self.taken)

    def asks(self, command: str, answer: bytes, outcome=("+CPIN: READY",)) -> None:
        self.now += 1.0
        self.reader.sent(f"{command}\r".encode())
        for octet in answer:
            self.reader.received(bytes([octet]))
        self.reader.ended(outcome)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("K", "AT+CREG?"),
        ("RROR", "AT+CREG?"),
        ("ERR", "AT+CREG?"),
        ("PIN: READY", "AT+CPIN?"),
        ("N: READY", "AT+CPIN?"),
        ("YSINFOEX:2,3", "AT^SYSINFOEX"),
        ("+CPIN?", "AT+CPIN?"),
        ("AT+CP", "AT+CPIN?"),
    ],
)
def test_what_is_left_of_a_line_is_a_part(line, command):
    assert is_part(line, command)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("OK", "AT+CPIN?"),
        ("ERROR", "AT+CPIN?"),
        ("+CPIN: READY", "AT+CPIN?"),
        ("AT+CPIN?", "AT+CPIN?"),
        ("AT", "AT+CPIN?"),
        ("", "AT+CPIN?"),
        ("89461200", "AT+CCID"),
        ("240120000000016", "AT+CIMI"),
        ("0", "AT+CPIN?"),
        ("Quectel", "ATI"),
        ("EC25", "AT+CGMM"),
        ("+CME ERROR: 10", "AT+CPIN?"),
        ("+CREG: 2,1", "AT+CPIN?"),
        ("RDY", "AT+CPIN?"),
        ("ICCID: 8946", "AT+ICCID"),  # so Sierra and ZTE write it
        ("SCID: SIM Card ID: 8946", "AT+CCID"),
    ],
)
def test_what_modules_send_is_whole(line, command):
    assert not is_part(line, command)


def test_answers_with_missing_parts_are_a_suspicion_when_there_are_several():
    bench = Bench()
    for _ in range(EVIDENCE):
        assert not bench.reader.suspected
        bench.asks("AT+CPIN?", b"\r\nPIN: READY\r\n\r\nOK\r\n")
    assert bench.reader.hint() == (
        "parts of its answers are missing: another program reads this port too (sudo fuser -v /dev/ttyUSB0 shows which)"
    )
    bench.now += EVIDENCE_WITHIN
    assert not bench.reader.suspected


def test_answers_without_their_end_are_a_suspicion_but_not_those_of_wavecom():
    bench = Bench()
    for _ in range(2 * EVIDENCE):
        bench.asks("AT+CPIN?", b"\r\n+CPIN: READY\r\n", NoAnswer("AT+CPIN?", ("+CPIN: READY",)))
    assert not bench.reader.suspected
    for _ in range(EVIDENCE):
        bench.asks("AT+CREG?", b"\r\n+CREG: 2,1\r\n", NoAnswer("AT+CREG?", ("+CREG: 2,1",)))
    assert bench.reader.suspected


def test_silence_refusals_and_whole_answers_are_none():
    bench = Bench()
    for _ in range(2 * EVIDENCE):
        bench.asks("AT+CPIN?", b"", NoAnswer("AT+CPIN?"))
        bench.asks(
            "AT+CPIN?", b"AT+CPIN?\r\r\n+CME ERROR: 10\r\n", Refused("AT+CPIN?", 10, "SIM not inserted")
        )
        bench.asks("AT+CPIN?", b"AT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n")
        bench.asks("AT+CREG?", b"\r\nRDY\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n", ("+CREG: 2,1",))
    assert not bench.reader.suspected


def test_bytes_that_came_and_that_nobody_gave_us_are_enough():
    bench = Bench()
    bench.taken = 7
    assert not bench.reader.suspected
    bench.taken = 8
    assert bench.reader.suspected


@pytest.mark.parametrize(
    ("hidden", "hint"),
    [(True, "or another program reads this port too: sudo fuser -v /dev/ttyUSB0 shows which"), (False, "")],
)
def test_where_programs_of_others_are_hidden_silence_names_the_command_that_tells(monkeypatch, hidden, hint):
    monkeypatch.setattr(other_reader, "others_hidden", lambda: hidden)
    assert Bench().reader.hint() == hint


@pytest.mark.parametrize("address", ["socket://bank:4001", "rfc2217://bank:4001", "/dev/pts/7"])
def test_ports_that_nobody_else_can_read_have_no_hint(monkeypatch, address):
    monkeypatch.setattr(other_reader, "others_hidden", lambda: True)
    assert Bench(address).reader.hint() == ""
