"""The known word that a mistyped one resembles."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from agent.language import _


def near_miss(word: str, known: Iterable[str]) -> str:
    """The question "did you mean …?" in the process's language, empty where no known word is similar."""
    meant = nearest(word, known)
    return did_you_mean(meant) if meant else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was meant, empty where none is similar."""
    folded = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def did_you_mean(word: str) -> str:
    """The question itself."""
    return _('did you mean "{word}"?').format(word=word)
