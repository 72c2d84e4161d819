"""The facts behind verdicts in Russian: what drivers and bank say is known, and the rest stays as it is."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from agent.decision.details import detail_in
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason

ROOT = Path(__file__).parents[3]
ROOMS = (
    "drivers/errors.py",
    "drivers/link",
    "drivers/module",
    "drivers/sharing",
    "drivers/wire",
    "agent/bank",
    "agent/onlinesim",
)


def shape(node):
    """A text of the source with {} for each value."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(shape(part) for part in parts)
    return "{}"


@cache
def said():
    found = []
    for room in ROOMS:
        path = ROOT / room
        for file in [path] if path.is_file() else path.glob("*.py"):
            found += [shape(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    return [text for text in found if text != "{}"]


def without_names(text):
    return "".join(
        literal + ("" if name is None else "{}") for literal, name, _, _ in Formatter().parse(text)
    )


COMPOSED = {
    "{} (Onlinesim: {}; 1 of {})", "{}: the device accepts no data", "{}: does not accept {} bit/s: {}",
    "{}: the server sends faster than it can be read", "no readable answer to {}", "no answer to {}",
}  # fmt: skip
"""Of two parts in the source."""


@pytest.mark.parametrize("text", detail_in.texts)
def test_what_can_be_told_is_what_drivers_and_bank_say(text):
    assert without_names(text) in {*said(), *COMPOSED}


@pytest.mark.parametrize(
    ("detail", "russian"),
    [
        ("no answer to AT+CPIN?", "нет ответа на AT+CPIN?"),
        (
            "registered for packet data only; no answer to AT+COPS?",
            "зарегистрирован только для передачи данных; нет ответа на AT+COPS?",
        ),
        ("the radio is switched off (CFUN 0)", "радио выключено (CFUN 0)"),
        ("/dev/ttyUSB3: Input/output error", "/dev/ttyUSB3: ошибка ввода-вывода"),
        (
            "/dev/ttyUSB3: does not accept 9600 bit/s: hangs",
            "/dev/ttyUSB3: не принимает 9600 бит/с: не отвечает",
        ),
        ("picocom (pid 312)", "picocom (pid 312)"),
        ("+CME ERROR: 13", "+CME ERROR: 13"),
        ("+46701740000 (Onlinesim: ERROR_DATE; 1 of 3)", "+46701740000 (Onlinesim: ERROR_DATE; один из 3)"),
    ],
)
def test_a_detail_is_told_in_russian_and_stays_in_english(detail, russian):
    assert detail_in(detail, "ru") == russian
    assert detail_in(detail, "en") == detail


def test_a_verdict_is_told_with_its_detail():
    assert reason_text(Reason.SILENT, "no answer to AT", "ru") == "давно нет полного ответа: нет ответа на AT"
    assert reason_text(Reason.NUMBER_UNKNOWN, "8946 (no answer to AT+CNUM)", "ru") == (
        'номер этой SIM-карты неизвестен (нет ответа на AT+CNUM); впишите в config.yaml, sims: "8946": "+…"'
    )
    assert reason_text(Reason.NUMBER_UNKNOWN, "8946", "ru") == (
        'номер этой SIM-карты неизвестен; впишите в config.yaml, sims: "8946": "+…"'
    )
    assert "модуль всё ещё называет +4670, номер другой" in reason_text(
        Reason.NUMBER_UNKNOWN, "8946 +4670", "ru"
    )
