"""Luat Air720, Air724, Air780 and other Cat 1 modules with the commands of ASR chips."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

# If another program sets CFUN=0, they report SIM REMOVED, ^CARDMODE: 255 and ^SIMST: 255,0 with the card in place,
# and repeat a stale +CREG: 1 (docs/at-field-guide.md §3.4).
_URCS = (
    urc(r"\*ATREADY\s*:", UrcMeaning.RESTARTED),
    urc(r"\^SIMST\s*:\s*255|\^CARDMODE\s*:\s*255", UrcMeaning.SIM_GONE),
    urc(r"\^SIMST\s*:|\^CARDMODE\s*:", UrcMeaning.SIM_CHANGED),
    # Sent after CFUN=1, without a plus; the answer to AT+ICCID has one.
    urc(r"ICCID\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\^(SRVST|MODE)\s*:", UrcMeaning.REGISTRATION),
    *COMMON_URCS,
)

ASR: Final = replace(
    GENERIC,
    name="asr",
    vendor="asr",
    manufacturer=named(r"AIRM2M|\bAIR7\d\d|LUAT"),
    # The ICCID may hold a hex digit: 898602F9…C… (docs/at-field-guide.md §4.2).
    iccid=(commands.ICCID, commands.CCID, commands.CRSM_ICCID),
    urcs=_URCS,
)

FAMILIES: Final = (ASR,)
