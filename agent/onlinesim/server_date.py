"""Our clock beside the server's: what the `Date` of an answer says (RFC 9110 §6.6.1), pure."""

from __future__ import annotations

import datetime as dt
import email.utils
from typing import Final

CLOCK_IS_OFF: Final = 60.0
"""Seconds: a clock is called wrong from here on. Less is common between two machines that are both well."""
DATES_ARE_WRONG: Final = 86_400.0
"""Seconds: from here on, date_start is another day."""
_LONGEST: Final = 64


def seconds_ahead(date: str, asked_at: float, answered_at: float) -> float | None:
    """Return by how many seconds our clock is ahead of the server's, below 0 for behind; None without a readable date.

    `asked_at` and `answered_at` are our UNIX times around the request. The server wrote its date, in whole seconds,
    some time in between, so what lies within is 0.
    """
    told = _read(date)
    if told is None:
        return None
    return max(0.0, asked_at - (told + 1.0)) or min(0.0, answered_at - told)


def off_by(seconds: float, language: str = "en") -> str:
    """Return in words how far a clock is off: "3 hours ahead of", «отстают на 2 дн.»; `language` is "en" or "ru"."""
    amount = abs(seconds)
    size, one, many, russian = next((unit for unit in _UNITS if amount >= unit[0]), _UNITS[-1])
    count = round(amount / size)
    if language == "ru":
        return f"{'спешат' if seconds > 0 else 'отстают'} на {count} {russian}"
    return f"{count} {one if count == 1 else many} {'ahead of' if seconds > 0 else 'behind'}"


_UNITS: Final = (
    (86_400, "day", "days", "дн."),
    (3_600, "hour", "hours", "ч"),
    (60, "minute", "minutes", "мин"),
    (1, "second", "seconds", "с"),  # noqa: RUF001  Russian
)


def _read(date: str) -> float | None:
    if not 0 < len(date) <= _LONGEST:
        return None
    try:
        read = email.utils.parsedate_to_datetime(date)
        return (read if read.tzinfo is not None else read.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError):  # no date, or one of a year that no calendar has
        return None
