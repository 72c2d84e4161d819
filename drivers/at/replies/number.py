"""+CNUM: the SIM's own number, where the card holds one (3GPP TS 27.007 §7.1, docs/at-field-guide.md §6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.at.replies.fields import fields, ucs2
from drivers.observation import NumberOrigin, NumberReading

_LINE = re.compile(r"\+CNUM\s*:(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]{5,20}")
_SMALL = re.compile(r"[0-9]{0,3}")
_FILLING = str.maketrans("", "", " -()./")
_INTERNATIONAL: Final = "145"


def parse_cnum(line: str) -> NumberReading | None:
    """The number in one line, national or international as it is; None for an entry without one."""
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
            return NumberReading(_with_plus(digits, kind), NumberOrigin.CNUM)
    return None


def parse_cnum_all(lines: Iterable[str]) -> tuple[NumberReading, ...]:
    """The numbers in an answer, each once, in order; empty for none."""
    return tuple(dict.fromkeys(number for number in map(parse_cnum, lines) if number is not None))


def _digits(field: str) -> str | None:
    """The field as a number, in plain digits or as UCS2 in hex; None for anything else."""
    plain = (ucs2(field) if len(field) >= 8 else None) or ""
    for text in (plain, field):
        digits = text.translate(_FILLING)
        if digits.isascii() and _NUMBER.fullmatch(digits):
            return digits
    return None


def _with_plus(digits: str, kind: str) -> str:
    # Type 145 is international with or without a plus; the other types are not reliable, only a plus counts. What
    # begins with one zero is national whatever the type says; two zeros are an international prefix.
    if digits.startswith("+") or kind != _INTERNATIONAL:
        return digits
    if digits.startswith("00"):
        return "+" + digits[2:]
    return digits if digits.startswith("0") else "+" + digits
