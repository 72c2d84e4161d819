"""What is kept of each card: that it was seen, its number as it was learned, and when the network was asked for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from agent.store.newest_last import renew
from agent.store.reading import Rows
from agent.store.records import SIM_ROW, Learned, SeenSim, learned_row
from agent.store.table import LAST_TIME, Table
from agent.store.table_writer import TableWriter
from agent.store.tables import ASKED_USSD, LEARNED, MOST_SIMS, PLAUSIBLE_SINCE, SIM

SEEN_EVERY: Final = 600
"""Seconds between two writes that a SIM was seen."""
SOME: Final = 200
"""How many SIMs are forgotten at a time."""


class Cards:
    """The newest MOST_SIMS of each kind, by ICCID."""

    def __init__(
        self,
        rows: Rows,
        tables: TableWriter,
        *,
        wall: Callable[[], float],
        live: Callable[[], Collection[str]],
    ) -> None:
        """`live` returns the ICCIDs that are live: these are not forgotten."""
        self._tables = tables
        self._wall = wall
        self._live = live
        self.sims: dict[str, SeenSim] = {row[0]: SeenSim(*row) for row in rows[SIM.name]}
        self.learned = {row[0]: Learned(*row[1:]) for row in rows[LEARNED.name]}
        self.asked_ussd: dict[str, int] = dict(rows[ASKED_USSD.name])
        """When the network was asked, UNIX time."""
        self.starts = 0
        """Rises whenever a date_start is another."""

    def placed(self, iccid: str, imsi: str, module: str) -> int | None:
        """Return when this SIM was first placed, now if it is new; UNIX time, None without a plausible clock."""
        now = self._wall()
        known = self.sims.get(iccid)
        start = known.date_start if known is not None else None
        if start is None and PLAUSIBLE_SINCE <= now <= LAST_TIME:
            start = int(now)
        self.saw(iccid, imsi, module, start)
        return start

    def saw(self, iccid: str, imsi: str | None, module: str, date_start: int | None = None) -> None:
        """Note that a SIM was seen; written at most once in SEEN_EVERY while nothing else about it changes."""
        now = instant(self._wall())
        known = self.sims.get(iccid)
        if known is not None:
            imsi = imsi or known.imsi
            date_start = date_start if date_start is not None else known.date_start
            same = (known.imsi, known.module, known.date_start) == (imsi, module, date_start)
            if same and abs(now - known.seen) < SEEN_EVERY:
                return
        is_new = date_start is not None and (known is None or known.date_start != date_start)
        self.starts += is_new
        sim = SeenSim(iccid, imsi, module, date_start, now)
        renew(self.sims, iccid, sim)
        self._tables.put(SIM, SIM_ROW(sim), reported=is_new)
        if len(self.sims) > MOST_SIMS:
            self._forget_sims()

    def rename_modules(self, names: Mapping[str, str]) -> None:
        """Let the cards last seen in renamed modules say so; `names` has the new name of each by the old one."""
        for iccid, sim in self.sims.items() if names else ():
            if sim.module in names:
                self.sims[iccid] = replace(sim, module=names[sim.module])
                self._tables.put(SIM, SIM_ROW(self.sims[iccid]))

    def forget(self, iccid: str) -> bool:
        """Forget a card: when it was first placed, and its number. Return whether it was known."""
        known = False
        self.starts += 1
        for kept, table in ((self.sims, SIM), (self.learned, LEARNED), (self.asked_ussd, ASKED_USSD)):
            if kept.pop(iccid, None) is not None:
                known = True
                self._tables.delete(table, (iccid,))
        return known

    def _forget_sims(self) -> None:
        """Forget the SIMs that were seen longest ago, some at a time; those that are live stay."""
        live = set(self._live())
        oldest = [iccid for iccid in self.sims if iccid not in live][: len(self.sims) - MOST_SIMS + SOME]
        for iccid in oldest:
            del self.sims[iccid]
        self._tables.delete(SIM, *((iccid,) for iccid in oldest))

    def learn(self, iccid: str, imsi: str | None, number: str, source: str) -> None:
        """Keep the number of a SIM, which may not report it the next time."""
        known = self.learned.get(iccid)
        learned = Learned(number, source, imsi, instant(self._wall()))
        if known is not None and known == replace(learned, told_at=known.told_at):
            return
        renew(self.learned, iccid, learned)
        self._tables.put(LEARNED, learned_row(iccid, learned))
        self._drop_oldest(self.learned, LEARNED)

    def note_ussd(self, iccid: str) -> None:
        """Note that the network was asked for this SIM's number."""
        renew(self.asked_ussd, iccid, instant(self._wall()))
        self._tables.put(ASKED_USSD, (iccid, self.asked_ussd[iccid]))
        self._drop_oldest(self.asked_ussd, ASKED_USSD)

    def _drop_oldest(self, kept: dict[str, Learned] | dict[str, int], table: Table) -> None:
        """Forget the SIM that was noted longest ago, once one too many is kept."""
        if len(kept) > MOST_SIMS:
            oldest = next(iter(kept))
            del kept[oldest]
            self._tables.delete(table, (oldest,))

    def drop_after(self, latest: int, now: int) -> None:
        """Drop the instants after `latest`: they are of a clock that was wrong."""
        self.starts += 1
        for iccid, sim in list(self.sims.items()):
            if max(sim.seen, sim.date_start or 0) > latest:
                start = sim.date_start if (sim.date_start or 0) <= latest else None
                self.sims[iccid] = replace(sim, date_start=start, seen=min(sim.seen, now))
                self._tables.put(SIM, SIM_ROW(self.sims[iccid]))
        for iccid, at in list(self.asked_ussd.items()):
            if at > latest:
                del self.asked_ussd[iccid]
                self._tables.delete(ASKED_USSD, (iccid,))
        for iccid, learned in list(self.learned.items()):
            if learned.told_at > latest:
                self.learned[iccid] = replace(learned, told_at=now)
                self._tables.put(LEARNED, learned_row(iccid, self.learned[iccid]))

    def rows(self) -> Rows:
        """Return all there is."""
        return {
            SIM.name: [SIM_ROW(sim) for sim in self.sims.values()],
            LEARNED.name: [learned_row(iccid, learned) for iccid, learned in self.learned.items()],
            ASKED_USSD.name: list(self.asked_ussd.items()),
        }


def instant(wall: float) -> int:
    """Return UNIX time as it can be kept, whatever the clock says."""
    return min(max(int(wall), 0), LAST_TIME)
