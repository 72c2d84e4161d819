"""Telit: GL865, GL868, GM862 (2G), HE910, UE910 (3G), LE910, LE920, ME910 and others (LTE)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_URCS = (
    urc(r"#QSS\s*:\s*0\s*$", UrcMeaning.SIM_GONE),
    # 3: inserted, unlocked, messages and phone book readable (MM plugins/telit); +CPIN: READY comes earlier.
    urc(r"#QSS\s*:\s*3\s*$", UrcMeaning.NUMBER_READY),
    urc(r"#QSS\s*:", UrcMeaning.SIM_CHANGED),
    *COMMON_URCS,
)

TELIT: Final = replace(
    GENERIC,
    name="telit",
    vendor="telit",
    manufacturer=named(r"\bTELIT\b"),
    # LE922 needs more than 3 s (MM commit 60d5aefa).
    sim_state=replace(commands.CPIN, timeout=15.0),
    sim_checks=(commands.QSS,),
    iccid=(commands.TELIT_CCID, commands.CCID, commands.CRSM_ICCID),
    urcs=_URCS,
    urc_switches=(commands.QSS_URCS,),
    chains=True,
)

TELIT_2G: Final = replace(TELIT, name="telit-2g", model=models(r"G[A-Z]\d{3}"), lte=None, packet=None)

FAMILIES: Final = (TELIT_2G, TELIT)
