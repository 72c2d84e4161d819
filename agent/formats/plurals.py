"""Counts in English sentences."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """Return `1 port`, `2 ports`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
