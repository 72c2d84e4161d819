"""+CNUM: the SIM's own number, where the card holds one (3GPP TS 27.007 §7.1, docs/at-field-guide.md §6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.at.replies.fields import fields, number, ucs2
from drivers.observation import NumberOrigin, NumberReading

_LINE = re.compile(r"\+CNUM\s*:(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]{5,20}")
_SMALL = re.compile(r"[0-9]{0,3}")
_FILLING = str.maketrans("", "", " -()./")
_INTERNATIONAL: Final = "145"
_NOT_VOICE: Final = frozenset({0, 1, 2, 3, 5})
"""<service>: data and fax; 4 is voice, and a module may leave it out."""


def parse_cnum_all(lines: Iterable[str]) -> tuple[NumberReading, ...]:
    """The numbers in an answer that get messages, national or international as they are, each once, in order."""
    found = [entry for entry in map(_entry, lines) if entry is not None]
    return tuple(dict.fromkeys(number for number, service in found if service not in _NOT_VOICE))


def data_and_fax(lines: Iterable[str]) -> frozenset[str]:
    """The numbers in an answer that are of no voice line, so that no message for people comes there."""
    listed = tuple(lines)
    voice = {number.text for number in parse_cnum_all(listed)}
    return frozenset(entry[0].text for entry in map(_entry, listed) if entry is not None) - voice


def _entry(line: str) -> tuple[NumberReading, int | None] | None:
    """The number and its <service>."""
    # Names have commas, quotes may not match, and an error may be glued in front. So it is read from the right: the
    # number is what only small fields (type, speed, service, itc) follow, of five digits at least.
    found = _LINE.search(line)
    if found is None:
        return None
    given = fields(found[1])
    for place in range(len(given) - 2, -1, -1):
        kind = given[place + 1]
        if not _SMALL.fullmatch(kind):
            return None
        digits = _digits(given[place])
        # The first field is the name, which may look like a number; it is the number only if no name was sent.
        if digits is not None and (place > 0 or (digits.startswith("+") and kind)):
            service = number(given[place + 3], 255) if place + 3 < len(given) else None
            return NumberReading(_with_plus(digits, kind), NumberOrigin.CNUM), service
    return None


def _digits(field: str) -> str | None:
    """The field as a number, in plain digits or as UCS2 in hex; None for anything else."""
    plain = (ucs2(field) if len(field) >= 8 else None) or ""
    for text in (plain, field):
        digits = text.translate(_FILLING)
        if digits.isascii() and _NUMBER.fullmatch(digits):
            return digits
    return None


def _with_plus(digits: str, kind: str) -> str:
    # Type 145 is international with or without a plus; the other types are not reliable, only a plus counts.
    if digits.startswith("+") or kind != _INTERNATIONAL:
        return digits
    return international(digits)


def international(digits: str) -> str:
    """The digits of a number that its type calls international, with a plus.

    What begins with one zero is national whatever the type says; two zeros are an international prefix.
    """
    if digits.startswith("00"):
        return "+" + digits[2:]
    return digits if digits.startswith("0") else "+" + digits
