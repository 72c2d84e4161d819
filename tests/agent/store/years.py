"""Years of a bank whose modules flap, whose cards are swapped and whose hubs are moved, as the store sees them.

`python tests/agent/store/years.py` lives through ten years of 64 modules and holds the figures: the size of the store,
the memory, the time of a start. The tests live through less of it, with smaller bounds.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from agent.store import writer
from agent.store.history import Minute
from agent.store.store import Store

MODULES: Final = 64
DAY: Final = 86_400
BEGIN: Final = 1_796_000_000
MEMORY: Final = Path("/dev/shm")
"""A disk whose syncs are free."""
LARGEST_MB: Final = 100
MORE_MEMORY_MB: Final = 20
LONGEST_START_S: Final = 2.0


class Years:
    """The life of one bank. `wall` is its clock."""

    def __init__(self, chance: random.Random, *, minutes: int = 1440) -> None:
        """`minutes`: how many of each day are recorded; the plot is bounded by their number."""
        self.now = float(BEGIN)
        self._chance = chance
        self._every = DAY // minutes
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
                store.note_minute(Minute(at=int(self.now) // 60 * 60, live=60, lowest=50, cap=64, accepted=1))
                store.note_alive()
            for name in self._held:
                self._flap(store, name)
            self._replug(store)
            assert store.flush(60.0)
            yield day

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


def main() -> int:
    """Live through ten years; return 1 if a figure is missed."""
    writer.EMPTY_AT_MOST_EVERY = 0.0  # a day passes in a tenth of a second
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder, "simbank.db")
        years = Years(random.Random(10), minutes=144)
        with closing(Store(path, wall=years.wall)) as store:
            before = 0.0
            for day in years.days(store, 3650):
                before = before or _memory_mb()
                if day % 365 == 364:
                    size = sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6
                    print(
                        f"year {day // 365 + 1}: {size:.0f} MB, memory {_memory_mb() - before:+.0f} MB",
                        flush=True,
                    )
            size = sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6
            memory = _memory_mb() - before
        began = time.process_time()
        with closing(Store(path, wall=years.wall)) as store:
            start = time.process_time() - began
            problem = store.problem
    print(f"store {size:.0f} MB (at most {LARGEST_MB}), memory {memory:+.0f} MB (at most {MORE_MEMORY_MB})")
    print(f"start {start:.2f} s of CPU (at most {LONGEST_START_S}), problem {problem!r}")
    return int(size > LARGEST_MB or memory > MORE_MEMORY_MB or start > LONGEST_START_S or bool(problem))


if __name__ == "__main__":
    sys.exit(main())
