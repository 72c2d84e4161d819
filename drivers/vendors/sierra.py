"""Sierra Wireless: MC7455, EM7455 and others (LTE). The older models are in wavecom.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import named
from drivers.vendors.generic import GENERIC

SIERRA: Final = replace(
    GENERIC,
    name="sierra",
    vendor="sierra",
    manufacturer=named(r"SIERRA WIRELESS"),
    # !ICCID? may need an unlocked port; AT+ICCID is undocumented and answers without a plus (Sierra forum).
    iccid=(commands.SIERRA_ICCID, commands.ICCID, commands.CCID, commands.CRSM_ICCID),
    chains=True,
)

FAMILIES: Final = (SIERRA,)
