"""SIMCom: SIM800, SIM900 (2G), SIM5360 (3G), SIM7000, SIM7100 to SIM7900 (LTE), A76xx (Cat 1), SIM8200 (5G)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, models, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

_MANUFACTURER = named(r"SIMCOM|^(Model: ?)?SIM\d{3,4}|\bA7[69]\d\d")

_URCS = (
    # Most firmware spells it WARNNING; if the module then switches off, it sends POWER DOWN.
    urc(r"(UNDER|OVER)-VOLTAGE POWER DOWN", UrcMeaning.STOPPED),
    urc(r"(UNDER|OVER)-VOLTAGE WARN", UrcMeaning.POWER),
    urc(r"CHARGE-ONLY MODE", UrcMeaning.POWER),
    urc(r"START$", UrcMeaning.RESTARTED),
    urc(r"\*ATREADY\s*:", UrcMeaning.RESTARTED),
    urc(r"\+CSMINS\s*:\s*\d\s*,\s*0", UrcMeaning.SIM_GONE),
    urc(r"\+CSMINS\s*:", UrcMeaning.SIM_CHANGED),
    urc(r"(OPL|PNN) (UPDATING|DONE)", UrcMeaning.NOISE),
    *COMMON_URCS,
)

SIMCOM: Final = replace(
    GENERIC,
    name="simcom",
    vendor="simcom",
    manufacturer=_MANUFACTURER,
    sim_checks=(commands.CSMINS,),
    iccid=(commands.CCID, commands.CICCID, commands.CRSM_ICCID),
    urcs=_URCS,
    urc_switches=(commands.CSMINS_URCS,),
    chains=True,
)
"""A SIMCom of an unknown family: both of the vendor's ICCID commands."""

SIMCOM_2G: Final = replace(
    SIMCOM,
    name="simcom-2g",
    # Three digits: SIM300 to SIM968. Four are never 2G: SIM8202 is 5G, SIM8905 LTE (docs/at-field-guide.md §10.5).
    model=models(r"SIM\d{3}"),
    iccid=(commands.CCID, commands.CRSM_ICCID),
    lte=None,
    packet=None,
)

SIMCOM_3G: Final = replace(
    SIMCOM,
    name="simcom-3g",
    model=models(r"SIM5[23]\d\d"),
    # CICCID answers as "+ICCID:" (TinyGSM TinyGsmClientSIM5360.h).
    iccid=(commands.CICCID, commands.CRSM_ICCID),
    lte=None,
    # PB DONE comes up to 40 s after power (same source).
    phone_book=40.0,
    # CSMINS is known only of the 2G and 4G models (docs/at-field-guide.md §3.3).
    sim_checks=(),
    urc_switches=(),
)

SIMCOM_70: Final = replace(
    SIMCOM,
    name="simcom-70xx",
    model=models(r"SIM70\d\d"),
    # Bare, as on 2G (TinyGSM TinyGsmClientSIM70xx.h); 7070 boards with the command of the 7600 exist, so both.
    iccid=(commands.CCID, commands.CICCID, commands.CRSM_ICCID),
)

SIMCOM_4G: Final = replace(
    SIMCOM,
    name="simcom-4g",
    model=models(r"SIM7[1-9]\d\d"),
    iccid=(commands.CICCID, commands.CCID, commands.CRSM_ICCID),
)

SIMCOM_5G: Final = replace(SIMCOM_4G, name="simcom-5g", model=models(r"SIM8[23]\d\d"))

SIMCOM_A76: Final = replace(
    SIMCOM,
    name="simcom-a76",
    # They may send +CPIN: in the middle of another answer (MM commit d40d1560), and SIM REMOVED because
    # another program set CFUN=0 (docs/at-field-guide.md §3.4).
    model=models(r"A7[69]\d\d"),
    iccid=(commands.CICCID, commands.CRSM_ICCID),
    phone_book=40.0,
)

FAMILIES: Final = (SIMCOM_5G, SIMCOM_4G, SIMCOM_A76, SIMCOM_70, SIMCOM_3G, SIMCOM_2G, SIMCOM)
