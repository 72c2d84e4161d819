"""When the network may be asked for a SIM's number: the one thing of ours that reaches it (docs/design.md §5).

Only with a code that is configured for the SIM's operator, only where no other source gives a number, and never more
than once a day for a SIM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from agent.decision.verdict import Reason

REPEAT_AFTER: Final = 24 * 3600.0
"""Seconds: a query may cost money, and counts as use of the SIM."""
SIM_LOADS_WITHIN: Final = 60.0
"""Seconds that the slowest phone book takes to load; until then it answers that it is empty."""


class UssdRule(Protocol):
    """An operator's own-number query as configured."""

    @property
    def code(self) -> str:
        """Such as *100#."""

    @property
    def match(self) -> str:
        """A regular expression with one group, the number."""


@dataclass(frozen=True, slots=True)
class UssdQuery:
    """The query for one SIM: `code` is sent, `match` finds the number in the answer."""

    iccid: str
    code: str
    match: re.Pattern[str]


def due_query(
    rules: Mapping[str, UssdRule],
    iccid: str,
    imsi: str | None,
    reason: Reason,
    asked_at: float | None,
    now: float | None,
    *,
    unknown_for: float,
) -> UssdQuery | None:
    """Return the query that may be sent now, None for none.

    `rules` by operator code (MCC and MNC). `asked_at`: when this SIM was last asked for, UNIX time as `now`, which is
    None while the clock is not set. `unknown_for`: seconds since the number has been unknown.
    """
    if reason is not Reason.NUMBER_UNKNOWN or imsi is None or now is None:
        return None
    if unknown_for < SIM_LOADS_WITHIN:
        return None
    if asked_at is not None and abs(now - asked_at) < REPEAT_AFTER:
        return None
    for length in (6, 5):
        rule = rules.get(imsi[:length])
        if rule is not None:
            return UssdQuery(iccid, rule.code, re.compile(rule.match))
    return None
