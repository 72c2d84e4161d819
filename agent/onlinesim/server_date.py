"""Our clock beside the server's: what the `Date` of an answer says (RFC 9110 §6.6.1), pure."""

from __future__ import annotations

import datetime as dt
import email.utils
from typing import Final

from agent.language import N_n, translation

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
    """Return in words how far a clock is off: "3 hours ahead of", «отстают на 2 дня»; `language` is "en" or "ru"."""
    amount = abs(seconds)
    size, ahead, behind = next((unit for unit in _UNITS if amount >= unit[0]), _UNITS[-1])
    count = round(amount / size)
    forms = ahead if seconds > 0 else behind
    return translation(language).ngettext(*forms, count).format(n=count)


_UNITS: Final = (
    (86_400, N_n("{n} day ahead of", "{n} days ahead of"), N_n("{n} day behind", "{n} days behind")),
    (3_600, N_n("{n} hour ahead of", "{n} hours ahead of"), N_n("{n} hour behind", "{n} hours behind")),
    (60, N_n("{n} minute ahead of", "{n} minutes ahead of"), N_n("{n} minute behind", "{n} minutes behind")),
    (1, N_n("{n} second ahead of", "{n} seconds ahead of"), N_n("{n} second behind", "{n} seconds behind")),
)


def _read(date: str) -> float | None:
    if not 0 < len(date) <= _LONGEST:
        return None
    try:
        read = email.utils.parsedate_to_datetime(date)
        return (read if read.tzinfo is not None else read.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError):  # no date, or one of a year that no calendar has
        return None
