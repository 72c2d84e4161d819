"""The tables of what was: changes of modules and SIMs, their sums by day, runs of the agent, requests to Onlinesim.

They are large, so they stay on the disk: queries read them there (`agent.store.past_queries`), and the loop only adds.
"""

from __future__ import annotations

from typing import Final

from agent.store.table import CARD, LAST_TIME, Column, Table

MOST_CHANGES: Final = 250_000
"""Rows of changes; beyond it the oldest go into the sums of their days."""
MOST_OF_ONE: Final = 5_000
"""The same for one module or one SIM: one that flaps must not cost the others their history."""
MOST_DAYS: Final = 250_000
MOST_RUNS: Final = 5_000
MOST_REPORTS: Final = 100_000
MOST_REPORT_DAYS: Final = 4_000
WINDOWS_A_DAY: Final = 288
"""Of five minutes each."""

SUMS: Final = ("covered", "live", "joins", "losses", "head", "tail", "longest")
"""The numbers of `lives.Lives`."""
_LAST_DAY: Final = LAST_TIME // 86_400


def _count(name: str, most: int = 2**53) -> Column:
    return Column(name, int, 0, most)


RUN: Final = Table(
    "run",
    (
        Column("n", int, 1, 2**53, key=True),
        Column("first_id", int, 1, 2**53),
        Column("began", int, 0, LAST_TIME),
        Column("ended", int, 0, LAST_TIME),
    ),
    most=MOST_RUNS,
    newest="n",
    since=6,
    resident=False,
)
"""A time through which the agent ran with a steady clock: what held at its end was known until `ended`, and no longer.

`first_id` is the id of its first change."""

CHANGE: Final = Table(
    "change",
    (
        Column("id", int, 1, 2**53, key=True),
        Column("kind", int, 1, 3),
        Column("at", int, 0, LAST_TIME),
        Column("module", str, 1, 300),
        Column("iccid", str, 1, 32, CARD, null=True),
        Column("number", str, 1, 40, null=True),
        Column("reason", str, 1, 40),
        Column("detail", str, 0, 200),
        Column("hub", str, 0, 300),
    ),
    most=MOST_CHANGES,
    newest="id",
    since=6,
    resident=False,
)
"""From `at` on this was so: of the module (`kind` & 1), of the SIM (`kind` & 2), or of both. Ids count up."""

CHANGE_DAY: Final = Table(
    "change_day",
    (
        Column("day", int, 0, _LAST_DAY, key=True),
        Column("kind", int, 1, 2, key=True),
        Column("name", str, 1, 300, key=True),
        Column("number", str, 1, 40, null=True),
        Column("hub", str, 0, 300),
        Column("begins", int, 0, 86_399),
        *(_count(name) for name in SUMS),
        Column("first_live", int, 0, 1, null=True),
        Column("last_live", int, 0, 1, null=True),
        Column("reasons", str, 0, 2_000),
    ),
    most=MOST_DAYS,
    newest="day",
    since=6,
    resident=False,
)
"""What changes of one day that are kept no longer add up to, for a module (`kind` 1) or a SIM (2).

From the second `begins` of the day on; the other values are those of `lives.Lives`."""

SENT: Final = Table(
    "sent",
    (
        Column("id", int, 1, 2**53, key=True),
        Column("at", int, 0, LAST_TIME),
        Column("method", str, 1, 40),
        Column("outcome", str, 1, 20),
        Column("status", int, 0, 999, null=True),
        _count("numbers", 1_000_000),
        _count("took_ms", 2**31),
        Column("message", str, 0, 300),
        Column("came", str, 0, 20_000),
        Column("went", str, 0, 20_000),
    ),
    most=MOST_REPORTS,
    newest="id",
    since=6,
    resident=False,
)
"""A finished request to Onlinesim; `came` and `went` are the numbers that it adds and removes, with blanks between."""

REPORT_DAY: Final = Table(
    "report_day",
    (
        Column("day", int, 0, _LAST_DAY, key=True),
        Column("first_window", int, 0, WINDOWS_A_DAY - 1),
        Column("last_window", int, 0, WINDOWS_A_DAY - 1, null=True),
        *(_count(name, 1_000_000_000) for name in ("met", "accepted", "refused", "failed")),
    ),
    most=MOST_REPORT_DAYS,
    newest="day",
    since=6,
    resident=False,
)
"""The windows of five minutes of one day in which a report was accepted: `met` of those since `first_window`."""

PAST: Final = (RUN, CHANGE, CHANGE_DAY, SENT, REPORT_DAY)
