"""What must survive does, whatever state the disk is in."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import closing

import pytest

from agent.store import store as store_module
from agent.store.history import Minute
from agent.store.lock import StoreInUse, announced
from agent.store.schema import _MIGRATIONS, APPLICATION_ID, KEEP_DAYS, open_database, prune
from agent.store.store import PLAUSIBLE_SINCE, Learned, Store
from agent.store.writer import RowWriter

NOW = PLAUSIBLE_SINCE + 1000.0
CARD = "8946120000005000016"
IMSI = "240120000000016"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "simbank.db"


def test_everything_that_must_survive_a_restart_does(path):
    store = Store(path, wall=lambda: NOW)
    assert store.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.learn(CARD, IMSI, "+46701740000", "cnum")
    store.number_places({"usb-1-1.4:1.0": 7})
    store.note_imei("usb-1-1.4:1.0", "353270040000018")
    store.name_places({"usb-1-1.4:1.0": "353270040000018", "usb-1-1.5:1.0": "353270040000018-2"})
    store.name_places({"usb-1-1.4:1.0": "353270040000018-2"})
    store.note_ussd(CARD)
    store.note_live({"Port1": CARD})
    store.close()
    store = Store(path, wall=lambda: NOW + 500)
    assert store.placed(CARD, "240120000000016", "Port2") == int(NOW)
    assert store.learned == {CARD: Learned("+46701740000", "cnum", IMSI)}
    assert store.places == {"usb-1-1.4:1.0": 7}
    assert store.imeis == {"usb-1-1.4:1.0": "353270040000018"}
    assert store.names == {"usb-1-1.4:1.0": "353270040000018-2"}
    assert store.confirmed == set()
    assert store.asked_ussd == {CARD: int(NOW)}
    assert store.live == {"Port1": CARD}
    assert store.alive_at == NOW
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
    assert store.placed(CARD, "240120000000016", "Port1") is None
    clock[0] = NOW
    assert store.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.close()


def test_a_kill_at_any_moment_loses_nothing_that_was_kept(path):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from agent.store.store import Store
        store = Store(Path(sys.argv[1]))
        for n in range(200):
            store.placed(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
        assert store.flush(5)
        print("kept", flush=True)
        for n in range(200, 100_000):
            store.placed(f"89461200000050{n:05d}", "240120000000016", f"Port{n}")
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
    assert len(store.sims) >= 200
    assert store.problem == ""
    store.close()


def test_a_damaged_file_is_kept_aside_and_said(path):
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8000))
    store = Store(path, wall=lambda: NOW)
    assert "damaged" in store.problem
    aside = [one for one in path.parent.iterdir() if "aside" in one.name]
    assert len(aside) == 1
    assert aside[0].stat().st_size == 8016
    store.learn(CARD, IMSI, "+46701740000", "cnum")
    store.close()
    with closing(Store(path)) as store:
        assert store.learned


def test_a_foreign_database_is_kept_aside_and_said(path):
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE treasure (map TEXT)")
    foreign.execute("INSERT INTO treasure VALUES ('x')")
    foreign.commit()
    foreign.close()
    store = Store(path, wall=lambda: NOW)
    assert "another program" in store.problem
    store.close()
    (aside,) = [one for one in path.parent.iterdir() if "aside" in one.name]
    with closing(sqlite3.connect(aside)) as theirs:
        assert theirs.execute("SELECT map FROM treasure").fetchone() == ("x",)


def test_a_file_of_a_newer_version_is_kept_aside_and_said(path):
    Store(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.commit()
    newer.close()
    store = Store(path)
    assert "newer version" in store.problem
    store.close()


def test_two_files_put_aside_in_one_second_do_not_meet(path):
    for _ in range(2):
        path.write_bytes(b"no database at all, only words" * 50)
        open_database(path, stamp="now")[0].close()
        path.unlink()
    assert len([one for one in path.parent.iterdir() if "aside" in one.name]) == 2


def test_a_second_agent_is_turned_away(path):
    store = Store(path)
    with pytest.raises(StoreInUse):
        Store(path)
    store.close()
    Store(path).close()


def test_without_a_place_to_write_the_agent_goes_on_and_says_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    store = Store(tmp_path / "file" / "simbank.db", wall=lambda: NOW)
    assert "nothing will survive" in store.problem
    assert store.placed(CARD, "240120000000016", "Port1") == int(NOW)
    assert store.placed(CARD, "240120000000016", "Port1") == int(NOW)
    store.close()


def test_a_full_disk_is_said_and_what_waited_is_kept_when_there_is_room(path):
    store = Store(path, wall=lambda: NOW)
    assert store.flush(5)
    database = store._writer._database
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    for n in range(500):
        store.learn(f"89461200000060{n:05d}", IMSI, "x" * 100, "cnum")
    store.learn(CARD, IMSI, "+46701740000", "cnum")
    assert not store.flush(0.5)
    assert "full" in store.problem
    database.execute("PRAGMA max_page_count = 100000")
    store.learn(CARD, IMSI, "+46701740001", "cnum")
    assert store.flush(5)
    assert store.problem == ""
    store.close()
    with closing(Store(path)) as store:
        assert store.learned[CARD] == Learned("+46701740001", "cnum", IMSI)


def test_a_store_of_the_third_version_keeps_its_minutes_and_drops_what_nothing_reads(path):
    minute = (int(NOW) - 60, 3, 2, 4, 1, 0, 5)
    with closing(sqlite3.connect(path)) as old:
        old.executescript(f"BEGIN; {' '.join(_MIGRATIONS[:3])} PRAGMA user_version = 3; COMMIT;")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("INSERT INTO minute VALUES (?, ?, ?, ?, ?, ?, ?)", minute)
        old.execute("INSERT INTO report VALUES (?, 'trouble', NULL, 'no connection', 3, 0.1)", (NOW,))
        old.execute("INSERT INTO verdict VALUES (?, 'Port1', 'live', '', '+46701740000')", (NOW,))
        old.commit()
    with closing(Store(path, wall=lambda: NOW)) as store:
        assert store.problem == ""
        assert store.minutes == [
            Minute(at=minute[0], live=3, lowest=2, cap=4, accepted=1, refused=0, failed=5)
        ]
    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert not tables & {"report", "verdict"}


def test_a_store_of_the_first_version_is_brought_to_this_one(path):
    with closing(sqlite3.connect(path)) as old:
        old.executescript(f"BEGIN; {_MIGRATIONS[0]} PRAGMA user_version = 1; COMMIT;")
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("INSERT INTO place VALUES ('usb-1-1.4:1.0', 7, '353270040000018')")
        old.execute("INSERT INTO sim VALUES (?, ?, 'Port1', 5, 6)", (CARD, IMSI))
        old.execute("INSERT INTO learned VALUES (?, '+46701740000', 'cnum', 6)", (CARD,))
        old.execute("INSERT INTO learned VALUES ('8946120000005000024', '+46701740001', 'ussd', 6)")
        old.commit()
    with closing(Store(path)) as store:
        assert store.problem == ""
        assert store.learned == {
            CARD: Learned("+46701740000", "cnum", IMSI),
            "8946120000005000024": Learned("+46701740001", "ussd", None),
        }
        assert store.places == {"usb-1-1.4:1.0": 7}
        assert store.names == {}
        store.name_places({"usb-1-1.4:1.0": "353270040000018"})
    with closing(Store(path)) as store:
        assert store.names == {"usb-1-1.4:1.0": "353270040000018"}


def test_what_was_learned_holds_for_the_subscription_it_was_learned_of():
    assert Learned("+46701740000", "cnum", IMSI).holds_for(IMSI)
    assert Learned("+46701740000", "cnum", IMSI).holds_for(None)
    assert Learned("+46701740000", "cnum", None).holds_for(IMSI)
    assert not Learned("+46701740000", "cnum", IMSI).holds_for("240070000000099")


def test_minutes_are_kept_for_thirty_days(path):
    database, _ = open_database(path, stamp="now")
    for day in range(40):
        database.execute("INSERT INTO minute VALUES (?, 1, 1, 1, 1, 0, 0)", (NOW - day * 86400,))
    prune(database, NOW)
    assert database.execute("SELECT count(*) FROM minute").fetchone()[0] == KEEP_DAYS + 1
    assert database.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    database.close()


def test_the_store_is_for_its_owner_alone(path):
    path.touch(mode=0o644)
    store = Store(path)
    store.learn(CARD, IMSI, "+46701740000", "cnum")
    assert store.flush(5)
    for name in ("simbank.db", "simbank.db-wal", "simbank.db.lock"):
        assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o600, name
    store.close()


async def test_a_report_does_not_wait_for_a_disk_that_hangs(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(store_module, "FLUSH_WITHIN", -0.4)
    monkeypatch.setattr(RowWriter, "flush", lambda *_: released.wait(30))
    with closing(Store(None)) as store:
        try:
            await store.flush_off_loop()
            assert not released.is_set()
        finally:
            released.set()


async def test_commands_find_where_the_agent_of_a_store_listens(path):
    assert announced(path) == ""
    store = Store(path)
    await store.announce("http://127.0.0.1:8340/")
    assert announced(path) == "http://127.0.0.1:8340/"
    await store.announce("http://[::1]:1/")
    assert announced(path) == "http://[::1]:1/"
    store.close()
