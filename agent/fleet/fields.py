"""One field of what hosts write for each other: foreign values are checked here, each by itself."""

from __future__ import annotations

import json
import re
from typing import Any, Final

VERSION: Final = 1
"""Of what hosts write for each other; a reader with a lower number than a text's `min_v` must not act on it."""
LONGEST_LEASE: Final = 60.0
"""Whoever announces a longer one is not believed (docs/design.md §13)."""


class NotReadable(ValueError):
    """A text that does not follow the words of a fleet."""


class TooNew(NotReadable):
    """A text of a version that this one must not read."""


def object_of(text: str) -> dict[str, Any]:
    """Return the JSON object that a text is. Raises NotReadable, TooNew."""
    try:
        seen = json.loads(text)
    except (ValueError, RecursionError) as why:
        raise NotReadable(str(why)) from None
    if not isinstance(seen, dict):
        raise NotReadable("not an object")
    check_version(seen.get("min_v", VERSION))
    return seen


def check_version(least: object) -> None:
    """Raises TooNew for a text that needs a later version than this one, NotReadable for none."""
    if whole_of(least) > VERSION:
        raise TooNew(f"needs version {least}")


def matching(pattern: re.Pattern[str], value: object) -> str:
    """Return a text that this pattern fits. Raises NotReadable, as all that follow do."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NotReadable("a word that cannot be")
    return value


def text_of(value: object) -> str:
    """Return a short text of one line."""
    if not isinstance(value, str) or len(value) > 128 or not value.isprintable():
        raise NotReadable("not a short text")
    return value


def whole_of(value: object) -> int:
    """Return a whole number that every JSON reader can hold."""
    if type(value) is not int or not 0 <= value < 2**53:
        raise NotReadable("not a whole number")
    return value


def seconds_of(value: object) -> float:
    """Return seconds."""
    if not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise NotReadable("not a number of seconds")
    return float(value)


def lease_of(value: object) -> float:
    """Return the seconds of a lease."""
    lease = seconds_of(value)
    if not 0 < lease <= LONGEST_LEASE:
        raise NotReadable("a lease that cannot be")
    return lease


def dump(value: object) -> str:
    """Return a value as it is written."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
