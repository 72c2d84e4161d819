"""Masking of personal data in a text: phone numbers, ICCIDs, IMSIs and IMEIs, wherever they are written."""

from __future__ import annotations

import re
from typing import Final

_PERSONAL: Final = re.compile(
    r"(?<![\w.])(?:(?:89|98)(?: ?[0-9A-Fa-f]){16,20}|\+\d{7,15}|\d{9,17}|[0-9A-Fa-f]{24,})(?!\w)"
    r"|(?<=[A-Za-z])\d{14,17}(?!\w)"
    r"|(?<=[,\"])\d{5,8}(?=\"?,(?:129|145|161)\b)"
)
"""ICCIDs, in groups too; numbers with their plus; IMSIs, IMEIs and bare numbers, for no other run of digits is so
long; hex, in which modules give texts in UCS2 and records of the card; an IMEI behind a word; and a short number that
its type (27.007: 129, 145, 161) betrays."""
_SHORT: Final = 10


def masked(text: str) -> str:
    """Hide the middle of whatever may be a number or a card's id: seven characters stay, of a short one four."""
    return _PERSONAL.sub(lambda run: _hidden(run[0]), text)


def _hidden(run: str) -> str:
    return f"{run[:4]}…{run[-3:]}" if len(run) >= _SHORT else f"{run[:2]}…{run[-2:]}"
