"""Counts in English sentences that are kept; what is said at once has `ngettext`."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """Return `1 port`, `2 ports`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
