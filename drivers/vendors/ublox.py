"""u-blox: SARA-G (2G), LISA-U, SARA-U (3G), TOBY, LARA, SARA-R (LTE)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

# +USIMSTAT=, which switches SIM URCs on, may be stored by the module, and is not on the allow-list.
_URCS = (
    urc(r"\+AT\s*:\s*READY", UrcMeaning.RESTARTED),
    urc(r"\+UUSIMSTAT\s*:\s*0\s*$", UrcMeaning.SIM_GONE),
    urc(r"\+UUSIMSTAT\s*:\s*[78]\s*$", UrcMeaning.NUMBER_READY),
    urc(r"\+UUSIMSTAT\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+UUPS(DA|DD)\s*:", UrcMeaning.NOISE),  # a data connection came or went
    *COMMON_URCS,
)

# TOBY-L2 and L4 do not answer for up to 20 s after they appear on USB (MM plugins/ublox).
UBLOX: Final = replace(
    GENERIC,
    name="ublox",
    vendor="ublox",
    manufacturer=named(r"\bU-?BLOX\b"),
    iccid=(commands.CCID, commands.CRSM_ICCID),
    urcs=_URCS,
    chains=True,
)

UBLOX_2G3G: Final = replace(
    UBLOX, name="ublox-3g", model=models(r"LEON-G\d+|SARA-[GU]\d+|LISA-U\d+"), lte=None
)

FAMILIES: Final = (UBLOX_2G3G, UBLOX)
