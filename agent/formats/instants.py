"""Instants of the past as people write them: a day, a time of a day, how long ago, or UNIX time."""

from __future__ import annotations

import datetime as dt
import re

from agent.formats import durations
from agent.language import N_, translation

HINT = N_('write 30d, 12h, 2026-11-30, "2026-11-30 14:05", 14:05, or UNIX time')
_CLOCK = re.compile(r"[0-2]?\d:[0-5]\d(:[0-5]\d)?", re.ASCII)
_UNIX_SINCE = 10**8
"""Smaller numbers are durations: that was in 1973."""


def parse(written: str, now: float, language: str = "en") -> int:
    """Return UNIX time, days and times being those of this machine. Raises ValueError, with a text for people.

    A time of day is the last one before `now`.
    """
    text = written.strip()
    try:
        if text.isascii() and text.isdecimal() and int(text[:12]) >= _UNIX_SINCE:
            return int(text[:12])
        if _CLOCK.fullmatch(text):
            return _last(dt.time.fromisoformat(text.zfill(8 if text.count(":") == 2 else 5)), now)
        if "-" in text:
            return int(dt.datetime.fromisoformat(text).timestamp())
        return max(0, int(now - durations.parse(text)))
    except (ValueError, OverflowError, OSError):
        texts = translation(language)
        message = texts.gettext("{text} is not a time; {hint}")
        raise ValueError(message.format(text=repr(written), hint=texts.gettext(HINT))) from None


def _last(clock: dt.time, now: float) -> int:
    today = dt.datetime.fromtimestamp(now).date()  # noqa: DTZ006  this machine's time is meant
    at = dt.datetime.combine(today, clock)
    if at.timestamp() > now:
        at -= dt.timedelta(days=1)
    return int(at.timestamp())


def spell(at: float) -> str:
    """Return an instant as a table shows it, in this machine's time."""
    return dt.datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006  as people read it
