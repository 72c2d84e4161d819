"""Huawei: the sticks E153 to E3531 (3G), E3372, ME906 and ME909 (LTE)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

# The flood of URCs (^RSSI, ^BOOT, ^DSFLOWRPT) can crash a stick whose port nobody reads. ^CURC=0 would stop it, but
# is not on the allow-list: the port is read all the time instead (docs/at-field-guide.md §10.3).
_URCS = (
    urc(r"\^SIMST\s*:\s*255", UrcMeaning.SIM_GONE),
    urc(r"\^SIMST\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\^CARDMODE\s*:\s*255", UrcMeaning.SIM_GONE),
    urc(r"\^CARDMODE\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"\^(SRVST|MODE)\s*:", UrcMeaning.REGISTRATION),
    urc(
        r"\^(BOOT|RSSI|RSSILVL|HCSQ|DSFLOWRPT|STIN|CSNR|NWTIME|ANQUERY|CRSSI|HDRRSSI|SIMSTATE)\s*:",
        UrcMeaning.NOISE,
    ),
    *COMMON_URCS,
)

HUAWEI: Final = replace(
    GENERIC,
    name="huawei",
    vendor="huawei",
    manufacturer=named(r"HUAWEI"),
    sim_checks=(commands.SYSINFO,),
    # Nibble-swapped on some models, as printed on others (docs/at-field-guide.md §4.1). Reading the card's file may
    # need a PIN where ^ICCID? does not.
    iccid=(commands.HUAWEI_ICCID, commands.CRSM_ICCID),
    urcs=_URCS,
    # The request and the answer are packed septets in hex (chan-dongle; docs/at-field-guide.md §6.3).
    packed_ussd=True,
)

HUAWEI_4G: Final = replace(
    HUAWEI,
    name="huawei-4g",
    model=models(r"M[EUC]\d{3}|MH\d{4}|E(?:3[235]\d\d|39[28])"),
    sim_checks=(commands.SYSINFOEX, commands.SYSINFO),
)

FAMILIES: Final = (HUAWEI_4G, HUAWEI)
