"""What became of a report, as people read it."""

from __future__ import annotations

from typing import Final

from agent.language import N_, _

OUTCOMES: Final = {
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "failed": N_("failed"),
    "tested": N_("tested"),
}


def outcome_text(outcome: object) -> str:
    """Return the word for one; that of a running agent of another version as it is."""
    word = str(outcome)
    text = OUTCOMES.get(word, word)
    return _(text)
