"""ICCIDs: from what any module prints to what is printed on the card (ITU-T E.118, docs/at-field-guide.md §4)."""

from __future__ import annotations

import re
from typing import Final

_PARTS = re.compile(r"[^0-9A-Za-z ]+")
_HEX = re.compile(r"[0-9A-F]{1,22}", re.IGNORECASE)
_PRINTED = re.compile(r"89\d{4}[0-9A-F]{12,14}", re.ASCII)
_LENGTHS: Final = range(18, 23)
_ON_CARD: Final = 20

# The check digit is not looked at: a failed Luhn proves nothing (docs/at-field-guide.md §4.3).


def parse_iccid(line: str) -> str | None:
    """The ICCID in a line: 18 to 20 characters, upper case, without F padding; None for a line without one.

    The hexadecimal digits of some Chinese cards are kept. Words may stand around the digits, a slot or a state beside
    them, and blanks between groups of equal length.
    """
    parts = [part.split() for part in _PARTS.split(line)]
    whole = [word for words in parts for word in words if _HEX.fullmatch(word) and len(word) in _LENGTHS]
    runs = sorted(whole, key=len, reverse=True) or [run for words in parts for run in _in_groups(words)]
    return next((iccid for iccid in map(normalise, runs) if iccid), None)


def _in_groups(words: list[str]) -> list[str]:
    """The ICCIDs in words of equal length, of which the last may be shorter; the longest first."""
    runs: list[str] = []
    for start, first in enumerate(words):
        run = ""
        for word in words[start:]:
            if _HEX.fullmatch(word) is None or len(word) > len(first) or len(run) + len(word) > max(_LENGTHS):
                break
            run += word
            if len(run) in _LENGTHS and len(first) > 1:
                runs.append(run)
            if len(word) < len(first):
                break
    return sorted(runs, key=len, reverse=True)


def normalise(digits: str) -> str | None:
    """The same from the digits alone: as printed, or as the card stores them, each pair swapped."""
    printed = digits.upper()
    if printed.startswith("98"):
        if len(printed) != _ON_CARD:
            return None
        printed = "".join(printed[place + 1] + printed[place] for place in range(0, _ON_CARD, 2))
    printed = printed.rstrip("F")
    return printed if _PRINTED.fullmatch(printed) else None


def same_card(one: str, other: str) -> bool:
    """Whether two ICCIDs may be of one card: one of them may lack the last one or two digits.

    Those of equal length are compared whole (docs/at-field-guide.md §4.2, point 6).
    """
    one, other = one.upper().rstrip("F"), other.upper().rstrip("F")
    shorter = min(len(one), len(other))
    return shorter >= 18 and one[:shorter] == other[:shorter]
