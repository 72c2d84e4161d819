"""A store that is deleted or replaced while the agent runs is written anew from memory."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from old_schemas import CARDS, NOW, NUMBERS

from agent.store.history import Minute
from agent.store.lock import StoreInUse, announced
from agent.store.records import FileRow
from agent.store.store import Store

ROWS = (FileRow(2, CARDS[0], NUMBERS[0], None), FileRow(3, CARDS[1], None, False))
FILES = ("simbank.db", "simbank.db-wal", "simbank.db-shm", "simbank.db.lock")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


@pytest.fixture
async def store(path):
    with closing(Store(path, wall=lambda: NOW)) as store:
        await store.announce("http://127.0.0.1:8340/")
        for n, card in enumerate(CARDS):
            store.cards.placed(card, f"24012000000000{n}", f"Port{n}")
            store.cards.learn(card, None, NUMBERS[n], "cnum")
            store.places.note_imei(f"usb-1-{n}:1.0", f"35327004000001{n}")
        store.places.number({f"usb-1-{n}:1.0": n + 1 for n in range(6)})
        store.places.name({"usb-1-7:1.0": "353270040000017"})
        store.note_live({f"Port{n}": card for n, card in enumerate(CARDS)})
        store.note_minute(Minute(at=NOW - 60, live=6, lowest=5, highest=6, cap=8))
        store.cards.note_ussd(CARDS[0])
        store.tellings.keep("usb-1-0:1.0", [(CARDS[0], "0701740000")])
        store.keep_file(path.with_name("sims.csv"), ROWS)
        assert store.flush(5)
        yield store


def everything(store):
    return (
        store.cards.sims,
        store.cards.learned,
        store.places.numbers,
        store.places.imeis,
        store.places.names,
        store.live,
        store.cards.asked_ussd,
        store.minutes,
        store.alive_at,
        list(store.tellings),
        store._file,
    )


def found_again(store):
    """Make the writer look, as it also does every LOOK_EVERY seconds, and give it what it wants, as the agent does."""
    looked_for(store)
    assert "deleted or replaced" in store.problem
    store.tend()
    assert store.flush(5)


def looked_for(store):
    store.cards.note_ussd(CARDS[0])
    assert not store.flush(5)


def kept(path, folder):
    """What a store holds at this moment, read from a copy."""
    folder.mkdir()
    for name in FILES[:2]:
        if path.with_name(name).exists():
            shutil.copy(path.with_name(name), folder)
    with closing(Store(folder / path.name, wall=lambda: NOW)) as copy:
        return everything(copy)


@pytest.mark.parametrize("gone", [FILES, FILES[:1], FILES[:3], FILES[1:2]])
def test_a_deleted_store_is_written_anew_with_everything(store, path, tmp_path, gone):
    for name in gone:
        path.with_name(name).unlink()
    found_again(store)
    assert "rewritten from memory" in store.problem
    assert kept(path, tmp_path / "copy") == everything(store)
    with pytest.raises(StoreInUse):
        Store(path)
    assert announced(path) == "http://127.0.0.1:8340/"
    store.places.number({"usb-1-9:1.0": 9})
    assert store.flush(5)


def test_a_store_that_was_copied_over_or_scribbled_on_is_written_anew(store, path, tmp_path):
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    found_again(store)
    assert kept(path, tmp_path / "copy") == everything(store)


def test_the_journal_of_a_deleted_store_does_not_come_into_the_next_one(store, path, tmp_path):
    path.unlink()
    looked_for(store)
    for n in range(6):
        store.places.numbers.pop(f"usb-1-{n}:1.0")
    store.tend()
    assert store.flush(5)
    assert kept(path, tmp_path / "copy")[2] == {}


def test_what_comes_while_it_is_written_anew_comes_after_it(store, path, tmp_path):
    path.unlink()
    looked_for(store)
    store.tend()
    store.places.number({"usb-1-9:1.0": 9})
    assert store.flush(5)
    assert kept(path, tmp_path / "copy")[2]["usb-1-9:1.0"] == 9


def test_a_store_that_was_replaced_is_laid_aside(store, path, tmp_path):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as theirs:
        theirs.execute("CREATE TABLE treasure (map TEXT)")
        theirs.commit()
    other.replace(path)
    found_again(store)
    assert kept(path, tmp_path / "copy") == everything(store)
    (aside,) = [  # without its journal
        one
        for one in tmp_path.iterdir()
        if ".aside-" in one.name
        and one.suffix != "-wal"
        and "-wal" not in one.name
        and "-shm" not in one.name
    ]
    with closing(sqlite3.connect(aside)) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("treasure",)]


def test_a_store_that_is_deleted_and_not_noticed_before_the_stop_is_there_after_it(store, path):
    expected = everything(store)
    for name in FILES:
        path.with_name(name).unlink()
    store.close()
    with closing(Store(path, wall=lambda: NOW)) as after:
        assert everything(after) == expected
        assert after.problem == ""


def test_nothing_is_written_where_another_agent_has_taken_the_store_meanwhile(store, path):
    for name in FILES:
        path.with_name(name).unlink()
    with closing(Store(path, wall=lambda: NOW)) as other:
        looked_for(store)
        store.tend()
        assert not store.flush(1)
        assert "in use by another agent" in store.problem
        assert other.flush(5)
        assert other.problem == ""


def test_a_folder_that_went_comes_back_with_the_store(store, path, tmp_path):
    moved = tmp_path.with_name("moved")
    tmp_path.rename(moved)
    found_again(store)
    assert path.exists()
    shutil.rmtree(moved)
