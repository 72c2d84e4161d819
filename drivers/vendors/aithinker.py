"""Ai-Thinker: A6, A7, A20 (2G, RDA chips)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import named
from drivers.vendors.generic import GENERIC

AITHINKER: Final = replace(
    GENERIC,
    name="aithinker",
    vendor="aithinker",
    manufacturer=named(r"AI[- ]?THINKER"),
    # Without the plus; what CGSN answers is not the IMEI (TinyGSM TinyGsmClientA6.h).
    imei=(commands.ATGSN,),
    # Answers "+SCID: SIM Card ID: 89…F" (same source).
    iccid=(commands.CCID, commands.CRSM_ICCID),
    lte=None,
    packet=None,
)

FAMILIES: Final = (AITHINKER,)
