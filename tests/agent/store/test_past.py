"""What was, on the disk: bounded, summed up without changing an answer, carried over, and never in the way."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from hand_clock import HandClock

from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.past_queries import AFTER_HELD, changes, held_at, last_sims, report_days, reports, uptime
from agent.store.store import Store

BEGIN = 1_796_000_000
DAY = 86_400
CARD = "8946120000005000016"
BOTH = OF_MODULE | OF_SIM


@pytest.fixture
def clock():
    return HandClock(float(BEGIN))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


def told(reason, module="Port1", kind=BOTH, iccid=CARD, number="+46701740000"):
    return Happened(kind, module, iccid, number, reason)


def test_a_run_is_told_to_begin_once_and_again_when_the_clock_jumps(path, clock):
    with closing(Store(path, wall=clock)) as store:
        assert store.past.note_alive()
        clock.now += 1
        assert not store.past.note_alive()
        clock.now += 3600
        assert store.past.note_alive()
        clock.now -= 7200
        assert store.past.note_alive()


def days_of(path, kind, until, since=0, **more):
    return {one.name: one for one in uptime(path, kind, since=since, until=until, **more)}


def test_what_happened_is_read_back_by_module_sim_or_number_and_survives_a_restart(path, clock):
    with closing(Store(path, wall=clock)) as store:
        store.past.note([told("live")])
        assert store.flush(5)
        assert changes(path) == []  # before the run has begun nothing is dated
        store.past.note_alive()
        store.past.note(
            [told("live"), told("live", "Port2", iccid="8946120000005000024", number="+46701740001")]
        )
        clock.now += 50
        store.past.note([told("no_sim"), Happened(OF_SIM, "Port1", CARD, None, "absent", "no_sim")])
        clock.now += 5
        store.past.note_alive()
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        assert [one.reason for one in changes(path, of="Port1")] == ["live", "no_sim", "absent"]
        assert [one.reason for one in changes(path, of=CARD)] == ["live", "no_sim", "absent"]
        assert [one.module for one in changes(path, of="+46701740001")] == ["Port2"]
        assert [one.at for one in changes(path, since=BEGIN + 1)] == [BEGIN + 50] * 2
        clock.now += 30
        store.past.note([told("live")])
        store.flush(5)
        assert [one.reason for one in changes(path, newest=1)] == ["live"]
    lives = days_of(path, OF_MODULE, BEGIN + 86, running=True)["Port1"].lives
    assert (lives.live, lives.losses, lives.joins, lives.reasons) == (51, 1, 1, {"no_sim": 5, "stopped": 30})


def test_an_unclean_end_closes_what_was_live_at_the_last_known_time(path, clock, tmp_path):
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live")])
        for _ in range(100):
            clock.now += 1
            store.past.note_alive()
        assert store.flush(5)
        copy = tmp_path / "killed.db"
        for tail in ("", "-wal"):
            copy.with_name(copy.name + tail).write_bytes(path.with_name(path.name + tail).read_bytes())
    clock.now += 1000
    with closing(Store(copy, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live")])
        store.flush(5)
        lives = days_of(copy, OF_MODULE, BEGIN + 1200, running=True)["Port1"].lives
        assert (lives.live, lives.reasons, lives.losses) == (90 + 100, {"stopped": 1010}, 0)
        assert [one.reason for one in held_at(copy, BEGIN + 90)] == ["stopped"]
        assert [one.reason for one in held_at(copy, BEGIN + 89)] == ["live"]
        assert held_at(copy, BEGIN - 1) == []


def test_reports_and_the_windows_of_each_day(path, clock):
    clock.now = BEGIN // DAY * DAY + 3600.0
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        for n in range(6):
            outcome = "refused" if n == 3 else "accepted"
            store.past.note_report(
                SentReport(
                    at=clock.now,
                    method="sendNumbersOnline",
                    outcome=outcome,
                    status=200,
                    numbers=n,
                    took_s=0.25,
                    message="ACCOUNT_BLOCKED" if n == 3 else "",
                    came=["+46701740000"],
                    went=[],
                )
            )
            clock.now += 290
        store.flush(5)
        sent = reports(path, since=int(clock.now) - 4 * 290)
        assert [one.numbers for one in sent] == [2, 3, 4, 5]
        assert (sent[1].message, sent[1].took_s, sent[1].came) == ("ACCOUNT_BLOCKED", 0.25, ("+46701740000",))
        (day,) = report_days(path, since=0, now=int(clock.now))
        assert (day.windows, day.met, day.accepted, day.refused) == (5, 4, 5, 1)
        days = report_days(path, since=0, now=int(clock.now) + 2 * DAY)
        assert [one.windows for one in days] == [288 - 12, 288, 12 + 5]
        assert [one.met for one in days] == [4, 0, 0]


def test_nothing_is_kept_where_nothing_may_be(path, clock):
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live")])
        store.past.keep = 0
        assert not store.past.note_alive()
        store.past.note([told("live")])
        store.flush(5)
        assert changes(path) == []


def test_what_was_of_a_module_bears_its_new_name_also_where_two_exchange_theirs(path, clock):
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live"), told("searching", "Port2", iccid="89461")])
        store.past.rename({"Port1": "Port2", "Port2": "Port1"})
        store.past.rename({"Port1": "left"})
        store.flush(5)
        assert [(one.module, one.reason) for one in changes(path)] == [
            ("Port2", "live"),
            ("left", "searching"),
        ]
        store.past.forget_module("left")
        store.past.forget_card(CARD)
        store.flush(5)
        assert [(one.module, one.iccid) for one in changes(path)] == [("Port2", None)]
        assert [(one.module, one.of_sim) for one in changes(path, of="89461")] == [("left", True)]


@pytest.mark.parametrize("how", ["deleted", "copied over", "older schema"])
def test_what_was_outlives_a_file_that_is_written_anew(path, clock, tmp_path, how):
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live"), told("no_sim", "Port2", kind=OF_MODULE, iccid=None)])
        store.past.note_report(
            SentReport(at=clock.now, method="sendNumbersOnline", outcome="accepted", status=200, numbers=1, took_s=0.1,
                       message="")
        )  # fmt: skip
        assert store.flush(5)
        if how == "deleted":
            for tail in ("", "-wal", "-shm"):
                path.with_name(path.name + tail).unlink()
        elif how == "copied over":
            other = tmp_path / "other"
            other.write_bytes(b"no database at all" * 300)
            other.replace(path)
        if how != "older schema":
            assert not store.flush(20)  # the writer looks, and wants everything
            store.tend()
            assert store.past.note_alive()  # another run begins, and everything is told again
            assert store.flush(20)
    if how == "older schema":
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA user_version = 8")
    with closing(Store(path, wall=clock)) as store:
        assert [one.module for one in changes(path)][:2] == ["Port1", "Port2"]
        assert [one.numbers for one in reports(path)] == [1]
        assert [one.numbers for one in store.past.earlier_reports] == [1]


def test_a_disk_that_hangs_keeps_no_change_back_and_no_report_waits_for_one(path, clock, monkeypatch):
    hung = threading.Event()
    with closing(Store(path, wall=clock)) as store:
        assert store.flush(5)
        transact = store._writer._transact
        monkeypatch.setattr(store._writer, "_transact", lambda *rows: hung.wait(30) and transact(*rows))
        store.past.note_alive()
        store.past.note([told("live")])
        assert not store._writer.must_wait()
        hung.set()
        assert store.flush(10)
        assert [one.reason for one in changes(path)] == ["live"]


def test_the_sim_that_each_module_held_last_and_until_when_across_a_kill(path, clock):
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.past.note([told("live"), told("live", "Port2", iccid="89462", number="+46701740002")])
        clock.now += 40
        store.past.note_alive()
        store.past.note([told("no_sim", iccid=None, number=None)])
        clock.now += 5
        store.past.note_alive()
        store.flush(5)
        assert last_sims(path, int(clock.now)) == {
            "Port1": (CARD, "+46701740000", int(clock.now) - 5),
            "Port2": ("89462", "+46701740002", int(clock.now)),
        }
    ended = int(clock.now)
    clock.now += 7200
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        store.flush(5)
        # Nobody saw when the second card left: until the end of the run before it was there.
        assert last_sims(path, int(clock.now))["Port2"] == ("89462", "+46701740002", ended)


def test_the_last_sims_of_a_bank_take_one_walk_through_all_changes(path, clock):
    with closing(Store(path, wall=clock)) as store:
        assert store.flush(5)
    with closing(sqlite3.connect(path)) as database:
        steps = [step for *_, step in database.execute(f"EXPLAIN QUERY PLAN {AFTER_HELD}")]
    assert [step.split()[0] for step in steps if "later" in step.split()] == ["SCAN"]
