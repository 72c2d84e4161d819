"""Final results: the line that ends an answer (V.250 §5.7.1, 3GPP TS 27.007 §9, docs/at-field-guide.md §1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.at.replies.errors import cme_code, cms_code
from drivers.at.replies.text import legible


@dataclass(frozen=True, slots=True)
class FinalResult:
    """OK, or a refusal with its code or its words."""

    ok: bool
    code: int | None = None
    words: str = ""
    verbose: bool | None = None
    """Whether ATV1 is in force; None where the line does not show it: `+CME ERROR: 10` is the same under ATV0."""


# ATV0 leaves digits (docs/at-field-guide.md §1.1). A line of one such digit is never payload of what we ask.
_LINES: Final = {
    "OK": FinalResult(ok=True, words="OK", verbose=True),
    "ERROR": FinalResult(ok=False, words="ERROR", verbose=True),
    "0": FinalResult(ok=True, words="OK", verbose=False),
    "4": FinalResult(ok=False, words="ERROR", verbose=False),
} | {
    words: FinalResult(ok=False, words=words)
    for words in (
        "COMMAND NOT SUPPORT",  # Huawei
        "TOO MANY PARAMETERS",
        "NOT FOND ^,NOT CUSTOM AT",  # Cross, spelt so
        "NA",  # Samsung
        "UNKNOWN COMMAND",
    )
}
_CODED = re.compile(r"(\+CM[ES] ERROR|\+EXT ERROR|MODEM ERROR)\s*:\s*(.*)", re.IGNORECASE)
_GLUED_PAYLOAD = re.compile(r"[+^][A-Z0-9]+\s*:", re.IGNORECASE)

CALL_URCS: Final = frozenset({
    "RING", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "PROCEEDING",
    "2", "3", "6", "7", "8", "9",
})  # fmt: skip
"""Result codes of calls. We make none, so that they are always URCs to us."""

_CONNECT = re.compile(r"CONNECT(?:$|\s)|1$")


def parse_final_result(line: str) -> FinalResult | None:
    """The final result that this whole line is; None for any other line.

    `ERROR+CNUM: …` and `+CME ERROR: 25+CNUM: …` are payload with an error glued in front: the final result follows.
    """
    known = _LINES.get(line)
    if known is not None or line[:1] not in "+MmOoEe":
        return known
    coded = _CODED.fullmatch(line)
    if coded is None:
        return _LINES.get(line.upper())
    family, detail = coded[1].upper(), coded[2].strip()
    if _GLUED_PAYLOAD.search(detail):
        return None
    return FinalResult(ok=False, code=_code(family, detail), words=legible(line))


def _code(family: str, detail: str) -> int | None:
    """The error code, as given or looked up; families other than these two have tables of their own."""
    if family not in {"+CME ERROR", "+CMS ERROR"}:
        return None
    if detail.isascii() and detail.isdigit() and len(detail) <= 5:
        return int(detail)
    return cme_code(detail) if family == "+CME ERROR" else cms_code(detail)


def is_connect(line: str) -> bool:
    """Whether the port went into data mode (CONNECT), so that nothing may be sent on it."""
    return _CONNECT.match(line) is not None
