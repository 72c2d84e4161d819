"""Neoway: M590 and M660 (2G), WM620, N58 and others."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_URCS = (
    urc(r"MODEM\s*:\s*STARTUP", UrcMeaning.RESTARTED),
    urc(r"\+PBREADY", UrcMeaning.NUMBER_READY),
    # The type of card, sent at the start; not whether there is one (docs/at-field-guide.md §3.3).
    urc(r"\+EUSIM\s*:", UrcMeaning.SIM_CHANGED),
    *COMMON_URCS,
)

NEOWAY: Final = replace(
    GENERIC,
    name="neoway",
    vendor="neoway",
    manufacturer=named(r"NEOWAY"),
    # AT+CCID exists on N58 and others, but its answer is not documented; the card's file has one form.
    iccid=(commands.CCID, commands.CRSM_ICCID),
    # +PBREADY comes within about a minute (TinyGSM TinyGsmClientM590.h).
    phone_book=60.0,
    urcs=_URCS,
)

NEOWAY_2G: Final = replace(NEOWAY, name="neoway-2g", model=models(r"M\d{3}"), lte=None, packet=None)

FAMILIES: Final = (NEOWAY_2G, NEOWAY)
