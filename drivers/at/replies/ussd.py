"""+CUSD: what the network answers to a USSD query (3GPP TS 27.007 §7.15, docs/at-field-guide.md §6.3).

Responsible for the text, in whatever coding it came, and for a number in it. Must not know codes or
operators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.at import gsm7
from drivers.at.replies.fields import number, octets, ucs2
from drivers.observation import NumberOrigin, SaidNumber

_LINE = re.compile(r"\+CUSD\s*:\s*(\d+)\s*(?:,(.*))?", re.IGNORECASE | re.DOTALL)
_TEXT_AND_DCS = re.compile(
    r'\s*(?:"(?P<quoted>.*)"|(?P<bare>[^",]*)|"(?P<cut>.*))\s*(?:,\s*(?P<dcs>\d*)\s*)?', re.DOTALL
)
_PLAIN = re.compile(r"[\t\n\r !-?A-Z_a-z]+")
_NUMBER_TEXT = re.compile(r"\+?[0-9][0-9 \-()]{3,24}")


@dataclass(frozen=True, slots=True)
class UssdReply:
    """`status`: 0 final, 1 asks for more, 2 ended by the network, 4 not supported, 5 timeout."""

    status: int
    text: str | None


def parse_cusd(line: str) -> UssdReply | None:
    """The reply in a line (its breaks as newlines), else None. The last quote closes the text."""
    form = _LINE.fullmatch(line.strip())
    if form is None:
        return None
    status = number(form[1], 9)
    if status is None:
        return None
    said = _TEXT_AND_DCS.fullmatch(form[2]) if form[2] else None
    if said is None:
        return UssdReply(status, None)
    text = next((said[name] for name in ("quoted", "bare", "cut") if said[name] is not None), "")
    return UssdReply(status, _decoded(text, number(said["dcs"] or "", 255)) or None)


def _decoded(text: str, dcs: int | None) -> str:
    """Text as it is, packed septets in hex, or UCS2 in hex; the coding scheme is often wrong (§6.3).

    UCS2 read as septets shows letters no operator uses ("@", Greek), so plain letters decide for septets.
    A text of decimal digits is taken as hex only where it is UCS2 for digits: it may be the number itself.
    """
    wide = ucs2(text) if len(text) >= 4 else None
    if wide is not None and (_says_ucs2(dcs) or (text.isdigit() and _NUMBER_TEXT.fullmatch(wide))):
        return wide
    packed = octets(text) if len(text) >= 4 else None
    if text.isdigit() or packed is None:
        return text
    narrow = gsm7.unpack(packed)
    return narrow if _PLAIN.fullmatch(narrow) else wide or text


def _says_ucs2(dcs: int | None) -> bool:
    """3GPP TS 23.038 §5: the general groups with bits 3 and 2 being 10, and 17."""
    return dcs is not None and (dcs == 17 or (dcs & 0xC0 == 0x40 and dcs & 0x0C == 0x08))


def find_number(text: str, match: re.Pattern[str]) -> SaidNumber | None:
    """The number where `match` finds one in the text (its first group, else the whole), else None."""
    form = match.search(text)
    if form is None:
        return None
    said = form[1] if match.groups else form[0]
    if said is None or not said.isascii() or not _NUMBER_TEXT.fullmatch(said.strip()):
        return None
    return SaidNumber("".join(c for c in said if c in "+0123456789"), NumberOrigin.USSD)
