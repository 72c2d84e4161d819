"""Manufacturer, model, revision and IMEI: ATI, +CGMI, +CGMM, +CGMR, +CGSN (docs/at-field-guide.md §2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from drivers.at.replies.text import decoded
from drivers.observation import Identity

_SEPARATORS = re.compile(r"""[\s,:;"']+""")
_NOT_AN_IMEI = re.compile(r"IMEI\s*SV\b|ESN|MEID|FSN", re.IGNORECASE)
_OWN_PREFIX = re.compile(r"\+C?GM[IMR]\s*:\s*", re.IGNORECASE)
_LABEL = re.compile(r"(Manufacturer|Model|Revision)(?:\s*:|\s)\s*", re.IGNORECASE)
_MOTOROLA_MODEL = re.compile(r'"MODEL=([^"]*)"', re.IGNORECASE)
_MODEL_AND_REVISION = re.compile(r"(\S+)\s+(R\d\S*)")


def parse_imei(line: str) -> str | None:
    """The IMEI in a line: a word of 15 digits, else one of 16 (IMEISV) with its check digit computed; else None."""
    # A wrong check digit is no error: operators rewrite IMEIs (docs/at-field-guide.md §2.3).
    if _NOT_AN_IMEI.search(line):
        return None
    words = [word.upper().removeprefix("IMEI") for word in _SEPARATORS.split(line) if word.isascii()]
    numbers = [word for word in words if word.isdigit()]
    for word in numbers:
        if len(word) == 15:
            return word
    return next((word[:14] + check_digit(word[:14]) for word in numbers if len(word) == 16), None)


def check_digit(digits: str) -> str:
    """The Luhn digit for these digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def parse_named(lines: Iterable[str]) -> str | None:
    """The value in an answer to +CGMI, +CGMM or +CGMR: its first line that has one, without any prefix; else None."""
    return next((value for value in map(_value, lines) if value), None)


def _value(line: str) -> str:
    text = (decoded(line) or "").strip()
    if motorola := _MOTOROLA_MODEL.search(text):
        return motorola[1].strip()
    # LG nests them: `Model: +GMM: Model:…`
    while prefix := _OWN_PREFIX.match(text) or _LABEL.match(text):
        text = text[prefix.end() :]
    text = " ".join(text.split()).strip('" ')
    return "" if text.lower() in {"manufacturer", "model", "revision"} else text


def parse_ati(lines: Iterable[str]) -> Identity:
    """The identity in an answer to ATI: labelled lines, else manufacturer, model and revision in this order.

    One line alone is model and revision (`SIM800 R14.18`). What is missing is None.
    """
    labelled: dict[str, str] = {}
    bare: list[str] = []
    imei: str | None = None
    for line in map(str.strip, lines):
        label = _LABEL.match(line)
        if label is not None:
            labelled.setdefault(label[1].lower(), _value(line[label.end() :]))
        elif line[:4].upper() == "IMEI":
            imei = imei or parse_imei(line)
        elif value := _value(line):
            bare.append(value)
    for name, value in zip(("manufacturer", "model", "revision"), _in_order(bare), strict=False):
        if value:
            labelled.setdefault(name, value)
    return Identity(
        manufacturer=labelled.get("manufacturer") or None,
        model=labelled.get("model") or None,
        revision=labelled.get("revision") or None,
        imei=imei,
    )


def _in_order(bare: list[str]) -> list[str]:
    if len(bare) != 1:
        return bare[:3]
    if bare[0].isdigit():
        return []  # Telit's product code, which names no model
    together = _MODEL_AND_REVISION.fullmatch(bare[0])
    return ["", together[1], together[2]] if together else ["", bare[0]]
