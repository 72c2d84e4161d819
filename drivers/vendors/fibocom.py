"""Fibocom: L610, L716 (LTE Cat 1), NL668, L850 and others."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_URCS = (
    urc(r"\+SIM\s*:\s*REMOVED|\+SIM DROP", UrcMeaning.SIM_GONE),
    urc(r"\+SIM\b", UrcMeaning.SIM_CHANGED),
    *COMMON_URCS,
)

FIBOCOM: Final = replace(
    GENERIC,
    name="fibocom",
    vendor="fibocom",
    manufacturer=named(r"FIBOCOM"),
    # The card's file first: its own ICCID commands are not documented (docs/at-field-guide.md §10.2).
    iccid=(commands.CRSM_ICCID, commands.CCID, commands.ICCID),
    urcs=_URCS,
)

FAMILIES: Final = (FIBOCOM,)
