"""Every dialect there is, and how a module's own is found.

Responsible for the list of vendors and for recognising a module by what it says of itself. Must not know
what the questions of a dialect are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.vendors import (
    aithinker,
    asr,
    cinterion,
    fibocom,
    huawei,
    meig,
    neoway,
    quectel,
    sierra,
    simcom,
    telit,
    ublox,
    wavecom,
    zte,
)
from drivers.vendors.dialect import Dialect, Urc, UrcMeaning
from drivers.vendors.generic import GENERIC

__all__ = [
    "DIALECTS",
    "GENERIC",
    "URCS",
    "VENDORS",
    "Dialect",
    "Urc",
    "UrcMeaning",
    "by_name",
    "meaning_in_any_dialect",
    "recognise",
]

DIALECTS: Final[tuple[Dialect, ...]] = (
    *quectel.FAMILIES,
    *huawei.FAMILIES,
    *zte.FAMILIES,
    *wavecom.FAMILIES,  # before Sierra, who sells it under both names
    *sierra.FAMILIES,
    *telit.FAMILIES,
    *ublox.FAMILIES,
    *cinterion.FAMILIES,
    *neoway.FAMILIES,
    *fibocom.FAMILIES,
    *meig.FAMILIES,
    *aithinker.FAMILIES,
    *asr.FAMILIES,
    *simcom.FAMILIES,  # some of these name only a model
    GENERIC,
)
"""In the order in which they are tried: a vendor's families before the vendor, the generic one last."""

VENDORS: Final[tuple[str, ...]] = tuple(dict.fromkeys(dialect.vendor for dialect in DIALECTS))
"""The names that `driver:` takes in config.yaml."""

URCS: Final[tuple[re.Pattern[str], ...]] = tuple(
    dict.fromkeys(urc.pattern for dialect in DIALECTS for urc in dialect.urcs)
)
"""Every line that any vendor's module sends unasked: a port listens before it knows who is there."""


def recognise(lines: Iterable[str], *, vendor: str = "") -> Dialect:
    """The dialect of a module by the lines in which it names itself (ATI, +CGMI, +CGMM).

    With `vendor`, only that vendor's families are considered; what is none of them gets the vendor's own
    dialect.
    """
    said = tuple(lines)
    among = tuple(dialect for dialect in DIALECTS if vendor in {"", dialect.vendor}) or (GENERIC,)
    return next((dialect for dialect in among if _speaks(dialect, said, forced=bool(vendor))), among[-1])


def meaning_in_any_dialect(line: str) -> UrcMeaning | None:
    """What an unsolicited line means to the first dialect that knows it; for modules nobody listed."""
    return next((meaning for dialect in DIALECTS if (meaning := dialect.meaning(line))), None)


def by_name(name: str) -> Dialect:
    """The dialect of that name, or a vendor's own (its last family); KeyError for any other name."""
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    raise KeyError(name)


def _speaks(dialect: Dialect, lines: tuple[str, ...], *, forced: bool) -> bool:
    makes = forced or any(dialect.manufacturer.search(line) for line in lines)
    return makes and (dialect.model is None or any(dialect.model.search(line) for line in lines))
