"""Ways to split bytes into reads, and the URCs that tests list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

URCS = tuple(
    re.compile(pattern)
    for pattern in (
        r"RDY$",
        r"Call Ready$",
        r"SMS Ready$",
        r"\+CPIN:",
        r"\+C(?:5G|G|E)?REG:",
        r"\+CMTI:",
        r"\+CSQ:",
        r"\+QIND:",
        r"\^RSSI:",
        r"\+WIND:",
        r"NORMAL POWER DOWN$",
    )
)


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The reads that result from cutting at these places; those after the end count as the end."""
    edges = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(edges)]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]
