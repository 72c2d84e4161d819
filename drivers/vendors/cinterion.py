"""Cinterion, of Gemalto and Thales: BGS2, EHS5, PLS62 and others; Siemens before: TC35, MC35, MC55."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_URCS = (
    urc(r"\^SYSSTART", UrcMeaning.RESTARTED),
    urc(r"\^SHUTDOWN", UrcMeaning.STOPPED),
    urc(r"\^SCKS\s*:\s*0\s*$", UrcMeaning.SIM_GONE),
    urc(r"\^SCKS\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+CIEV\s*:\s*\"?sim(local|status)", UrcMeaning.SIM_CHANGED),
    urc(r"\^SBC\s*:\s*Under", UrcMeaning.POWER),
    *COMMON_URCS,
)

CINTERION: Final = replace(
    GENERIC,
    name="cinterion",
    vendor="cinterion",
    manufacturer=named(r"CINTERION|GEMALTO|THALES|SIEMENS"),
    # 2 and 3: the card is in, but switched off (MM plugins/cinterion).
    sim_checks=(commands.SCKS,),
    iccid=(commands.SCID, commands.CXXCID, commands.CCID, commands.CRSM_ICCID),
    urcs=_URCS,
    # Sent only on the port that switched it on (docs/at-field-guide.md §1.4).
    urc_switches=(commands.SCKS_URCS,),
    chains=True,
)

SIEMENS: Final = replace(
    CINTERION,
    name="siemens",
    model=models(r"[TM]C\d\d"),
    # The older models know only this one (docs/at-field-guide.md §4.1).
    iccid=(commands.CXXCID, commands.SCID, commands.CCID, commands.CRSM_ICCID),
    lte=None,
    packet=None,
)

FAMILIES: Final = (SIEMENS, CINTERION)
