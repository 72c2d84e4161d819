"""Rows come to the disk in their order, and nobody waits for a disk that refuses them."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from agent.store import writer as store_writer
from agent.store.writer import RowWriter

INSERT = "INSERT INTO asked_ussd VALUES (?, ?)"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


@pytest.fixture
def open_writer(path):
    writers = []

    def open_writer(database):
        writers.append(RowWriter(database, Path("simbank.db"), lambda: 1000.0))
        return writers[-1]

    yield open_writer
    for one in writers:
        one.stop(2)


def database_at(path):
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("CREATE TABLE asked_ussd (iccid TEXT PRIMARY KEY, at INTEGER NOT NULL)")
    database.execute("CREATE TABLE minute (at INTEGER)")
    return database


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
        self.released.wait(30)
        if self.refuses:
            raise sqlite3.OperationalError("database or disk is full")
        return self._database.execute(*statement)

    def close(self):
        self._database.close()


def test_rows_are_on_disk_in_their_order_once_they_are_kept(open_writer, path):
    writer = open_writer(database_at(path))
    for n in range(100):
        writer.put(INSERT, (f"card {n}", n))
    assert writer.flush(5)
    assert kept_at(path) == [(f"card {n}", n) for n in range(100)]


def test_what_waits_at_the_end_is_written(open_writer, path):
    writer = open_writer(database_at(path))
    writer.put(INSERT, ("card", 1))
    writer.stop(5)
    assert kept_at(path) == [("card", 1)]


def test_what_the_disk_refuses_waits_and_is_written_when_it_can_be(open_writer, path, monkeypatch):
    monkeypatch.setattr(store_writer, "TRY_AGAIN", 0.01)
    disk = Disk(path)
    disk.refuses = True
    writer = open_writer(disk)
    writer.put(INSERT, ("card", 1))
    assert not writer.flush(0.1)
    assert writer.problem.startswith("simbank.db cannot be written (database or disk is full)")
    disk.refuses = False
    assert writer.flush(5)
    assert writer.problem == ""
    assert kept_at(path) == [("card", 1)]


def test_a_disk_that_hangs_costs_rows_and_never_time(open_writer, path, monkeypatch):
    monkeypatch.setattr(store_writer, "MOST_WAITING", 10)
    disk = Disk(path)
    disk.released.clear()
    writer = open_writer(disk)
    for n in range(50):
        writer.put(INSERT, (f"card {n}", n))
    assert "rows dropped" in writer.problem
    writer.stop(0.05)
    disk.released.set()


def test_of_more_rows_than_can_wait_the_first_are_kept_and_the_rest_is_counted(
    open_writer, path, monkeypatch
):
    monkeypatch.setattr(store_writer, "MOST_WAITING", 10)
    disk = Disk(path)
    disk.refuses = True
    writer = open_writer(disk)
    for n in range(12):
        writer.put(INSERT, (f"card {n}", n))
        assert not writer.flush(0.01)
    writer.put(INSERT, ("card 12", 12))
    assert "3 rows dropped" in writer.problem
    disk.refuses = False
    assert writer.flush(5)
    assert kept_at(path) == [(f"card {n}", n) for n in range(10)]
