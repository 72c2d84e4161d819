"""The JSON of what was, read from the store: `/api/v1/history`, `uptime` and `reports`. Blocks; raises NoPast."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.decision.texts import past_text
from agent.formats import instants
from agent.onlinesim.failure_texts import reason_in
from agent.store import past_queries
from agent.store.change_rows import OF_MODULE, OF_SIM, ChangeRow
from agent.store.history import MINUTE_S, SPANS, USUAL_SPAN, Minute, Span, history_json
from agent.store.lives import DAY
from agent.store.past_queries import Uptime
from agent.store.table import LAST_TIME
from drivers.ports import natural

Json = dict[str, Any]

MOST_ROWS: Final = 10_000
"""Of one answer; a shorter time tells the others."""
USUAL_ROWS: Final = 1_000
USUAL_SINCE: Final = 30 * DAY
BY: Final = ("module", "sim", "hub")


class BadQuestion(Exception):
    """The question cannot be understood; the text says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A store, and whether an agent that runs now writes it; `wall` is UNIX time."""

    path: Path | None
    running: bool
    wall: Callable[[], float]

    def history(self, query: Mapping[str, str], lang: str = "en") -> Json:
        """Return what changed: `of` a module, ICCID or number; `since`, `until`; or what held `at` a time."""
        now = self.wall()
        if query.get("at"):
            at = _instant(query, "at", now, 0)
            found = past_queries.held_at(self.path, at, running=self.running)
            found.sort(key=lambda one: natural(one.module))
            return {"now": round(now), "at": at, "modules": [change_json(one, lang) for one in found]}
        limit = _limit(query)
        changes = past_queries.changes(
            self.path,
            of=query.get("of", ""),
            since=_instant(query, "since", now, 0),
            until=_instant(query, "until", now, LAST_TIME),
            newest=limit + 1,
        )
        return {
            "now": round(now),
            "more": len(changes) > limit,
            "changes": [change_json(one, lang) for one in changes[-limit:]],
        }

    def uptime(self, query: Mapping[str, str], _lang: str = "en") -> Json:
        """Return what modules, SIMs or hubs (`by`) lived through since a time, by default 30 days ago."""
        now = round(self.wall())
        since = _instant(query, "since", now, now - USUAL_SINCE)
        by = query.get("by", BY[0])
        if by not in BY:
            raise BadQuestion(f"by={by}: write module, sim or hub")
        kind = OF_SIM if by == "sim" else OF_MODULE
        rows = past_queries.uptime(self.path, kind, since=since, until=now, running=self.running)
        if by == "hub":
            rows = past_queries.by_hub(rows)
        rows.sort(key=lambda one: natural(one.name))
        return {"now": now, "since": since, "by": by, by + "s": [_uptime(one) for one in rows]}

    def day(self, span: Span, recent: Sequence[Minute]) -> Json:
        """Return the body of `/api/v1/minutes` for a span of a day at most: all of it is in memory."""
        return history_json(recent, self.wall(), span)

    def minutes(self, span: Span, recent: Sequence[Minute]) -> Json:
        """Return the body of `/api/v1/minutes` for a span; `recent` has the newest, which need not be on the disk."""
        wall = self.wall()
        since = int(wall) - span.length_s - MINUTE_S
        before = recent[0].at if recent else LAST_TIME
        return history_json(
            [*past_queries.minutes(self.path, since=since, before=before), *recent], wall, span
        )

    def reports(self, query: Mapping[str, str], lang: str = "en") -> Json:
        """Return the requests to Onlinesim since a time, by default a day ago, and the windows met on each day."""
        now = round(self.wall())
        since = _instant(query, "since", now, now - DAY)
        limit = _limit(query)
        reports = past_queries.reports(self.path, since=since, newest=limit + 1)
        days = past_queries.report_days(self.path, since=since, now=now)
        return {
            "now": now,
            "since": since,
            "more": len(reports) > limit,
            "reports": [
                dataclasses.asdict(one) | {"message": reason_in(one.message, lang)}
                for one in reports[-limit:]
            ],
            "days": list(_days(days)),
        }


def span_of(query: Mapping[str, str]) -> Span:
    """Return which span of minutes is asked for. Raises BadQuestion."""
    name = query.get("range", USUAL_SPAN)
    if name not in SPANS:
        raise BadQuestion(f"range={name}: write {', '.join(SPANS)}")
    return SPANS[name]


def _instant(query: Mapping[str, str], name: str, now: float, usual: int) -> int:
    written = query.get(name)
    if not written:
        return usual
    try:
        return min(max(0, instants.parse(written, now)), LAST_TIME)
    except ValueError as why:
        raise BadQuestion(f"{name}: {why}") from None


def _limit(query: Mapping[str, str]) -> int:
    written = query.get("limit", "")
    if not written:
        return USUAL_ROWS
    if not (written.isascii() and written.isdecimal() and 1 <= int(written[:9]) <= MOST_ROWS):
        raise BadQuestion(f"limit: write a number from 1 to {MOST_ROWS}")
    return int(written)


def change_json(change: ChangeRow, lang: str) -> Json:
    """Return one change, with its sentence in that language."""
    text = past_text(change.reason, change.detail, of_sim=change.of_sim, language=lang)
    return {
        "at": change.at,
        "module": change.module,
        "iccid": change.iccid,
        "number": change.number,
        "reason": change.reason,
        "text": text,
        "hub": change.hub,
        "sim_only": change.of_sim,
    }


def _uptime(one: Uptime) -> Json:
    lives = one.lives
    return {
        "name": one.name,
        "number": one.number,
        "hub": one.hub,
        "share": round(lives.live / lives.covered, 4) if lives.covered else None,
        "live_s": lives.live,
        "time_s": lives.covered,
        "joins": lives.joins,
        "losses": lives.losses,
        "longest_gap_s": lives.longest,
        "reasons": dict(sorted(lives.reasons.items(), key=lambda pair: -pair[1])),
    }


def _days(days: Sequence[past_queries.ReportDay]) -> Iterator[Json]:
    for one in days:
        day = dt.datetime.fromtimestamp(one.day * DAY, dt.UTC).date().isoformat()
        share = round(one.met / one.windows, 4) if one.windows else None
        yield {**dataclasses.asdict(one), "day": day, "share": share}
