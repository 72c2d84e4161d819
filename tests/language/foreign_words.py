"""English that was left in a Russian text."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'`[^`]*`|"[^"\n]*"|«[^»]*»')
"""Commands, and what is to be typed or was written by somebody else."""
_WORDS = re.compile(r"(?<![\w./:@=$-])[A-Za-z][A-Za-z']+(?:,? [A-Za-z][A-Za-z']*){2,}(?![\w./:@=-])")
"""Three words of Latin letters, one behind the other."""
_LISTS = re.compile(r"(?:[a-z][a-z_0-9]*, )+[a-z][a-z_0-9]*")
"""Keys and choices."""


def english_in(text: str) -> list[str]:
    """Return the runs of three and more English words outside quotes; lists of keys are none."""
    return [found for found in _WORDS.findall(_QUOTED.sub("…", text)) if not _LISTS.fullmatch(found)]
