"""Durations, shares and amounts as people read them in the language of the process; tables have them."""

from __future__ import annotations

from agent.formats.durations import span, spell
from agent.language import current_language


def duration(seconds: float) -> str:
    """Return `4m30s`; in Russian as `span` has it."""
    return spell(seconds) if current_language() == "en" else span(seconds, current_language(), exact=True)


def share(part: float) -> str:
    """Return `97.5%`; in Russian with a comma, and a blank that keeps the line whole."""
    return f"{part:.1%}" if current_language() == "en" else f"{decimal(part * 100, 1)}\N{NO-BREAK SPACE}%"


def decimal(value: float, places: int) -> str:
    """Return a number with so many places behind its point, or comma."""
    return number(f"{value:.{places}f}")


def number(text: str) -> str:
    """Return a number that has been written with a point."""
    return text if current_language() == "en" else text.replace(".", ",")
