"""The identities of a SIM: the ICCID of the card (ITU-T E.118) and the IMSI in it (ITU-T E.212)."""

from __future__ import annotations

import re
from typing import Final

from agent.formats import e164
from agent.formats.written_number import visible
from drivers.at.replies.iccid import same_card

__all__ = ["as_iccid", "as_imsi", "as_sim", "card_key", "issuing_region", "same_card"]

_ICCID = re.compile(r"89[0-9]{4}[0-9A-F]{12,14}", re.ASCII)
_IMSI = re.compile(r"(?:[2-7][0-9]{2}|901|00[1-9])[0-9]{11,12}", re.ASCII)
"""14 or 15 digits that begin with a country's MCC, 901 (global cards) or 001 to 009 (test networks)."""

_ALWAYS_PRESENT = 18
"""Old cards have 18 digits, and the check digit is often left out (docs/at-field-guide.md §4.2)."""

_OTHER_ISSUERS: Final = {"8901": "US", "89302": "CA"}
"""Heads in which no calling code follows the 89."""


def as_iccid(text: str) -> str | None:
    """Return the ICCID as printed on the card: 18 to 20 characters, upper case, without F padding; else None.

    Blanks, dashes and what cannot be seen may stand anywhere.
    """
    bare = re.sub(r"[ \-]", "", visible(text)).upper().rstrip("F")
    return bare if _ICCID.fullmatch(bare) else None


def as_imsi(text: str) -> str | None:
    """Return the IMSI as 14 or 15 digits, else None. A program may have put .0 behind it."""
    bare = re.sub(r"[ \-]", "", visible(text)).removesuffix(".0")
    return bare if _IMSI.fullmatch(bare) else None


def as_sim(text: str) -> str | None:
    """Return either of them, else None."""
    return as_iccid(text) or as_imsi(text)


def card_key(iccid: str) -> str:
    """Return an index key that all spellings of a card's ICCID share; `same_card` decides between equal keys."""
    return iccid[:_ALWAYS_PRESENT]


def issuing_region(iccid: str) -> str | None:
    """Return the country (ISO 3166 alpha-2) of the issuer, whose calling code follows the 89 (E.118 §4).

    North American issuers write 01 for it, Canadian ones their MCC (docs/at-field-guide.md §4.2).
    """
    for head, region in _OTHER_ISSUERS.items():
        if iccid.startswith(head):
            return region
    code = e164.calling_code(f"+{iccid[2:5]}")
    return None if code is None else e164.region_of(code)
