"""Any bit of a store may be wrong, and any value another: the agent starts, and says no number that was never told."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from old_schemas import CARDS, NOW, NUMBERS, write_old

from agent.onlinesim.messages import NumberEntry
from agent.store.history import Minute
from agent.store.records import FileRow
from agent.store.store import Store
from agent.store.tables import TABLES

pytestmark = pytest.mark.slow
MEMORY = Path("/dev/shm")
VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([0, 1, 2, NOW, NOW + 10**8, -1])
    | st.floats(allow_nan=False)
    | st.text(max_size=30).filter(lambda text: text.isprintable() or "\0" not in text)
    | st.sampled_from([*CARDS, *NUMBERS, "Port1", "+46701740000\n", "nan", "inf"])
    | st.binary(max_size=10)
)


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def whole(folder):
    """A store of today, and one of each older version."""
    path = folder / "whole.db"
    with closing(Store(path, wall=lambda: NOW)) as store:
        for n, card in enumerate(CARDS):
            store.cards.placed(card, f"24012000000000{n}", f"Port{n}")
            store.cards.learn(card, f"24012000000000{n}", NUMBERS[n], "cnum")
            store.places.note_imei(f"usb-1-{n}:1.0", f"35327004000001{n}")
            store.tellings.keep(f"usb-1-{n}:1.0", [(card, NUMBERS[n])])
        store.places.number({f"usb-1-{n}:1.0": n + 1 for n in range(6)})
        store.note_live({f"Port{n}": card for n, card in enumerate(CARDS)})
        store.note_minute(Minute(at=NOW - 60, live=6, lowest=5, highest=6, cap=8))
        store.keep_file(Path("sims.csv"), [FileRow(2, CARDS[0], NUMBERS[0], None)])
    stores = [path]
    for version in (1, 2, 3, 4):
        old = folder / f"{version}.db"
        write_old(old, version)
        stores.append(old)
    return stores


def start(folder, text):
    """Start twice on these bytes; return what the store had at first."""
    for left in folder.glob("simbank.db*"):
        left.unlink()
    path = folder / "simbank.db"
    path.write_bytes(text)
    with closing(Store(path, wall=lambda: NOW + 60.0)) as store:
        note(store.problem)
        use(store)
        assert store.flush(10)
    with closing(Store(path, wall=lambda: NOW + 120.0)) as again:
        assert again.problem == ""
        assert again.cards.learned == store.cards.learned
        assert again.places.numbers == store.places.numbers
    return store


def use(store):
    """Do what the agent does with it."""
    for card, sim in list(store.cards.sims.items()):
        start = store.cards.placed(card, sim.imsi or "240120000000000", sim.module or "Port1")
        NumberEntry(number="+46701740000", country_id=46, date_start=start, port_id="1", rent=0)
    assert len(set(store.places.numbers.values())) == len(store.places.numbers)
    store.places.number({"usb-9-9:1.0": 4000})
    store.note_live({"Port1": CARDS[0]})
    store.note_alive()
    store.problem.encode()


@given(
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=12),
    which=st.integers(0, 4),
)
def test_fuzz_whatever_bits_are_flipped_the_agent_starts_and_no_number_becomes_another(
    flips, which, folder, whole
):
    text = bytearray(whole[which].read_bytes())
    for place, bit in flips:
        text[int(place * (len(text) - 1))] ^= 1 << bit
    store = start(folder, bytes(text))
    if which == 0:
        told = dict(zip(CARDS, NUMBERS, strict=True))
        assert {card: learned.number for card, learned in store.cards.learned.items()}.items() <= told.items()
        assert {sim.date_start for sim in store.cards.sims.values()} <= {NOW, NOW + 60}


@given(data=st.data(), which=st.integers(0, 4), changes=st.integers(1, 4))
def test_fuzz_whatever_values_are_written_into_it_the_agent_starts_and_keeps_all_other_rows(
    data, which, changes, folder, whole
):
    path = folder / "rewritten.db"
    path.write_bytes(whole[which].read_bytes())
    touched = set()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        there = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = sorted(set(there) & {table.name for table in TABLES})
        tables = [name for name in ours if database.execute(f"SELECT 1 FROM {name}").fetchone()]
        for _ in range(changes):
            table = data.draw(st.sampled_from(tables))
            column = data.draw(
                st.sampled_from([row[1] for row in database.execute(f"PRAGMA table_info({table})")])
            )
            rows = database.execute(f"SELECT rowid, * FROM {table}").fetchall()
            row, value = data.draw(st.sampled_from(rows)), data.draw(VALUES)
            try:
                database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row[0]))
            except sqlite3.Error:  # a STRICT column takes no other type, a key nothing twice
                continue
            touched |= {table, *map(str, row[1:])}
        database.commit()
    store = start(folder, path.read_bytes())
    untouched = [card for card in CARDS if card not in touched]
    assert store.cards.sims.keys() >= set(untouched)
    assert {f"usb-1-{n}:1.0" for n in range(6)} - touched <= store.places.numbers.keys() | touched
    if which == 0:
        assert {card: NUMBERS[CARDS.index(card)] for card in untouched}.items() <= {
            card: learned.number for card, learned in store.cards.learned.items()
        }.items()
