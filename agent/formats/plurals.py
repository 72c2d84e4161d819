"""Counts in English and Russian sentences."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """Return `1 port`, `2 ports`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def russian_form(count: int, one: str, few: str, many: str) -> str:
    """Return the word that stands behind this count in Russian: 1 and 21 модуль, 2 to 4 модуля, 5 to 20 модулей."""
    if count % 10 == 1 and count % 100 != 11:
        return one
    return few if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else many
