"""Dicts in the order of use: the first entries are those that were used longest ago."""

from __future__ import annotations

from typing import TypeVar

_V = TypeVar("_V")


def renew(kept: dict[str, _V], key: str, value: _V) -> None:
    """Set a value and put it last."""
    kept.pop(key, None)
    kept[key] = value
