"""What names a SIM: the ICCID on the card (ITU-T E.118) and the IMSI in it (ITU-T E.212).

Responsible for the plausible shapes of both and for when two ICCIDs mean one card (docs/at-field-guide.md §4.2, §5).
Must not know how they were read, nor what belongs to the SIM.
"""

from __future__ import annotations

import re

from agent.formats import e164
from drivers.at.replies.iccid import same_card

__all__ = ["as_iccid", "as_imsi", "as_sim", "card_key", "issuing_region", "same_card"]

_ICCID = re.compile(r"89[0-9]{4}[0-9A-F]{12,14}", re.ASCII)
_IMSI = re.compile(r"(?:[2-7][0-9]{2}|901|00[1-9])[0-9]{11,12}", re.ASCII)
"""14 or 15 digits that begin with a country's MCC, 901 of the global cards, or 001 ff. of test networks."""

_ALWAYS_PRESENT = 18
"""Old cards have 18 digits, and the check digit at the end is often left out."""


def as_iccid(text: str) -> str | None:
    """The ICCID as printed on the card, 18 to 20 characters, upper case and without F padding; else None."""
    bare = re.sub(r"[ \-]", "", text).upper().rstrip("F")
    return bare if _ICCID.fullmatch(bare) else None


def as_imsi(text: str) -> str | None:
    """The IMSI as 14 or 15 digits, else None."""
    bare = text.replace(" ", "")
    return bare if _IMSI.fullmatch(bare) else None


def as_sim(text: str) -> str | None:
    """Either of them."""
    return as_iccid(text) or as_imsi(text)


def card_key(iccid: str) -> str:
    """What equal cards have in common: an index by it finds every ICCID for which `same_card` may hold."""
    return iccid[:_ALWAYS_PRESENT]


def issuing_region(iccid: str) -> str | None:
    """The country (ISO 3166 alpha-2) of the issuer: its calling code follows the 89 (E.118 §4). A hint."""
    code = e164.calling_code(f"+{iccid[2:5]}")
    return None if code is None else e164.region_of(code)
