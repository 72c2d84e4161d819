"""Rows come to the disk in their order, and nobody waits for a disk that refuses them."""

from __future__ import annotations

import contextlib
import sqlite3
import threading

import pytest

from agent.store import writer as store_writer
from agent.store.opening import open_database
from agent.store.table import summed
from agent.store.tables import ASKED_USSD, TABLES
from agent.store.writer import RowWriter


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


@pytest.fixture
def open_writer(path):
    writers = []

    def open_writer(database):
        writers.append(RowWriter(database, path, lambda: 1000.0))
        return writers[-1]

    yield open_writer
    for one in writers:
        one.stop(2)


def database_at(path):
    return open_database(path, stamp="now").database


def put(writer, card, at):
    writer.put(ASKED_USSD.put, summed(ASKED_USSD, (card, at)))


def kept_at(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT iccid, at FROM asked_ussd ORDER BY rowid").fetchall()


class Disk:
    """A database whose disk can hang or refuse."""

    def __init__(self, path):
        self._database = database_at(path)
        self.released = threading.Event()
        self.released.set()
        self.refuses = False

    def execute(self, *statement):
        return self._do(self._database.execute, *statement)

    def executemany(self, *statement):
        return self._do(self._database.executemany, *statement)

    def _do(self, what, *statement):
        self.released.wait(30)
        if self.refuses:
            raise sqlite3.OperationalError("database or disk is full")
        return what(*statement)

    def close(self):
        self._database.close()


def test_rows_are_on_disk_in_their_order_once_they_are_kept(open_writer, path):
    writer = open_writer(database_at(path))
    for n in range(100):
        put(writer, f"CARD{n}", n)
    assert writer.flush(5)
    assert kept_at(path) == [(f"CARD{n}", n) for n in range(100)]


def test_what_waits_at_the_end_is_written(open_writer, path):
    writer = open_writer(database_at(path))
    put(writer, "CARD", 1)
    writer.stop(5)
    assert kept_at(path) == [("CARD", 1)]


def test_what_the_disk_refuses_waits_and_is_written_when_it_can_be(open_writer, path, monkeypatch):
    monkeypatch.setattr(store_writer, "TRY_AGAIN", 0.01)
    disk = Disk(path)
    writer = open_writer(disk)
    disk.refuses = True
    put(writer, "CARD", 1)
    assert not writer.flush(0.1)
    assert writer.problem.startswith(f"{path} cannot be written (database or disk is full)")
    disk.refuses = False
    assert writer.flush(5)
    assert writer.problem == ""
    assert kept_at(path) == [("CARD", 1)]


def test_a_row_that_the_table_refuses_keeps_no_other_from_the_disk(open_writer, path, caplog):
    writer = open_writer(database_at(path))
    put(writer, None, 1)
    put(writer, "CARD", 1)
    assert writer.flush(5)
    assert kept_at(path) == [("CARD", 1)]
    assert "a row was left out" in caplog.text


def test_a_disk_that_hangs_costs_no_time_and_everything_is_written_anew_after_it(
    open_writer, path, monkeypatch
):
    monkeypatch.setattr(store_writer, "MOST_WAITING", 10)
    disk = Disk(path)
    writer = open_writer(disk)
    disk.released.clear()
    for n in range(50):
        put(writer, f"CARD{n}", n)
    assert writer.wants_everything
    writer.put_everything({ASKED_USSD.name: [(f"CARD{n}", n) for n in range(50)]})
    put(writer, "CARD50", 50)
    disk.released.set()
    assert writer.flush(5)
    put(writer, "CARD51", 51)
    assert writer.flush(5)
    assert [at for _, at in kept_at(path)] == [*range(52)]


def test_without_a_database_everything_is_wanted_and_written_as_soon_as_it_can_be(
    open_writer, path, monkeypatch
):
    monkeypatch.setattr(store_writer, "LOOK_EVERY", 0.01)
    path.mkdir()
    (path / "thing").touch()
    writer = open_writer(None)
    assert writer.wants_everything
    writer.put_everything({})
    assert not writer.flush(0.2)
    assert "cannot be written" in writer.problem


def test_every_table_can_be_written_and_read():
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        for table in TABLES:
            database.execute(table.create)
            row = tuple(_a_value(column) for column in table.columns)
            assert table.takes(row)
            database.execute(table.put, summed(table, row))
            assert database.execute(f"SELECT * FROM {table.name}").fetchall() == [summed(table, row)]
            database.execute(table.delete, table.key_of(row))
            assert database.execute(f"SELECT * FROM {table.name}").fetchall() == []


def _a_value(column):
    """The least value that a column takes."""
    if column.kind is int:
        return column.least
    return next(text for text in ("+1234", "1" * max(1, column.least)) if column.takes(text))
