"""+CUSD: the network's reply to a USSD query (3GPP TS 27.007 §7.15, docs/at-field-guide.md §6.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.at import gsm7
from drivers.at.replies.fields import number, octets, ucs2
from drivers.at.search_cost import LONGEST_TEXT
from drivers.observation import NumberOrigin, NumberReading

_LINE = re.compile(r"\+CUSD\s*:\s*(\d+)\s*(?:,(.*))?", re.IGNORECASE | re.DOTALL)
_TEXT_AND_DCS = re.compile(
    r'(?:"(?P<quoted>.*)"\s*|(?P<bare>[^",]*)|"(?P<cut>.*))(?:,\s*(?:(?P<dcs>\d+)\s*)?)?', re.DOTALL
)
_PLAIN = re.compile(r"[\t\n\r !-?A-Z_a-z]+")
_NUMBER_TEXT = re.compile(r"\+?[0-9][0-9 \-()]{3,24}")


@dataclass(frozen=True, slots=True)
class UssdReply:
    """A reply; `status`: 0 final, 1 asks for more, 2 ended by the network, 4 not supported, 5 timeout."""

    status: int
    text: str | None


def parse_cusd(line: str) -> UssdReply | None:
    """The reply in a line (its line breaks as newlines); else None. The last quote closes the text."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    status = number(found[1], 9)
    if status is None:
        return None
    parts = _TEXT_AND_DCS.fullmatch(found[2].strip()) if found[2] else None
    if parts is None:
        return UssdReply(status, None)
    text = next((parts[name] for name in ("quoted", "bare", "cut") if parts[name] is not None), "")
    return UssdReply(
        status,
        _decoded(text if parts["bare"] is None else text.rstrip(), number(parts["dcs"] or "", 255)) or None,
    )


def _decoded(text: str, dcs: int | None) -> str:
    """The text: as it is, packed septets in hex, or UCS2 in hex."""
    # The coding scheme is often wrong (docs/at-field-guide.md §6.3). UCS2 read as septets has characters that no
    # operator uses ("@", Greek), so plain characters decide for septets. Decimal digits are taken as hex only where
    # they are UCS2 for digits: they may be the number itself.
    wide = ucs2(text) if len(text) >= 4 else None
    if wide is not None and (_is_ucs2(dcs) or (text.isdigit() and _NUMBER_TEXT.fullmatch(wide))):
        return wide
    packed = octets(text) if len(text) >= 4 else None
    if text.isdigit() or packed is None:
        return text
    narrow = gsm7.unpack(packed)
    return narrow if _PLAIN.fullmatch(narrow) else wide or text


def _is_ucs2(dcs: int | None) -> bool:
    # 3GPP TS 23.038 §5: 17, and the general groups with bits 3 and 2 being 10.
    return dcs is not None and (dcs == 17 or (dcs & 0xC0 == 0x40 and dcs & 0x0C == 0x08))


def find_number(text: str, match: re.Pattern[str]) -> NumberReading | None:
    """The number that `match` finds in the text (its first group, or all of the match); else None.

    Only the length of a whole USSD text is searched: what `match` may cost is known for that (`search_cost`).
    """
    found = match.search(text[:LONGEST_TEXT])
    if found is None:
        return None
    number_text = found[1] if match.groups else found[0]
    if number_text is None or not number_text.isascii() or not _NUMBER_TEXT.fullmatch(number_text.strip()):
        return None
    return NumberReading(number_text.strip(), NumberOrigin.USSD)
