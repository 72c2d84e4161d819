"""Whatever the file holds, the agent starts with what is good in it, says what it left out, and keeps the file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest
from old_schemas import CARDS, NOW, NUMBERS, VERSION_5, write_old

from agent.store.change_rows import OF_MODULE
from agent.store.database_file import KEPT_ASIDE
from agent.store.history import Minute
from agent.store.past import Happened
from agent.store.past_queries import changes
from agent.store.records import FileRow, Learned
from agent.store.store import Store

ROWS = (FileRow(2, CARDS[0], NUMBERS[0], None),)


LIE = """
    DROP TABLE minute;
    CREATE VIEW minute AS WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n)
    SELECT at, 1 AS live, 1 AS lowest, 1 AS cap, 1 AS accepted, 1 AS refused, 1 AS failed, NULL AS sum FROM n;
"""
"""A view in the place of a table, whose rows have no end."""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


def opened(path, read_only=False):
    return closing(Store(path, wall=lambda: NOW + 60.0, read_only=read_only))


def written(path):
    """Write a store of today with six SIMs."""
    with closing(Store(path, wall=lambda: NOW)) as store:
        for n, card in enumerate(CARDS):
            store.cards.placed(card, f"24012000000000{n}", f"Port{n}")
            store.cards.learn(card, f"24012000000000{n}", NUMBERS[n], "cnum")
        store.tellings.keep("usb-1-0:1.0", [(CARDS[0], NUMBERS[0])])
        store.places.number({f"usb-1-{n}:1.0": n + 1 for n in range(6)})
        store.note_live({f"Port{n}": card for n, card in enumerate(CARDS)})
        store.note_minute(Minute(at=NOW - 60, live=6, lowest=5, highest=6, cap=8))
        store.keep_file(path.with_name("sims.csv"), ROWS)


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def asides(path, kind):
    return sorted(one for one in path.parent.iterdir() if f".{kind}-" in one.name)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_store_of_each_older_version_is_brought_to_todays_row_by_row(path, version):
    write_old(path, version)
    for _ in range(2):
        with opened(path) as store:
            assert store.cards.sims.keys() == set(CARDS)
            assert store.cards.sims[CARDS[3]].date_start == NOW + 3
            assert store.cards.learned[CARDS[0]] == Learned(
                NUMBERS[0], "cnum", "240120000000000" if version > 1 else None, NOW
            )
            assert store.places.numbers == {f"usb-1-{n}:1.0": n + 1 for n in range(6)}
            assert store.places.imeis["usb-1-2:1.0"] == "353270040000012"
            assert store.places.names == ({"usb-1-0:1.0": "named"} if version >= 3 else {})
            assert store.live == {f"Port{n}": card for n, card in enumerate(CARDS)}
            assert store.cards.asked_ussd == {CARDS[0]: NOW}
            assert store.alive_at == NOW
            assert list(store.tellings) == ([("usb-1-0:1.0", CARDS[0], "070174000")] if version == 5 else [])
            assert store.minutes == (
                Minute(at=NOW - 60, live=6, lowest=5, highest=6, cap=8, accepted=1, refused=2, failed=3),
            )
    assert len(asides(path, "before")) == 1


def test_a_store_of_version_6_keeps_its_minutes_whose_highest_nobody_kept_and_what_was(path):
    written(path)
    with closing(Store(path, wall=lambda: NOW)) as store:
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE, "Port1", None, None, "no_sim")])
    execute(
        path,
        "DROP TABLE minute",
        f"CREATE TABLE minute ({VERSION_5['minute']}) STRICT",
        f"INSERT INTO minute VALUES ({NOW - 60}, 6, 5, 8, 1, 2, 3, 0)",
        "PRAGMA user_version = 6",
    )
    with opened(path) as store:
        (minute,) = store.minutes
        assert (minute.live, minute.lowest, minute.highest) == (6, 5, 6)
        assert store.problem == ""
        assert store.live == {f"Port{n}": card for n, card in enumerate(CARDS)}
    assert [row.reason for row in changes(path)] == ["no_sim"]


def test_a_number_that_stands_for_two_sims_is_dropped_with_the_older_schema(path):
    write_old(path, 4)
    with opened(path) as store:
        assert store.cards.learned.keys() == set(CARDS[:4])
        assert "2 rows left out (one number for two SIMs)" in store.problem


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_damaged_store_of_an_older_version_keeps_its_good_rows(path, version):
    write_old(path, version)
    execute(
        path,
        f"UPDATE sim SET date_start = 'soon' WHERE iccid = '{CARDS[1]}'",
        f"UPDATE sim SET seen = x'00' WHERE iccid = '{CARDS[2]}'",
        f"UPDATE learned SET number = 46701740000 WHERE iccid = '{CARDS[0]}'",
        "UPDATE place SET n = 2 WHERE n = 3",
        "UPDATE fact SET value = 'yesterday'",
        "DROP TABLE minute",
    )
    with opened(path) as store:
        assert store.cards.sims.keys() == set(CARDS)
        assert store.cards.sims[CARDS[1]].date_start is None
        assert store.cards.sims[CARDS[2]].date_start == NOW + 2
        assert store.cards.learned.keys() == set(CARDS[1:4])
        assert sorted(store.places.numbers.values()) == [1, 2, 4, 5, 6]
        assert (store.alive_at, store.minutes) == (0.0, ())
        for said in ("date_start", "seen", "number 2 of another", "table minute is missing"):
            assert said in store.problem
    with opened(path) as store:
        assert store.problem == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE learned SET number = '+46701740009' WHERE iccid = '8946120000005000000'", "wrong checksum"),
        ("UPDATE learned SET sum = 7 WHERE iccid = '8946120000005000000'", "wrong checksum"),
        (
            "UPDATE learned SET number = '+46701740009', sum = NULL WHERE iccid = '8946120000005000000'",
            "wrong",
        ),
        ("ALTER TABLE learned DROP COLUMN sum", ""),
        ("ALTER TABLE sim DROP COLUMN seen", "table sim has lost seen"),
        ("ALTER TABLE learned DROP COLUMN told_at", "table learned has lost told_at"),
        ("ALTER TABLE sim RENAME COLUMN date_start TO dare_start", "table sim has lost date_start"),
        (LIE, "table minute is missing"),
        ("DELETE FROM learned WHERE iccid = '8946120000005000000'", ""),
        ("DROP TABLE live", "table live is missing"),
        ("ALTER TABLE minute DROP COLUMN cap", "table minute has lost cap"),
        ("ALTER TABLE place RENAME COLUMN key TO kez", "table place has lost a column"),
        ("CREATE TRIGGER boom BEFORE INSERT ON sim BEGIN SELECT RAISE(ABORT, 'boom'); END", ""),
        ("PRAGMA user_version = 99", ""),
        ("PRAGMA user_version = 0", ""),
        ("PRAGMA application_id = 7", ""),
    ],
)
def test_one_thing_that_went_bad_costs_no_more_than_that(path, damage, said):
    written(path)
    damaged = damage.replace("8946120000005000000", CARDS[0]).replace("PRAGMA", "PRAGMA")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.executescript(damaged)
    for read_only in (True, False):
        with opened(path, read_only) as store:
            assert said in store.problem
            assert bool(store.problem) is bool(said)
            assert store.cards.sims.keys() == set(CARDS)
            assert store.cards.learned.keys() >= set(CARDS[1:])
            assert store.cards.learned.get(CARDS[0], Learned(NUMBERS[0], "")).number == NUMBERS[0]
            assert "place" in damage or len(store.places.numbers) == 6
            assert "live" in damage or len(store.live) == 6
            assert store.file_rows(path.with_name("sims.csv")) == ROWS
    with opened(path) as store:
        assert store.problem == ""
        store.cards.placed("8946120000005000099", "240120000000099", "Port9")
        assert store.flush(5)


def test_pages_that_are_gone_cost_their_rows_alone(path):
    with closing(Store(path, wall=lambda: NOW)) as store:
        store.places.number({f"usb-1-{n}:1.0": n + 1 for n in range(1000)})
    with closing(sqlite3.connect(path)) as database:
        page, total = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count")
        )
    with path.open("r+b") as file:
        file.seek(page * (total // 2))
        file.write(os.urandom(page))
    with opened(path) as store:
        assert "damaged" in store.problem
        assert len(store.places.numbers) > 900
    with opened(path) as store:
        assert store.problem == ""
        assert len(store.places.numbers) > 900


@pytest.mark.parametrize(
    "bytes_", [b"SQLite format 3\0" + bytes(range(256)) * 30, b"a letter to my aunt" * 50]
)
def test_what_is_no_database_is_laid_aside_and_said(path, bytes_):
    path.write_bytes(bytes_)
    with opened(path) as store:
        assert "damaged or not a database" in store.problem
        store.places.number({"usb-1-1:1.0": 3})
    (aside,) = asides(path, "aside")
    assert aside.read_bytes() == bytes_
    with opened(path) as store:
        assert (store.problem, store.places.numbers) == ("", {"usb-1-1:1.0": 3})


def test_the_database_of_another_program_is_laid_aside_and_never_deleted(path):
    for n in range(KEPT_ASIDE + 2):
        path.unlink(missing_ok=True)
        execute(path, "CREATE TABLE treasure (map TEXT)", f"INSERT INTO treasure VALUES ({n})")
        with opened(path) as store:
            assert "another program" in store.problem
    assert len(asides(path, "aside")) == KEPT_ASIDE + 2
    with closing(sqlite3.connect(asides(path, "aside")[0])) as theirs:
        assert theirs.execute("SELECT map FROM treasure").fetchone() == ("0",)


def test_of_our_own_earlier_files_only_the_newest_are_kept(path):
    written(path)
    for _ in range(KEPT_ASIDE + 2):
        execute(path, "UPDATE place SET sum = 7 WHERE n = 1", "UPDATE place SET sum = 7 WHERE used = 1")
        with opened(path) as store:
            store.places.number({"usb-1-0:1.0": 1})
    assert len(asides(path, "before")) == KEPT_ASIDE


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: os.mkfifo(path), lambda path: path.symlink_to(path)]
)
def test_what_is_no_file_is_left_alone(path, make):
    make(path)
    with opened(path) as store:
        assert "cannot be used" in store.problem
        assert store.cards.placed(CARDS[0], "240120000000000", "Port1") == NOW + 60
    assert not path.is_file()


def test_a_link_to_the_file_stays_a_link(path):
    real = path.with_name("real.db")
    path.symlink_to(real)
    written(path)
    execute(real, "UPDATE place SET sum = 7 WHERE n = 1")
    with opened(path) as store:
        assert len(store.places.numbers) == 5
    assert path.is_symlink()
    with opened(path) as store:
        assert store.problem == ""


def test_a_stop_between_the_two_renamings_loses_nothing(path):
    written(path)
    path.rename(path.with_name("simbank.db.new"))
    journal = path.with_name("simbank.db-wal")
    with closing(
        sqlite3.connect(path, isolation_level=None)
    ) as other:  # the journal of what was there before
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE treasure (map TEXT)")
        left = journal.read_bytes()
    path.unlink()
    journal.write_bytes(left)
    with opened(path) as store:
        assert store.cards.sims.keys() == set(CARDS)
        assert store.problem == ""


def test_an_empty_file_is_a_new_store(path):
    path.touch()
    with opened(path) as store:
        assert store.problem == ""
        store.places.number({"usb-1-1:1.0": 3})
    with opened(path) as store:
        assert store.places.numbers == {"usb-1-1:1.0": 3}


def test_a_file_that_another_program_locks_for_long_is_replaced_with_what_it_holds(path, monkeypatch):
    monkeypatch.setattr("agent.store.database_file.WAIT_FOR_LOCK", 0.01)
    written(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with opened(path) as store:
            assert "locked" in store.problem
            assert store.cards.sims.keys() == set(CARDS)
            store.places.number({"usb-1-9:1.0": 9})
    with opened(path) as store:
        assert store.cards.sims.keys() == set(CARDS)
        assert store.places.numbers["usb-1-9:1.0"] == 9
