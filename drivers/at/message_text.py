"""SMS, cell-broadcast and USSD text in the stream: which line announces it, and where it ends.

3GPP TS 27.005 §3.4.1 (+CMT, +CBM, +CDS) and 27.007 §7.15 (+CUSD).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# A text ends where its sender ended it, and may hold any line: "OK", "1", "+CNUM: …". Only PDU mode shows where it
# ends: one line of hex, as long as announced. The length in text mode (CSDH=1) cannot be used: it counts what was
# sent, not what the module makes of it in its character set, so that a sender could choose where we stop.

UNFINISHED_USSD: Final = re.compile(
    r'\+CUSD\s*:\s*\d+\s*,\s*"(?!.*"\s*(?:,\s*(?:\d+\s*)?)?$)', re.IGNORECASE | re.DOTALL
)
"""A reply of the network whose closing quote has not come yet."""

_ANNOUNCES = re.compile(r"\+(?:CMT|CBM|CDS)\s*:", re.IGNORECASE)
_PDU = re.compile(r'\+C(?:MT|BM|DS)\s*:(?:\s*"[^"]*"\s*,|[^",]*,)?\s*(\d{1,3})$', re.IGNORECASE)
_STATUS_REPORT = re.compile(r"\+CDS\s*:", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9A-F]{2})+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageText:
    """A text that is coming in; `octets` is the announced length of a PDU, None where the end is unknown."""

    octets: int | None = None

    def is_complete(self, line: str) -> bool:
        """Whether this line is the whole text: a PDU, with or without the service centre's address in front."""
        if self.octets is None or _HEX.fullmatch(line) is None:
            return False
        return len(line) // 2 in {self.octets, self.octets + 1 + int(line[:2], 16)}


def announced(line: str) -> MessageText | None:
    """The text that begins in the next line; None for a line that announces none."""
    if line[:2] not in {"+C", "+c"}:
        return None
    if _ANNOUNCES.match(line) is None:
        return MessageText() if UNFINISHED_USSD.match(line) is not None else None
    pdu = _PDU.match(line)
    if pdu is not None:
        return MessageText(int(pdu[1]))
    return None if _STATUS_REPORT.match(line) is not None else MessageText()  # in text mode it is one line
