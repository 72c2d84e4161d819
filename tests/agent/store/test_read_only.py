"""A store that is only read: nothing on disk changes, whatever state the file is in."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from old_schemas import write_old

from agent.store import database_file
from agent.store.lock import StoreInUse
from agent.store.store import Store
from agent.store.table import summed
from agent.store.tables import PLACE

SIM = "8946120000005000016"


@pytest.fixture
def path(tmp_path):
    """A store with a place and a learned number."""
    path = tmp_path / "simbank.db"
    store = Store(path)
    store.places.number({"usb-1-1:1.0": 3})
    store.cards.learn(SIM, None, "+46701740000", "cnum")
    store.close()
    return path


@pytest.fixture
def look(tmp_path):
    """Open the store read-only, check that no byte in its folder changed, and return it."""
    with contextlib.ExitStack() as ends:

        def look(path):
            before = contents(tmp_path)
            store = Store(path, read_only=True)
            ends.callback(store.close)
            store.places.number({"usb-1-2:1.0": 1})
            store.note_live({"Port1": SIM})
            assert store.flush(5)
            assert contents(tmp_path) == before
            return store

        yield look


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_it_knows_what_is_there_and_keeps_nothing(path, look):
    store = look(path)
    assert store.places.numbers == {"usb-1-1:1.0": 3, "usb-1-2:1.0": 1}
    assert store.cards.learned[SIM].number == "+46701740000"
    assert store.problem == ""
    with contextlib.closing(Store(path)) as after:
        assert after.places.numbers == {"usb-1-1:1.0": 3}
        assert after.live == {}


def test_where_there_is_no_store_it_is_empty_and_says_nothing(tmp_path, look):
    store = look(tmp_path / "simbank.db")
    assert store.places.numbers == {"usb-1-2:1.0": 1}
    assert store.problem == ""


def test_a_folder_that_is_not_there_is_not_made(tmp_path, look):
    look(tmp_path / "state" / "simbank.db")
    assert not (tmp_path / "state").exists()


def test_an_older_schema_is_read_in_todays_words(tmp_path, look):
    path = tmp_path / "simbank.db"
    write_old(path, 1)
    assert look(path).places.numbers["usb-1-0:1.0"] == 1


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 5000), "damaged"),
        (lambda path: path.write_text("a letter to my aunt"), "damaged or not a database"),
        (lambda path: (path.unlink(), path.mkdir()), "not a regular file"),
        (lambda path: _foreign(path), "another program"),
    ],
)
def test_what_cannot_be_read_is_empty_and_says_why(path, look, spoil, why):
    spoil(path)
    store = look(path)
    assert store.places.numbers == {"usb-1-2:1.0": 1}
    assert str(path) in store.problem
    assert why in store.problem


def test_what_a_killed_agent_had_written_counts(path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as killed:
        killed.execute(PLACE.put, summed(PLACE, ("usb-1-9:1.0", 9, None, None, 1, None)))
        assert path.with_name("simbank.db-wal").stat().st_size
        before = path.read_bytes(), path.with_name("simbank.db-wal").read_bytes()
        with contextlib.closing(Store(path, read_only=True)) as store:
            assert store.places.numbers["usb-1-9:1.0"] == 9
        assert (path.read_bytes(), path.with_name("simbank.db-wal").read_bytes()) == before


def test_what_another_program_locks_is_read_all_the_same(path, look, monkeypatch):
    monkeypatch.setattr(database_file, "WAIT_FOR_LOCK", 0.01)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("INSERT INTO fact VALUES ('a', 'b', NULL)")
        store = look(path)
    assert "locked" in store.problem
    assert store.places.numbers == {"usb-1-1:1.0": 3, "usb-1-2:1.0": 1}


def test_it_is_refused_while_an_agent_has_the_store_and_keeps_no_agent_from_it(path):
    with contextlib.closing(Store(path)), pytest.raises(StoreInUse):
        Store(path, read_only=True)
    with contextlib.closing(Store(path, read_only=True)), contextlib.closing(Store(path)) as agent:
        assert agent.problem == ""


def _foreign(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE treasure (map TEXT)")
