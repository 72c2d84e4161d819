"""The known word that a mistyped one resembles."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_miss(word: str, known: Iterable[str]) -> str:
    """The question "did you mean …?", empty where no known word is similar."""
    folded = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    return f'did you mean "{folded[near[0]]}"?' if near else ""
