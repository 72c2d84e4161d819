"""Years of a bank whose modules flap, whose cards are swapped and whose hubs are moved, as the store sees them.

`python tests/agent/store/years.py` lives through ten years of 64 modules and holds the figures: the size of the store,
the memory, the time of a start, and what of history there is then. The tests live through less of it, with smaller
bounds.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from agent.store import past, past_summing, past_tables, writer
from agent.store.history import Minute
from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.past_queries import report_days, uptime
from agent.store.store import Store

MODULES: Final = 64
DAY: Final = 86_400
BEGIN: Final = 1_796_000_000
MEMORY: Final = Path("/dev/shm")
"""A disk whose syncs are free."""
LARGEST_MB: Final = 100
MORE_MEMORY_MB: Final = 30
"""16 for the cards that are remembered; the rest is what a step of summing up takes and gives back."""
LONGEST_START_S: Final = 2.0
FLAPS: Final = 8
"""Of each module on each day: 2,048 rows of history."""


class Years:
    """The life of one bank. `wall` is its clock."""

    def __init__(self, chance: random.Random, *, minutes: int = 1440, flaps: int = 1) -> None:
        """`minutes`: how many of each day are recorded; the plot is bounded by their number.

        `flaps`: how often each module loses its card on a day.
        """
        self.now = float(BEGIN)
        self._chance = chance
        self._every = DAY // minutes
        self._flaps = flaps
        self._cards = 0
        self._sockets = 0
        self._held = {f"Port{n}": self._new_card() for n in range(MODULES)}
        self._keys = {name: self._new_socket() for name in self._held}

    def wall(self) -> float:
        """UNIX time."""
        return self.now

    def days(self, store: Store, count: int) -> Iterator[int]:
        """Live through so many days."""
        for day in range(count):
            for _ in range(DAY // self._every):
                self.now += self._every
                minute = int(self.now) // 60 * 60
                store.note_minute(Minute(at=minute, live=60, lowest=50, highest=60, cap=64, accepted=1))
                store.note_alive()
                store.past.note_alive()
            for flap in range(self._flaps):
                for name in self._held:
                    self._lose(store, name)
                self.now += 20
                for name in self._held:
                    if not flap:
                        self._flap(store, name)
                    self._come_back(store, name, "settling")
                self.now += 10
                for name in self._held:
                    self._come_back(store, name, "live")
                self.now += 20
                store.past.note_alive()
            self._replug(store)
            assert store.flush(60.0)
            yield day

    def _lose(self, store: Store, name: str) -> None:
        """History of a module that loses its card, and of the report that says so."""
        card = self._held[name]
        store.past.note([
            Happened(OF_MODULE, name, None, None, "no_sim", "+CME ERROR: 10", "1-1.2"),
            Happened(OF_SIM, name, card, "+46701740000", "absent", "no_sim", "1-1.2"),
        ])  # fmt: skip
        self._report(store, ["+46701740000"])

    def _come_back(self, store: Store, name: str, reason: str) -> None:
        """History of a module that has a card again, perhaps another one."""
        card = self._held[name]
        store.past.note([Happened(OF_MODULE | OF_SIM, name, card, "+46701740000", reason, "", "1-1.2")])
        if reason == "live":
            self._report(store, ["+46701740000"])

    def _report(self, store: Store, numbers: list[str]) -> None:
        store.past.note_report(
            SentReport(
                at=self.now, method="sendNumbersOnline", outcome="accepted", status=200, numbers=63, took_s=0.2,
                message="", came=numbers, went=[],
            )
        )  # fmt: skip

    def _flap(self, store: Store, name: str) -> None:
        """A module loses its card and gets it again, or another one: for half of the days a new one."""
        store.note_live({module: card for module, card in self._held.items() if module != name})
        if self._chance.random() < 0.5:
            self._held[name] = self._new_card()
        card = self._held[name]
        store.cards.saw(card, "240120000000016", name)
        store.cards.learn(card, "240120000000016", f"+4670{self._chance.randrange(10**7):07d}", "cnum")
        store.tellings.keep(self._keys[name], [(card, f"070{self._chance.randrange(10**7):07d}")])
        store.cards.placed(card, "240120000000016", name)
        store.cards.note_ussd(card)
        store.note_live(self._held)

    def _replug(self, store: Store) -> None:
        """A hub of four goes into another socket."""
        for name in self._chance.sample(sorted(self._held), 4):
            store.tellings.keep(self._keys[name], ())
            self._keys[name] = self._new_socket()
        for key in self._keys.values():
            if key not in store.places.numbers:
                store.places.number({key: int(key[6:-4])})
            store.places.note_imei(key, f"35327004{self._chance.randrange(10**7):07d}")
        store.places.forget(set(self._keys.values()))

    def _new_card(self) -> str:
        self._cards += 1
        return f"8946120{self._cards:012d}"

    def _new_socket(self) -> str:
        self._sockets += 1
        return f"usb-1-{self._sockets}:1.0"


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _size_mb(path: Path) -> float:
    return sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6


def _history(path: Path, until: int) -> tuple[int, int, float, bool]:
    """Return what is there of history: changes, sums of days, what its uptime costs, and whether it is as it was."""
    with closing(sqlite3.connect(path)) as database:
        changes, days = (
            database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("change", "change_day")
        )
    began = time.process_time()
    modules = uptime(path, OF_MODULE, since=until - 400 * DAY, until=until, running=True)
    cost = time.process_time() - began
    flaps = {one.lives.losses for one in modules}
    right = len(modules) == MODULES and max(flaps) - min(flaps) <= FLAPS and min(flaps) > 390 * FLAPS
    met = [one.met for one in report_days(path, since=until - 100 * DAY, now=until)]
    return changes, days, cost, right and min(met[1:-1]) > 0


def _catch_up(path: Path) -> None:
    """Wait until the store has summed up what these days, of a tenth of a second each, have brought."""
    with closing(sqlite3.connect(path)) as database:
        while database.execute("SELECT count(*) FROM change").fetchone()[0] > past_tables.MOST_CHANGES:
            time.sleep(0.1)  # the store's own thread works, and is only seen in the file


def main() -> int:
    """Live through ten years; return 1 if a figure is missed."""
    writer.EMPTY_AT_MOST_EVERY = 0.0  # a day passes in a tenth of a second
    past_summing.LOOK_EVERY, past_summing.COUNT_EVERY = 0.0, 4_000
    past.JUMP = 2.0 * DAY  # nor are these jumps of the clock
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder, "simbank.db")
        years = Years(random.Random(10), minutes=144, flaps=FLAPS)
        with closing(Store(path, wall=years.wall)) as store:
            store.confirm_clock(years.now)
            before = 0.0
            for day in years.days(store, 3650):
                before = before or _memory_mb()
                if day % 30 == 0:
                    _catch_up(path)
                if day % 365 == 364:
                    grown = _memory_mb() - before
                    print(
                        f"year {day // 365 + 1}: {_size_mb(path):.0f} MB, memory {grown:+.0f} MB", flush=True
                    )
            size, memory = _size_mb(path), _memory_mb() - before
        began = time.process_time()
        with closing(Store(path, wall=years.wall)) as store:
            start = time.process_time() - began
            problem = store.problem
        changes, days, cost, right = _history(path, int(years.now))
    print(f"store {size:.0f} MB (at most {LARGEST_MB}), memory {memory:+.0f} MB (at most {MORE_MEMORY_MB})")
    print(f"start {start:.2f} s of CPU (at most {LONGEST_START_S}), problem {problem!r}")
    print(
        f"history: {changes} changes, {days} sums of days; uptime of 400 days {cost:.2f} s of CPU; right: {right}"
    )
    too_many = changes > past_tables.MOST_CHANGES or days > past_tables.MOST_DAYS or not right
    too_large = size > LARGEST_MB or memory > MORE_MEMORY_MB or start > LONGEST_START_S
    return int(too_many or too_large or bool(problem))


if __name__ == "__main__":
    sys.exit(main())
