"""Quectel: M10 to M95 (2G), UC15 and UC20 (3G), EC20 to EG95, BG96 and others (LTE), RG500 and RM500 (5G)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

# They go to one port of the module only (docs/at-field-guide.md §1.4), chosen by +QURCCFG, which a module stores
# and we never send: silence on our port proves nothing.
_URCS = (
    # With card detection off (QSIMDET 0,1) this stays 0 for a card that is inserted later.
    urc(r"\+QSIMSTAT\s*:\s*\d\s*,\s*0", UrcMeaning.SIM_GONE),
    urc(r"\+QSIMSTAT\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+QUSIM\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+QIND\s*:\s*\"?(SMS|PB) DONE", UrcMeaning.NUMBER_READY),
    urc(r"\+(QIND|APIND)\s*:", UrcMeaning.NOISE),
    *COMMON_URCS,
)

QUECTEL: Final = replace(
    GENERIC,
    name="quectel",
    vendor="quectel",
    manufacturer=named(r"QUECTEL"),
    # 0 is "removed", 2 "not known until the start is over" (docs/at-field-guide.md §3.3).
    sim_checks=(commands.QSIMSTAT,),
    iccid=(commands.QCCID, commands.ICCID, commands.CCID, commands.CRSM_ICCID),
    urcs=_URCS,
    chains=True,
)
"""A Quectel of an unknown family, with the commands of the LTE ones."""

QUECTEL_2G: Final = replace(
    QUECTEL,
    name="quectel-2g",
    model=models(r"M\d\d|MC(?:20|25|60|90)"),
    # Bare on old firmware (TinyGSM TinyGsmClientM95.h); M26 and M35 know CCID too (docs/at-field-guide.md §4.1).
    iccid=(commands.QCCID, commands.CCID, commands.CRSM_ICCID),
    lte=None,
    packet=None,
)

QUECTEL_3G: Final = replace(QUECTEL, name="quectel-3g", model=models(r"U[CG]\d\d"), lte=None)

QUECTEL_4G: Final = replace(QUECTEL, name="quectel-4g", model=models(r"(?:E[CGPM]|AG|B[CG]|R[GM])\d{2,3}"))

FAMILIES: Final = (QUECTEL_4G, QUECTEL_3G, QUECTEL_2G, QUECTEL)
