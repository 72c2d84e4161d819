"""Texts of strangers: which lines announce one, and whether a line is known to be all of it.

Responsible for telling a message, a report, a broadcast or the network's words that go on (3GPP TS 27.005 §3.4.1,
27.007 §7.15) from news of one line. Must not know what is asked at the moment, nor what becomes of a text.

A text ends where its sender ended it, and may hold any line: "OK", "1", "+CNUM: …". Only PDU mode tells where it ends:
one line of hex, as long as announced. The length that text mode may tell (CSDH=1) is no such fact: it counts what
was sent, and not what the module makes of it in its character set, so that a sender could choose where we stop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

UNFINISHED_USSD: Final = re.compile(
    r'\+CUSD\s*:\s*\d+\s*,\s*"(?!.*"\s*(?:,\s*\d*\s*)?$)', re.IGNORECASE | re.DOTALL
)
"""Words of the network whose closing quote has not come."""

_ANNOUNCES = re.compile(r"\+(?:CMT|CBM|CDS)\s*:", re.IGNORECASE)
_PDU = re.compile(r'\+C(?:MT|BM|DS)\s*:\s*(?:(?:"[^"]*"|[^",]*)\s*,)?\s*(\d{1,3})$', re.IGNORECASE)
_REPORT = re.compile(r"\+CDS\s*:", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9A-F]{2})+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageText:
    """A text that is under way; `octets` is None where nothing tells its end."""

    octets: int | None = None

    def is_complete(self, line: str) -> bool:
        """Whether this line is the whole text: a PDU, with the address of its service centre in front or not."""
        if self.octets is None or _HEX.fullmatch(line) is None:
            return False
        return len(line) // 2 in {self.octets, self.octets + 1 + int(line[:2], 16)}


def announced(line: str) -> MessageText | None:
    """The text that the next line begins; None for a line that announces none."""
    if line[:2] not in {"+C", "+c"}:
        return None
    if _ANNOUNCES.match(line) is None:
        return MessageText() if UNFINISHED_USSD.match(line) is not None else None
    pdu = _PDU.match(line)
    if pdu is not None:
        return MessageText(int(pdu[1]))
    return None if _REPORT.match(line) is not None else MessageText()  # a report in text mode is one line
