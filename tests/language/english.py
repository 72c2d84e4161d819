"""English that was left in a Russian text: three words or more in a row that are no names, commands or keys."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"`[^`]*`|\bsudo [\w. -]+"  # commands
    r"|«[^»]*»|\"[^\"]*\""  # what others said
    r"|\S*[\d_./\\@={}+*%-]\S*"  # keys, paths, options, numbers, values
    r"|\b(?:[A-Z]{2,}\w*|Onlinesim|Redis|Telegram|Apprise)\b"  # names of the trade
)
_SENTENCE = re.compile(r"\b[A-Za-z][a-z']*(?:[ ,;:]+[A-Za-z][a-z']*){2,}")


_LIST = re.compile(r"(?:[a-z]\w*, )+[a-z]\w*")
"""Keys and choices."""


def english_in(text: str) -> str:
    """Return the first English sentence of a Russian text, "" where there is none."""
    runs = _SENTENCE.findall(_NAMES.sub("·", text))
    return next((found for found in runs if not _LIST.fullmatch(found)), "")
