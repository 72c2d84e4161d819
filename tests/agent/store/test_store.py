"""What must survive does, whatever state the disk is in."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import closing

import pytest
from missing import only_root

from agent.store import store as store_module
from agent.store.history import Minute
from agent.store.lock import StoreInUse, announced, refuse_if_locked
from agent.store.records import FileRow, Learned
from agent.store.store import Store
from agent.store.tables import PLAUSIBLE_SINCE
from agent.store.writer import RowWriter

NOW = PLAUSIBLE_SINCE + 1000.0
CARD = "8946120000005000016"
IMSI = "240120000000016"
NOBODY = 65534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


def test_everything_that_must_survive_a_restart_does(path):
    store = Store(path, wall=lambda: NOW)
    assert store.cards.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
    store.tellings.keep("usb-1-1.4:1.0", [(CARD, "0701740000"), (CARD, "0701740001")])
    store.places.number({"usb-1-1.4:1.0": 7})
    store.places.note_imei("usb-1-1.4:1.0", "353270040000018")
    store.places.name({"usb-1-1.4:1.0": "353270040000018", "usb-1-1.5:1.0": "353270040000018-2"})
    store.places.name({"usb-1-1.4:1.0": "353270040000018-2"})
    store.cards.note_ussd(CARD)
    rows = (FileRow(2, CARD, "+46701740000", None), FileRow(3, IMSI, None, True))
    store.keep_file(path.with_name("sims.csv"), rows)
    store.note_live({"Port1": CARD})
    store.note_fleet_run("0123456789abcdef")
    store.close()
    store = Store(path, wall=lambda: NOW + 500)
    assert store.fleet_run == "0123456789abcdef"
    assert store.cards.placed(CARD, "240120000000016", "Port2") == int(NOW)
    assert store.cards.learned == {CARD: Learned("+46701740000", "cnum", IMSI, int(NOW))}
    assert list(store.tellings) == [
        ("usb-1-1.4:1.0", CARD, "0701740000"),
        ("usb-1-1.4:1.0", CARD, "0701740001"),
    ]
    assert store.places.numbers == {"usb-1-1.4:1.0": 7}
    assert store.places.imeis == {"usb-1-1.4:1.0": "353270040000018"}
    assert store.places.names == {"usb-1-1.4:1.0": "353270040000018-2"}
    assert store.places.confirmed == set()
    assert store.cards.asked_ussd == {CARD: int(NOW)}
    assert store.live == {"Port1": CARD}
    assert store.alive_at == NOW
    assert store.file_rows(path.with_name("sims.csv")) == rows
    assert store.file_rows(path.with_name("other.csv")) == ()
    assert store.problem == ""
    store.close()


def test_what_was_live_gets_no_newer_by_a_run_that_told_nothing(path):
    store = Store(path, wall=lambda: NOW)
    store.note_live({"Port1": CARD})
    store.close()
    store = Store(path, wall=lambda: NOW + 3600)
    store.note_alive()
    store.close()
    store = Store(path, wall=lambda: NOW + 3660)
    assert (store.live, store.alive_at) == ({"Port1": CARD}, NOW)
    store.close()


def test_a_clock_that_was_never_set_gives_no_date(path):
    clock = [3600.0]
    store = Store(path, wall=lambda: clock[0])
    assert store.cards.placed(CARD, "240120000000016", "Port1") is None
    clock[0] = NOW
    assert store.cards.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.close()


def test_a_kill_at_any_moment_loses_nothing_that_was_kept(path):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from agent.store.store import Store
        store = Store(Path(sys.argv[1]))
        for n in range(200):
            store.cards.placed(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
        assert store.flush(5)
        print("kept", flush=True)
        for n in range(200, 100_000):
            store.cards.placed(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
        sys.stdin.read()
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "kept\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert child.stdin is not None
    child.stdin.close()
    store = Store(path)
    assert len(store.cards.sims) >= 200
    assert store.problem == ""
    store.close()


def test_a_second_agent_is_turned_away(path):
    store = Store(path)
    with pytest.raises(StoreInUse):
        Store(path)
    store.close()
    Store(path).close()


def test_without_a_place_to_write_the_agent_goes_on_and_says_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    store = Store(tmp_path / "file" / "simbank.db", wall=lambda: NOW)
    assert "may not survive" in store.problem
    assert store.cards.placed(CARD, "240120000000016", "Port1") == int(NOW)
    assert store.cards.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.close()


def test_a_full_disk_is_said_and_what_waited_is_kept_when_there_is_room(path):
    store = Store(path, wall=lambda: NOW)
    assert store.flush(5)
    database = store._writer._database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    for n in range(500):
        store.cards.learn(f"89461200000060{n:05d}", IMSI, "+46701740000", "cnum")
    store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
    assert not store.flush(0.5)
    assert "full" in store.problem
    database.execute("PRAGMA max_page_count = 100000")
    store.cards.learn(CARD, IMSI, "+46701740001", "cnum")
    assert store.flush(5)
    assert store.problem == ""
    store.close()
    with closing(Store(path)) as store:
        assert store.cards.learned[CARD].number == "+46701740001"
        assert len(store.cards.learned) == 501


def test_what_was_learned_holds_for_the_subscription_it_was_learned_of():
    assert Learned("+46701740000", "cnum", IMSI).holds_for(IMSI)
    assert Learned("+46701740000", "cnum", IMSI).holds_for(None)
    assert Learned("+46701740000", "cnum", None).holds_for(IMSI)
    assert not Learned("+46701740000", "cnum", IMSI).holds_for("240070000000099")


def test_the_store_is_for_its_owner_alone(path):
    path.touch(mode=0o644)
    store = Store(path)
    store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
    assert store.flush(5)
    for name in ("simbank.db", "simbank.db-wal", "simbank.db.lock"):
        assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o600, name
    store.close()


def test_what_a_module_told_before_its_restart_is_forgotten(path):
    with closing(Store(path)) as store:
        store.tellings.keep("a", [(CARD, "0701740000"), ("8946120000005000024", "0701740001")])
        store.tellings.keep("b", [(CARD, "0701740000")])
        store.tellings.keep("a", ())
        assert list(store.tellings) == [("b", CARD, "0701740000")]
    with closing(Store(path)) as store:
        assert list(store.tellings) == [("b", CARD, "0701740000")]


def test_only_the_newest_rows_of_the_newest_file_are_kept(path):
    one, other = path.with_name("one.csv"), path.with_name("other.csv")
    with closing(Store(path)) as store:
        store.keep_file(one, [FileRow(n, CARD, "+46701740000", None) for n in range(2, 9)])
        store.keep_file(one, [FileRow(2, CARD, "+46701740000", None)])
        assert store.file_rows(one) == (FileRow(2, CARD, "+46701740000", None),)
    with closing(Store(path)) as store:
        assert store.file_rows(one) == (FileRow(2, CARD, "+46701740000", None),)
        store.keep_file(other, [FileRow(1, IMSI, None, False)])
    with closing(Store(path)) as store:
        assert store.file_rows(one) == ()
        assert store.file_rows(other) == (FileRow(1, IMSI, None, False),)


def test_a_value_that_no_column_takes_stays_in_memory_and_keeps_no_other_row_back(path, caplog):
    with closing(Store(path)) as store:
        store.cards.learn(CARD, IMSI, "no number", "cnum")
        store.cards.saw("\ud800", None, "Port1")
        store.places.number({"usb-1-1:1.0": 3})
        assert store.flush(5)
    assert "cannot be kept" in caplog.text
    with closing(Store(path)) as store:
        assert (store.cards.learned, store.cards.sims, store.places.numbers) == ({}, {}, {"usb-1-1:1.0": 3})


@only_root("give a file away")
def test_what_root_creates_belongs_to_the_folders_owner(path):
    os.chown(path.parent, NOBODY, NOBODY)
    with closing(Store(path, wall=lambda: NOW)) as store:
        store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
        assert store.flush(5)
        for name in ("simbank.db", "simbank.db-wal", "simbank.db-shm", "simbank.db.lock"):
            assert path.with_name(name).stat().st_uid == NOBODY, name
        path.unlink()
        store.cards.note_ussd(CARD)
        assert not store.flush(5)
        store.tend()
        assert store.flush(5)
        assert path.stat().st_uid == NOBODY


@pytest.mark.parametrize("now", [-5.0, 0.0, 5e9, 1e12])
def test_a_clock_that_is_far_off_costs_only_what_it_dates(path, now, caplog):
    with closing(Store(path, wall=lambda: now)) as store:
        assert store.cards.placed(CARD, IMSI, "Port1") is None
        store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
        for minute in range(3):
            store.note_minute(Minute(at=int(now) + 60 * minute, live=1, lowest=1, highest=1, cap=8))
        store.note_live({"Port1": CARD})
    assert caplog.text.count("cannot be kept") <= 1
    with closing(Store(path, wall=lambda: NOW)) as store:
        assert store.problem == ""
        assert store.cards.placed(CARD, IMSI, "Port1") == int(NOW)
        assert store.cards.learned[CARD].number == "+46701740000"


@pytest.fixture
def hung(path, monkeypatch):
    """A store whose disk hangs, and the event that ends it."""
    monkeypatch.setattr(store_module, "FLUSH_WITHIN", 0.05)
    released = threading.Event()
    monkeypatch.setattr(RowWriter, "_write", lambda *_: released.wait(30))
    with closing(Store(path, wall=lambda: NOW)) as store:
        yield store, released
        released.set()


async def test_a_report_waits_for_a_disk_that_hangs_no_longer_than_allowed_and_the_banner_says_so(hung):
    store, released = hung
    store.cards.placed(CARD, IMSI, "Port1")
    await store.before_report()
    assert "the disk is slow" in store.problem
    released.set()
    assert store.flush(5)
    assert store.problem == ""


async def test_no_report_waits_for_what_an_earlier_one_has_waited_for_nor_for_what_it_does_not_say(hung):
    store, _ = hung
    waited = []
    store._writer.wait = lambda timeout: waited.append(timeout)
    store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
    store.cards.saw(CARD, IMSI, "Port1")
    store.places.note_imei("usb-1-1:1.0", "353270040000018")
    store.note_minute(Minute(at=int(NOW), live=1, lowest=1, highest=1, cap=8))
    store.note_live({})
    await store.before_report()
    assert not waited
    for change in (
        lambda: store.cards.placed(CARD, IMSI, "Port1"),
        lambda: store.note_live({"Port1": CARD}),
        lambda: store.places.number({"usb-1-1:1.0": 1}),
        lambda: store.places.name({"usb-1-1:1.0": "353270040000018"}),
    ):
        change()
        await store.before_report()
        assert len(waited) == 1, change
        waited.clear()
        store._writer._waited_for = store._writer._reported
        change()
        store.note_live({})
        await store.before_report()
        assert not waited


async def test_commands_find_where_the_agent_of_a_store_listens(path):
    assert announced(path) == ""
    store = Store(path)
    await store.announce("http://127.0.0.1:8340/")
    assert announced(path) == "http://127.0.0.1:8340/"
    await store.announce("http://[::1]:1/")
    assert announced(path) == "http://[::1]:1/"
    store.close()


@pytest.mark.parametrize("kind", ["link", "dangling link", "link loop", "pipe", "folder"])
async def test_what_somebody_put_in_the_place_of_the_lock_is_neither_written_nor_waited_for(
    path, kind, caplog
):
    lock, other = path.with_name("simbank.db.lock"), path.with_name("other")
    if kind == "pipe":
        os.mkfifo(lock)
    elif kind == "folder":
        lock.mkdir()
    else:
        lock.symlink_to(lock if kind == "link loop" else other)
    if kind == "link":
        other.write_text("of somebody else")
    with closing(Store(path, wall=lambda: NOW)) as store:
        await store.announce("http://127.0.0.1:8340/")
        store.cards.learn(CARD, IMSI, "+46701740000", "cnum")
        assert store.flush(5)
        assert store.problem == ""
    assert "simbank.db.lock cannot be locked (it is " in caplog.text.replace("Is a", "it is a")
    assert other.exists() == (kind == "link")
    assert kind != "link" or other.read_text() == "of somebody else"
    refuse_if_locked(path)
    assert announced(path) == ""
