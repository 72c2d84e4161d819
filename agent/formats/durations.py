"""Durations as people write and say them: `250ms`, `10s`, `4m30s`, `1h`, `400d`, or a plain number of seconds."""

from __future__ import annotations

import math
import re

from agent.language import N_, translation

PATTERN = r"^\s*(\d+(\.\d+)?\s*(ms|s|m|h|d)?|(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+(\.\d+)?s)?\s*(\d+ms)?)\s*$"
"""The notation as JSON Schema can express it; `parse` is stricter: an empty text, say, is not a duration."""

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_WHOLE = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)?", re.ASCII)
_SUM = re.compile(
    r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+(?:\.\d+)?)s)?\s*(?:(\d+)ms)?", re.ASCII
)
_LONGEST_TEXT = 32
_DAY_MS = 86_400_000
_SAID = ((86_400, N_("{n} d")), (3600, N_("{n} h")), (60, N_("{n} min")), (1, N_("{n} s")))


def parse(written: str | float) -> float:
    """Return seconds, finite and at least 0. Raises ValueError, with a text for people, for anything else."""
    seconds = _of_text(written) if isinstance(written, str) else float(written)
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        raise ValueError("is not a duration")
    return seconds


def _of_text(text: str) -> float | None:
    text = text.strip()
    if not text or len(text) > _LONGEST_TEXT:
        return None
    if whole := _WHOLE.fullmatch(text):
        return _scaled(whole["amount"], whole["unit"] or "s")
    if parts := _SUM.fullmatch(text):
        units = ("d", "h", "m", "s", "ms")
        return math.fsum(
            _scaled(amount, unit) for amount, unit in zip(parts.groups(), units, strict=True) if amount
        )
    return None


def _scaled(amount: str, unit: str) -> float:
    # A division is exact where the product with 0.001 is not: 250ms is 0.25.
    return float(amount) / 1000 if unit == "ms" else float(amount) * _UNITS[unit]


def spell(seconds: float) -> str:
    """Return the shortest usual spelling, exact to a millisecond: 270 is `4m30s`, 0.25 is `250ms`, two days `2d`."""
    milliseconds = round(seconds * 1000)
    if milliseconds == 0:
        return "0s"
    if milliseconds >= 2 * _DAY_MS and milliseconds % _DAY_MS == 0:
        return f"{milliseconds // _DAY_MS}d"
    rest, thousandths = divmod(milliseconds, 1000)
    minutes, whole = divmod(rest, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((hours, "h"), (minutes, "m"), (whole, "s"), (thousandths, "ms"))
    return "".join(f"{amount}{unit}" for amount, unit in amounts if amount)


def span(seconds: float, language: str = "en", *, exact: bool = False) -> str:
    """Return a time as people say it, in its two greatest units: `2 h 5 min`; minutes have seconds only if `exact`."""
    rest = max(0, round(seconds))
    greatest = next((at for at, (size, *_) in enumerate(_SAID) if rest >= size), len(_SAID) - 1)
    parts: list[str] = []
    for size, text in _SAID[greatest : greatest + 2]:
        count, rest = divmod(rest, size)
        if count or not parts:
            parts.append(translation(language).gettext(text).format(n=count))
        if size == 60 and not exact:
            break
    return " ".join(parts)
