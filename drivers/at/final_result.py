"""Final results: the line that ends an answer (V.250 §5.7.1, 3GPP TS 27.007 §9; docs/at-field-guide.md §1.2).

Responsible for telling a verdict from every other line, in words and in numbers (ATV0). Must not know
what was asked. A verdict is a whole line: `ERROR+CNUM: …` and `+CME ERROR: 25+CNUM: …` are none, they are
payload with an error glued in front, and the true verdict follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.at.replies.errors import cme_code, cms_code


@dataclass(frozen=True, slots=True)
class FinalResult:
    """Done, or refused with a code or words."""

    ok: bool
    code: int | None = None
    words: str = ""
    verbose: bool | None = None
    """Which form ATV has, where this tells: errors with a code are words in either."""


# ATV0 leaves digits (docs/at-field-guide.md §1.1). A line of one such digit is never payload of what we ask.
_WHOLE: Final = {
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
_GLUED = re.compile(r"[+^][A-Z0-9]+\s*:", re.IGNORECASE)

CALL_URCS: Final = frozenset({
    "RING", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "PROCEEDING",
    "2", "3", "6", "7", "8", "9",
})  # fmt: skip
"""Results of calls. We make none, so they are always about somebody else's."""

_CONNECT = re.compile(r"CONNECT(?:$|\s)|1$")


def parse_final_result(line: str) -> FinalResult | None:
    """The final result that this line is, or None."""
    whole = _WHOLE.get(line)
    if whole is not None or line[:1] not in "+MmOoEe":
        return whole
    coded = _CODED.fullmatch(line)
    if coded is None:
        return _WHOLE.get(line.upper())
    family, said = coded[1].upper(), coded[2].strip()
    if _GLUED.search(said):
        return None
    return FinalResult(ok=False, code=_code(family, said), words=line)


def _code(family: str, said: str) -> int | None:
    """The number, given or looked up; other families than these two count in tables of their own."""
    if family not in {"+CME ERROR", "+CMS ERROR"}:
        return None
    if said.isascii() and said.isdigit() and len(said) <= 5:
        return int(said)
    return cme_code(said) if family == "+CME ERROR" else cms_code(said)


def is_connect(line: str) -> bool:
    """Whether the port went over to data, so that nothing more must be said on it."""
    return _CONNECT.match(line) is not None
