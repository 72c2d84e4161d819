"""Wavecom, later of Sierra: Q2403, Q2406, Q24plus, Fastrack M1306 to Xtend."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import UrcMeaning, named, urc
from drivers.vendors.generic import COMMON_URCS, GENERIC

# +WIND=, which switches more URCs on, may be stored by the module, and is not on the allow-list.
_URCS = (
    urc(r"\+WIND\s*:\s*0\b", UrcMeaning.SIM_GONE),
    urc(r"\+WIND\s*:\s*1\b(?!\d)", UrcMeaning.SIM_CHANGED),
    urc(r"\+WIND\s*:\s*[34]\b", UrcMeaning.RESTARTED),
    urc(r"\+WIND\s*:\s*[78]\b", UrcMeaning.REGISTRATION),
    urc(r"\+WIND\s*:\s*10\b", UrcMeaning.NUMBER_READY),
    urc(r"\+WIND\s*:", UrcMeaning.NOISE),
    *COMMON_URCS,
)

WAVECOM: Final = replace(
    GENERIC,
    name="wavecom",
    vendor="wavecom",
    # Not the model: AT+CGMM may be a list of bands (python-gsmmodem).
    manufacturer=named(r"WAVECOM|\bFXT\d{3}|FASTRACK"),
    # The answer ends with its own line; an OK may come later or never (docs/at-field-guide.md §1.1; MM commit
    # 8b329c10).
    sim_state=replace(commands.CPIN, closes=re.compile(r"\+CPIN\s*:", re.IGNORECASE)),
    iccid=(commands.CCID, commands.CCID_READ, commands.CRSM_ICCID),
    lte=None,
    packet=None,
    urcs=_URCS,
)

FAMILIES: Final = (WAVECOM,)
