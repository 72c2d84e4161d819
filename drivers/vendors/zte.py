"""ZTE: the sticks MF100 to MF669, and the modules ME3630, MG2639, MC271X."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_URCS = (
    urc(r"\+ZUSIMR\s*:|\$QCSIMSTAT\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\+(ZPASR|ZDONR)\s*:", UrcMeaning.REGISTRATION),
    urc(r"\+ZEND|\+SPNWNAME\s*:|\+PSBEARER\s*:|_OSIGQ\s*:|\+ZMGSF", UrcMeaning.NOISE),
    *COMMON_URCS,
)

ZTE: Final = replace(
    GENERIC,
    name="zte",
    vendor="zte",
    manufacturer=named(r"\bZTE\b"),
    # Modules know the first, sticks the second, and each refuses the other's (docs/at-field-guide.md §4.1).
    iccid=(commands.ZGETICCID, commands.ICCID, commands.CRSM_ICCID),
    urcs=_URCS,
)

FAMILIES: Final = (ZTE,)
