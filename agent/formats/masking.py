"""Masking of personal data in texts: phone numbers, ICCIDs, IMSIs and IMEIs."""

from __future__ import annotations

import re
from typing import Final

_PERSONAL: Final = re.compile(
    r"(?P<paste>\"89[0-9A-F]{16,20}\": \"\+…\")"
    r"|(?<=SIM )(?P<card>89[0-9A-F]{16,20})(?!\w)"
    r"|(?<![\w.])(?:(?:89|98)(?: ?[0-9A-Fa-f]){16,20}|\+\d{7,15}|\d{9,17}|[0-9A-Fa-f]{24,})(?!\w)"
    r"|(?<=[A-Za-z])\d{14,17}(?!\w)"
    r"|(?<=[,\"])\d{5,8}(?=\"?,(?:129|145|161)\b)"
)
"""ICCIDs, also in groups; numbers with +; IMSIs, IMEIs and bare numbers, as no other run of digits is so long; hex, in
which modules give UCS2 texts and records of the card; an IMEI after a word; short numbers, known by the type that
follows them (3GPP TS 24.008 §10.5.4.7: 129, 145, 161).
`paste` is a line for config.yaml, which would be useless in part; of a `card` people know the last four digits."""
_SHORT: Final = 10


def masked(text: str) -> str:
    """Hide the middle of everything that may be personal: seven characters stay, of a short one four."""
    return _PERSONAL.sub(_shown, text)


def _shown(run: re.Match[str]) -> str:
    if run["card"]:
        return f"…{run['card'][-4:]}"
    return run["paste"] or _hidden(run[0])


def _hidden(run: str) -> str:
    return f"{run[:4]}…{run[-3:]}" if len(run) >= _SHORT else f"{run[:2]}…{run[-2:]}"
