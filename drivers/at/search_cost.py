r"""What a regular expression may cost on a foreign text, known before it is used.

Python's engine tries every way to share the text among the parts of a pattern, and holds the interpreter meanwhile. A
repeat inside a repeat has more ways than can be tried; so has a choice inside one. Without these, the ways are those of
the repeats that can take the same run of characters, multiplied, for each place of the text where a search may begin.
"""

from __future__ import annotations

from re import _constants as sre  # type: ignore[attr-defined]  # the engine's own: its types are not declared
from re import _parser  # type: ignore[attr-defined]  # as above
from typing import Final

from drivers.at.pattern_ways import BACK, LOOKING, REPEATS, parts, ways

LONGEST_TEXT: Final = 182
"""Characters that are searched: a USSD text has no more (3GPP TS 23.038 §5: 160 octets of packed septets)."""
MOST_UNBOUNDED: Final = 2
MOST_WAYS: Final = 60_000
"""Two repeats without a bound have half as many; at 182 places these take half a second of a slow computer."""


def objection(pattern: str) -> str | None:
    """Why a search of LONGEST_TEXT characters for `pattern` may take too long, for the operator; None: it cannot.

    Raises re.error for what is no pattern.
    """
    tree = _parser.parse(pattern)
    found = [*parts(tree)]
    unbounded = sum(part in REPEATS and argument[1] == sre.MAXREPEAT for part, argument, _ in found)
    if any(part in BACK for part, _, _ in found):
        return "must not refer back to a group"
    if any(part in LOOKING for part, _, _ in found):
        return "must not look ahead or behind"
    if any(inside and part in REPEATS for part, _, inside in found):
        return "must not repeat what holds a repeat"
    if any(inside and part is sre.BRANCH for part, _, inside in found):
        return "must not repeat a choice"
    if unbounded > MOST_UNBOUNDED:
        return f"must not have more than {MOST_UNBOUNDED} repeats without a bound (*, + or {{n,}})"
    if ways(tree, LONGEST_TEXT) > MOST_WAYS:
        return "fits a text in too many ways, since its repeats take the same characters"
    return None
