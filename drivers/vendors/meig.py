"""MeiG (MeiGLink): SLM320, SLM750, SLM770, SRM815, SRM825."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.at import commands
from drivers.vendors.dialect import named
from drivers.vendors.generic import GENERIC

MEIG: Final = replace(
    GENERIC,
    name="meig",
    vendor="meig",
    manufacturer=named(r"\bMEIG|\bS[LR]M\d{3}"),
    # The card's file first: its own ICCID commands are not documented (docs/at-field-guide.md §10.2).
    iccid=(commands.CRSM_ICCID, commands.ICCID, commands.CCID),
)

FAMILIES: Final = (MEIG,)
