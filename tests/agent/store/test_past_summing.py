"""Old changes become sums of their days: the rows are bounded, and no answer changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.store import past_summing, past_tables
from agent.store.past import OF_MODULE, OF_SIM
from agent.store.past_queries import uptime
from agent.store.past_summing import Summing
from agent.store.past_tables import CHANGE, PAST, RUN
from agent.store.table import summed

BEGIN = 1_796_000_000 // 86_400 * 86_400
HOURS = 3600
REASONS = ("live", "live", "searching", "no_sim")


@st.composite
def banks(draw):
    """Rows of a bank of three modules and four SIMs over some days, in the order of their ids, and its runs."""
    rows, runs, at = [], [], BEGIN + draw(st.integers(0, 20 * HOURS))
    for n in range(draw(st.integers(1, 3))):
        began, first_id = at, len(rows) + 1
        for _ in range(draw(st.integers(0, 12))):
            at += draw(st.integers(0, 9 * HOURS))
            module, card = f"Port{draw(st.integers(1, 3))}", f"8946{draw(st.integers(1, 4))}"
            kind = draw(st.sampled_from([1, 2, 3, 3]))
            reason = "absent" if kind == 2 and draw(st.booleans()) else draw(st.sampled_from(REASONS))
            rows.append((len(rows) + 1, kind, at, module, card, "+46701740001", reason, "", "1-1"))
        at += draw(st.integers(0, 30 * HOURS))
        runs.append((n + 1, first_id, began, at))
        at += draw(st.integers(0, 50 * HOURS))
    return rows, runs, at


def write(path, rows, runs):
    for tail in ("", "-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")  # as the store has it: a commit is no sync
    database.execute("BEGIN")
    for table in PAST:
        database.execute(table.create)
    database.executemany(CHANGE.put, [summed(CHANGE, row) for row in rows])
    database.executemany(RUN.put, [summed(RUN, row) for row in runs])
    database.execute("COMMIT")
    return database


def answers(path, until):
    return [
        {one.name: (one.lives, one.number, one.hub) for one in uptime(path, kind, since=0, until=until)}
        for kind in (OF_MODULE, OF_SIM)
    ]


def sum_up(database, oldest=0):
    summing = Summing(lambda: oldest)
    steps = 0
    while summing.step(database):
        steps += 1
        assert steps < 1000
    return summing


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(past_summing, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(past_summing, "COUNT_EVERY", 0)


def count(database, what="*"):
    return database.execute(f"SELECT count({what}) FROM change").fetchone()[0]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(bank=banks(), most=st.integers(2, 12), of_one=st.integers(1, 6), at_once=st.sampled_from([4, 9, 2000]))
def test_no_answer_changes_however_much_is_summed_up(tmp_path, monkeypatch, bank, most, of_one, at_once):
    rows, runs, until = bank
    path = tmp_path / "simbank.db"
    monkeypatch.setattr(past_summing, "AT_ONCE", at_once)
    monkeypatch.setattr(past_tables, "MOST_OF_ONE", max(of_one, at_once if at_once < 2000 else 1))
    monkeypatch.setattr(past_tables, "MOST_CHANGES", 1000)
    with closing(write(path, rows, runs)) as database:
        before = answers(path, until)
        sum_up(database)
        assert answers(path, until) == before
        monkeypatch.setattr(past_tables, "MOST_CHANGES", most)
        Summing._drop_oldest, dropped = lambda *_: False, Summing._drop_oldest
        try:
            sum_up(database)
        finally:
            Summing._drop_oldest = dropped
        assert answers(path, until) == before


def flapping(days, card="8946120000005000016", module="Port1", every=HOURS):
    return [
        (n + 1, 3, BEGIN + n * every, module, card, "+46701740001", REASONS[1 + n % 2], "", "1-1")
        for n in range(days * 24 * HOURS // every)
    ]


def test_one_that_flaps_keeps_its_newest_changes_and_costs_the_others_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(past_tables, "MOST_OF_ONE", 100)
    monkeypatch.setattr(past_summing, "AT_ONCE", 50)
    path = tmp_path / "simbank.db"
    good = (0, 3, BEGIN, "Port2", "89461", None, "live", "", "1-2")
    rows = [(n + 1, *row[1:]) for n, row in enumerate([good, *flapping(20)])]
    with closing(write(path, rows, [(1, 1, BEGIN, BEGIN + 20 * 86_400)])) as database:
        sum_up(database)
        kept = database.execute("SELECT module, count(*), max(id) FROM change GROUP BY module").fetchall()
        assert kept[1] == ("Port2", 1, 1)
        assert 50 <= kept[0][1] <= 100
        assert kept[0][2] == len(rows)


@pytest.mark.slow
def test_the_rows_of_all_are_bounded_although_many_sims_were_seen_once(tmp_path, monkeypatch):
    monkeypatch.setattr(past_tables, "MOST_CHANGES", 300)
    monkeypatch.setattr(past_summing, "AT_ONCE", 100)
    path = tmp_path / "simbank.db"
    rows, at = [], BEGIN
    for n in range(600):
        at += HOURS
        card = f"8946{n:016d}"
        rows.append((2 * n + 1, 3, at, "Port1", card, None, "live", "", ""))
        rows.append((2 * n + 2, 2, at + HOURS // 2, "Port1", card, None, "absent", "", ""))
    with closing(write(path, rows, [(1, 1, BEGIN, at + HOURS)])) as database:
        before = answers(path, at + HOURS)
        sum_up(database)
        assert count(database) <= 300
        assert answers(path, at + HOURS) == before


def test_what_is_older_than_is_kept_goes_once_the_clock_is_sure(tmp_path):
    path = tmp_path / "simbank.db"
    rows = [*flapping(20), (481, 3, BEGIN, "Port2", "89461", None, "live", "", "")]
    with closing(write(path, rows, [(1, 1, BEGIN, BEGIN + 20 * 86_400)])) as database:
        sum_up(database)
        assert count(database) == len(rows)
        sum_up(database, oldest=BEGIN + 15 * 86_400)
        assert (
            database.execute("SELECT min(at) FROM change WHERE module = 'Port1'").fetchone()[0]
            >= BEGIN + 15 * 86_400 - HOURS
        )
        assert count(database) == 5 * 24 + 2
        assert database.execute("SELECT count(*) FROM change_day").fetchone()[0] == 0
        still, _ = answers(path, BEGIN + 20 * 86_400)
        assert still["Port2"][0].live == 20 * 86_400


def test_damaged_rows_are_dropped_when_it_is_their_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(past_tables, "MOST_CHANGES", 10)
    monkeypatch.setattr(past_summing, "AT_ONCE", 20)
    path = tmp_path / "simbank.db"
    with closing(write(path, flapping(10), [(1, 1, BEGIN, BEGIN + 10 * 86_400)])) as database:
        database.execute("UPDATE change SET number = '+1' WHERE id % 3 = 0")
        sum_up(database)
        assert count(database) <= 10
