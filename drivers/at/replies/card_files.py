"""Files of the card as +CRSM reads them (3GPP TS 27.007 §8.18, 51.011, 31.102; docs/at-field-guide.md §4.1, §6.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.at.replies import iccid
from drivers.at.replies.fields import fields, number, octets
from drivers.at.replies.number import international
from drivers.observation import NumberOrigin, NumberReading

_LINE = re.compile(r"\+CRSM\s*:(.*)", re.IGNORECASE)
_GOOD: Final = frozenset({0x90, 0x91, 0x92, 0x9F})
_AFTER_ALPHA: Final = 14
"""Octets of an EF_MSISDN record after its name (3GPP TS 31.102 §4.2.26)."""
_FILE_DESCRIPTOR: Final = 0x82
_FCP_TEMPLATE: Final = 0x62


@dataclass(frozen=True, slots=True)
class CardReply:
    """The card's reply: two status octets (ETSI TS 102 221 §10.2.1) and data."""

    sw1: int
    sw2: int
    data: bytes

    @property
    def good(self) -> bool:
        """Whether the card executed the command."""
        return self.sw1 in _GOOD


def parse_crsm(line: str) -> CardReply | None:
    """The card's reply in a +CRSM line, with or without quotes around its data; else None."""
    found = _LINE.match(line)
    if found is None:
        return None
    given = fields(found[1])
    sw1, sw2 = number(given[0], 255), number(given[1] if len(given) > 1 else "", 255)
    hexadecimal = given[2] if len(given) > 2 else ""
    data = octets(hexadecimal) if hexadecimal else b""
    return None if sw1 is None or sw2 is None or data is None else CardReply(sw1, sw2, data)


def file_iccid(reply: CardReply) -> str | None:
    """The ICCID in EF_ICCID: ten octets, each pair of digits swapped."""
    return iccid.normalise(reply.data.hex()) if reply.good else None


def record_length(reply: CardReply) -> int | None:
    """The length of one record in octets, from the answer to GET RESPONSE; None if it is not in there.

    A USIM answers with a template whose file descriptor has it (ETSI TS 102 221 §11.1.1.4.3), a SIM with 15 octets, of
    which it is the last (3GPP TS 51.011 §9.2.1).
    """
    data = reply.data
    if not reply.good or len(data) < 2:
        return None
    sim_length = data[14] if len(data) >= 15 else None
    length = _descriptor_record_length(data[2:]) if data[0] == _FCP_TEMPLATE else sim_length
    return length if length is not None and _AFTER_ALPHA <= length <= 255 else None


def _descriptor_record_length(template: bytes) -> int | None:
    place = 0
    while place + 2 <= len(template):
        tag, size = template[place], template[place + 1]
        value = template[place + 2 : place + 2 + size]
        if tag == _FILE_DESCRIPTOR and len(value) >= 4:
            return int.from_bytes(value[2:4], "big")
        place += 2 + size
    return None


def msisdn(reply: CardReply) -> NumberReading | None:
    """The number in a record of EF_MSISDN; None for an empty one."""
    # After the name: how many octets follow (type and digits, at most 11), the type, ten octets of digits.
    if not reply.good or len(reply.data) < _AFTER_ALPHA:
        return None
    record = reply.data[-_AFTER_ALPHA:]
    size, kind = record[0], record[1]
    if not 2 <= size <= 11 or kind == 0xFF:
        return None
    digits = "".join(f"{octet & 0x0F:x}{octet >> 4:x}" for octet in record[2 : 1 + size]).rstrip("f")
    if not digits.isdigit():
        return None
    is_international = (kind >> 4) & 0x07 == 1
    return NumberReading(international(digits) if is_international else digits, NumberOrigin.EF_MSISDN)
