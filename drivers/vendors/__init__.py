"""Vendors: each family of modules as a dialect, which is data, and how the dialect of a module is found.

Must not know how a question is asked, nor what follows from its answer.
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
"""The values of `driver:` in config.yaml."""

URCS: Final[tuple[re.Pattern[str], ...]] = tuple(
    dict.fromkeys(urc.pattern for dialect in DIALECTS for urc in dialect.urcs)
)
"""The URCs of all vendors: a port is read before its module is identified."""


def recognise(lines: Iterable[str], *, vendor: str = "") -> Dialect:
    """The dialect of a module, from the lines in which it names itself (ATI, +CGMI, +CGMM).

    With `vendor`, one of that vendor's families; the vendor's own dialect where none of them fits.
    """
    named = tuple(lines)
    among = tuple(dialect for dialect in DIALECTS if vendor in {"", dialect.vendor}) or (GENERIC,)
    return next((dialect for dialect in among if _fits(dialect, named, forced=bool(vendor))), among[-1])


def meaning_in_any_dialect(line: str) -> UrcMeaning | None:
    """What a URC means in the first dialect that lists it, for modules that nobody listed; None if no dialect does."""
    return next((meaning for dialect in DIALECTS if (meaning := dialect.meaning(line))), None)


def by_name(name: str) -> Dialect:
    """The dialect of that name, which may be a vendor's own; KeyError for an unknown name."""
    for dialect in DIALECTS:
        if dialect.name == name:
            return dialect
    raise KeyError(name)


def _fits(dialect: Dialect, lines: tuple[str, ...], *, forced: bool) -> bool:
    manufacturer = forced or any(dialect.manufacturer.search(line) for line in lines)
    return manufacturer and (dialect.model is None or any(dialect.model.search(line) for line in lines))
