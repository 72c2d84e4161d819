"""Rows that are good each, but cannot all be true: one number for two SIMs, one {n} for two places."""

from __future__ import annotations

from collections import Counter

from agent.store import problems
from agent.store.table import Row, Value
from agent.store.tables import LEARNED, PLACE


def told_for_one(learned: list[Row], dropped: list[str]) -> list[Row]:
    """Drop numbers that stand for two SIMs: older versions learned what a module went on telling after a swap."""
    at = LEARNED.position("number")
    cards = Counter(row[at] for row in learned)
    kept = [row for row in learned if cards[row[at]] == 1]
    if len(kept) < len(learned):
        more = len(learned) - len(kept)
        dropped.append(
            problems.counted(problems.ROWS_LEFT_OUT, more, table="learned", what="one number for two SIMs")
        )
    return kept


def numbered_once(places: list[Row], dropped: list[str]) -> list[Row]:
    """Leave each {n} to the first place that has it: the others get new ones."""
    at = PLACE.position("n")
    taken: set[Value] = set()
    kept: list[Row] = []
    for row in places:
        doubled = row[at] is not None and row[at] in taken
        if doubled:
            dropped.append(problems.NUMBER_OF_ANOTHER.format(place=row[0], n=row[at]))
        taken.add(row[at])
        kept.append((*row[:at], None, *row[at + 1 :]) if doubled else row)
    return kept
