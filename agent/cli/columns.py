"""Which columns of the modules' table a narrow terminal has room for.

Responsible for the order in which columns give way, from measured widths. Must not know what a cell says, nor
where it is printed. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GIVE_WAY: Final = ("IMEI", "SIM", "signal", "operator", "module")
"""The first to go first. Port, number and verdict are what the operator looks for: they always stay."""
GAP: Final = 1
"""Cells between two columns."""


def columns_for(widths: Mapping[str, int], room: int) -> tuple[str, ...]:
    """Return the columns to show, in the order of `widths`.

    `widths` has the cells that each column takes when nothing of it is cut, `room` the cells of a line.
    """
    shown = dict(widths)
    for name in GIVE_WAY:
        if sum(shown.values()) + GAP * (len(shown) - 1) <= room:
            break
        shown.pop(name, None)
    return tuple(shown)
