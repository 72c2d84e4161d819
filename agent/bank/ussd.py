"""Which SIMs' numbers may be asked of the network, and when.

Responsible for the rule of the one thing that reaches the network (docs/design.md §5): only with a code that the
operator configured for the SIM's operator, only where no other source gives a number, never more than once a day for
a SIM. Must not know how the question is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from agent.decision.verdict import Reason

NOT_AGAIN_WITHIN: Final = 24 * 3600.0
"""Seconds: a query may cost money, and counts as use."""
CARD_LOADS_WITHIN: Final = 60.0
"""Seconds after which a card is not waited for: as the slowest phone book, which says until then that it is empty."""


class UssdRule(Protocol):
    """An operator's own-number query as configured."""

    @property
    def code(self) -> str:
        """Such as *100#."""

    @property
    def match(self) -> str:
        """A regular expression with one group, the number."""


@dataclass(frozen=True, slots=True)
class DueQuery:
    """One SIM to be asked for: `code` is sent, `match` finds the number in the answer."""

    iccid: str
    code: str
    match: re.Pattern[str]


def errand(
    queries: Mapping[str, UssdRule],
    iccid: str,
    imsi: str | None,
    reason: Reason,
    asked_at: float | None,
    now: float | None,
    *,
    unknown_for: float,
) -> DueQuery | None:
    """Return what may be asked now.

    `asked_at` is when this SIM was last asked for, UNIX time as `now`, which is None while the clock is not set: then
    nobody knows whether that was today. `unknown_for`: for how many seconds nobody has known the number.
    """
    if reason is not Reason.NUMBER_UNKNOWN or imsi is None or now is None:
        return None
    if unknown_for < CARD_LOADS_WITHIN:
        return None
    if asked_at is not None and abs(now - asked_at) < NOT_AGAIN_WITHIN:
        return None
    for length in (6, 5):
        query = queries.get(imsi[:length])
        if query is not None:
            return DueQuery(iccid, query.code, re.compile(query.match))
    return None
