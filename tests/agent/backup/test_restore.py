"""A backup on another host: everything is where this host's agent looks, and nothing of what was live is believed."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from missing import only_root
from typer.testing import CliRunner

from agent.backup import archive, restore
from agent.backup.archive import CONFIG, KEY, SIMS, STORE, BadBackup
from agent.backup.contents import gather
from agent.backup.restore import carry_out, plan
from agent.cli.app import app
from agent.cli.errors import code_and_message
from agent.config import load
from agent.store.copying import StoreCopy, copy_of
from agent.store.history import Minute
from agent.store.lock import StoreLock
from agent.store.past import OF_MODULE, OF_SIM, Happened
from agent.store.records import FileRow
from agent.store.store import Store

NOW = 1_796_000_000
CARD, IMSI, NUMBER = "8946120000005000016", "240120000000016", "+46701740000"
YAML = """version: 1
onlinesim: {server: "https://a.example/", api_key_file: secrets/key}  # ours
ports: [{path: usb}]
status: {listen: "127.0.0.1:0", token: T-secret}
store: data/simbank.db
sims_file: sims.csv
"""


def config(folder):
    return load((folder / "config.yaml").read_text(), file="config.yaml", environment={}, folder=folder)


@pytest.fixture
def old(tmp_path):
    """The folder of an agent that has run for a while, and still runs."""
    folder = tmp_path / "old"
    for name in ("data", "secrets"):
        (folder / name).mkdir(parents=True)
    (folder / "config.yaml").write_text(YAML)
    (folder / "sims.csv").write_text(f"iccid,number\n{CARD},{NUMBER}\n")
    (folder / "secrets/key").write_text("K-secret\n")
    with closing(Store(folder / "data/simbank.db", wall=lambda: NOW)) as store:
        store.cards.placed(CARD, IMSI, "left")
        store.cards.learn(CARD, IMSI, NUMBER, "cnum")
        store.places.rename({}, {"usb-1-1:1.0": "left"})
        store.keep_file(folder / "sims.csv", [FileRow(2, CARD, NUMBER, None)])
        store.note_minute(Minute(at=NOW - NOW % 60, live=1, lowest=1, highest=1, cap=4))
        store.note_standing("account")
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE | OF_SIM, "left", CARD, NUMBER, "live")])
        store.note_live({"left": CARD})
        assert store.flush(5)
        yield folder


def backup_of(folder, *, with_key=True):
    return gather(config(folder), folder / "config.yaml", with_key=with_key, wall=lambda: NOW)


def restored(backup, target, *, keep_config=False):
    planned = plan(backup, target, keep_config=keep_config, environment={})
    return carry_out(backup, planned, wall=lambda: NOW), planned


def test_everything_is_where_the_new_config_looks_and_nobody_skips_settling(old, tmp_path):
    target = tmp_path / "new/etc/config.yaml"
    target.parent.mkdir(parents=True)
    lines, planned = restored(backup_of(old).backup, target)
    assert lines == tuple(
        f"{path}: restored" for path in (planned.store, *(file.path for file in planned.files))
    )
    found = config(target.parent)
    assert target.read_text() == YAML
    assert found.sims_file.read_text() == (old / "sims.csv").read_text()
    assert found.onlinesim.api_key_file.read_text() == "K-secret\n"
    assert found.onlinesim.api_key_file.stat().st_mode & 0o777 == 0o600
    with closing(Store(found.store_file, wall=lambda: NOW)) as store:
        assert store.problem == ""
        assert (store.live, store.alive_at, store.standing) == ({}, 0.0, "")
        assert store.cards.sims[CARD].date_start == NOW
        assert store.cards.learned[CARD].number == NUMBER
        assert store.places.given == {"usb-1-1:1.0": "left"}
        assert store.file_rows(found.sims_file) == (FileRow(2, CARD, NUMBER, None),)
        assert len(store.minutes) == 1
    with closing(sqlite3.connect(found.store_file)) as database:
        changes = database.execute("SELECT module, iccid, number, reason FROM change").fetchall()
    assert changes == [("left", CARD, NUMBER, "live")]


def test_without_the_key_no_secret_is_in_it(old):
    found = backup_of(old, with_key=False)
    assert KEY not in found.backup.files
    for content in found.backup.files.values():
        assert b"T-secret" not in content
        assert b"K-secret" not in content
    assert found.notes == ("left out of config.yaml as secret: status.token (--with-key keeps them)",)


def test_what_is_replaced_is_kept_aside(old, tmp_path):
    target = tmp_path / "new/config.yaml"
    target.parent.mkdir()
    backup = backup_of(old).backup
    restored(backup, target)
    target.write_text("version: 1\nstore: data/simbank.db\n")
    target.chmod(0o644)
    lines, _ = restored(replace(backup, files={**backup.files, SIMS: b"iccid,number\n"}), target)
    asides = [line.partition("; the one before is ")[2] for line in lines]
    assert [bool(aside) for aside in asides] == [True, True, True, False]
    assert (target.parent / asides[2]).read_text().startswith("version: 1\nstore")
    assert (target.parent / "data" / asides[0]).exists()
    assert target.read_text() == YAML
    assert target.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("store: data/simbank.db", "store: {away}/simbank.db"),
        ("store: data/simbank.db", "store: ../../../etc/simbank.db"),
        ("sims_file: sims.csv", "sims_file: {away}/sims.csv"),
        ("sims_file: sims.csv", "sims_file: ../sims.csv"),
        ("api_key_file: secrets/key", "api_key_file: {away}/key"),
    ],
)
def test_a_path_of_the_old_host_becomes_one_of_this_host(old, tmp_path, key, written):
    target = tmp_path / "new/config.yaml"
    target.parent.mkdir()
    away = tmp_path / "away"
    away.mkdir()
    backup = backup_of(old).backup
    text = YAML.replace(key, written.replace("{away}", str(away)))
    lines, planned = restored(replace(backup, files={**backup.files, CONFIG: text.encode()}), target)
    assert "the agent of this host cannot use" in lines[-1]
    assert list(away.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"old", "new", "away"}
    for path in (planned.store, *(file.path for file in planned.files)):
        assert path.resolve().is_relative_to(target.parent)
    assert config(target.parent).store_file == planned.store


def test_a_path_that_this_host_has_already_is_kept(old, tmp_path):
    target = tmp_path / "new/config.yaml"
    elsewhere = tmp_path / "elsewhere"
    for folder in (target.parent, elsewhere):
        folder.mkdir()
    text = YAML.replace("data/simbank.db", f"{elsewhere}/simbank.db")
    target.write_text(text)
    backup = backup_of(old).backup
    _, planned = restored(replace(backup, files={**backup.files, CONFIG: text.encode()}), target)
    assert planned.store == elsewhere / "simbank.db"


def test_with_keep_config_this_hosts_file_says_where_everything_goes(old, tmp_path):
    target = tmp_path / "new/config.yaml"
    target.parent.mkdir()
    target.write_text(f"store: {tmp_path}/elsewhere/s.db\n")
    lines, planned = restored(backup_of(old).backup, target, keep_config=True)
    assert target.read_text().startswith("store: ")
    assert (tmp_path / "elsewhere/s.db").exists()
    assert [file.path for file in planned.files] == [target.parent / "api_key"]
    assert lines[-2:] == (
        "sims_file was not restored: this config.yaml has none",
        "write `api_key_file: api_key` under onlinesim, where the key is now",
    )


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "files", [{STORE: b"no store" * 999}, {CONFIG: b"a: [b\n"}, {CONFIG: b"store: ${NOT_SET}\n"}], ids=str
)
def test_what_cannot_be_restored_changes_nothing(old, tmp_path, files):
    target = tmp_path / "new/config.yaml"
    target.parent.mkdir()
    target.write_text("version: 1\n")
    before = tree(target.parent)
    backup = backup_of(old).backup
    with pytest.raises(BadBackup):
        restored(replace(backup, files={**backup.files, **files}), target)
    assert tree(target.parent) == before


@pytest.mark.parametrize("fails", ["write_anew", "_write"])
def test_a_disk_that_refuses_changes_nothing(old, tmp_path, monkeypatch, fails):
    target = tmp_path / "new/config.yaml"
    (target.parent / "data").mkdir(parents=True)
    target.write_text("version: 1\nstore: data/simbank.db\n")
    Store(target.parent / "data/simbank.db").close()
    before = tree(target.parent)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    from agent.store import copying

    monkeypatch.setattr(*((copying, fails) if fails == "write_anew" else (restore, fails)), full)
    with pytest.raises(OSError, match="No space"):
        restored(backup_of(old).backup, target)
    assert tree(target.parent) == before


def test_nothing_is_restored_under_a_running_agent(old, tmp_path):
    archive.write(tmp_path / "b", backup_of(old).backup)
    before = tree(old)
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "b"), "--config", str(old / "config.yaml")])
    assert code_and_message(done.exception)[0] == 75
    assert tree(old) == before


def test_the_commands_say_what_they_did(old, tmp_path):
    runner, file = CliRunner(), tmp_path / "b.tar.gz"
    made = runner.invoke(app, ["backup", str(file), "--config", str(old / "config.yaml")])
    assert (made.exit_code, made.stdout) == (
        0,
        f"{file}: simbank.db, config.yaml, sims_file, without the key\n",
    )
    again = runner.invoke(app, ["backup", str(file), "--config", str(old / "config.yaml")])
    assert (again.exit_code, "nothing was overwritten" in again.stderr) == (1, True)
    (tmp_path / "new").mkdir()
    put = runner.invoke(app, ["restore", str(file), "--config", str(tmp_path / "new/config.yaml")])
    assert put.exit_code == 0
    assert "First stop the agent on the old host" in put.stderr
    file.write_bytes(file.read_bytes()[:-999])
    bad = runner.invoke(app, ["restore", str(file), "--config", str(tmp_path / "new/config.yaml")])
    assert (bad.exit_code, "nothing was changed" in bad.stderr) == (1, True)


def test_a_copy_is_of_one_moment_while_the_agent_writes(tmp_path):
    """Both cards of a pair are placed in one transaction: no copy may have one of them alone."""
    path = tmp_path / "simbank.db"
    stop = threading.Event()
    with closing(Store(path, wall=lambda: NOW)) as store:
        assert store.flush(5)

        def write():
            with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
                n = 0
                while not stop.is_set():
                    n += 1
                    with suppress(sqlite3.OperationalError):
                        other.execute("BEGIN IMMEDIATE")
                        for twin in ("a", "b"):
                            other.execute("INSERT INTO fact VALUES (?, ?, NULL)", (f"{twin}{n}", "x"))
                        other.execute("COMMIT")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(10):
                with closing(sqlite3.connect(":memory:")) as copy:
                    content = copy_of(path)
                    copy.deserialize(content[:18] + b"\x01\x01" + content[20:])
                    names = {name for (name,) in copy.execute("SELECT name FROM fact WHERE sum IS NULL")}
                assert {name[1:] for name in names if name[0] == "a"} == {
                    name[1:] for name in names if name[0] == "b"
                }
        finally:
            stop.set()
            writer.join()
    with closing(StoreCopy(copy_of(path))) as last:
        assert last.found.dropped  # those rows have no checksum


def test_a_locked_store_is_left_alone(old, tmp_path):
    target = tmp_path / "new/config.yaml"
    (target.parent / "data").mkdir(parents=True)
    lock = StoreLock(target.parent / "data/simbank.db")
    with pytest.raises(Exception, match="in use"):
        restored(backup_of(old).backup, target)
    lock.release()
    assert not target.exists()


@only_root("give a file away")
def test_what_root_restores_belongs_to_who_has_the_folder(old, tmp_path):
    target = tmp_path / "new/config.yaml"
    (target.parent / "data").mkdir(parents=True)
    for folder in (target.parent, target.parent / "data"):
        os.chown(folder, 65534, 65534)
    restored(backup_of(old).backup, target)
    for path in (target, target.parent / "sims.csv", target.parent / "data/simbank.db"):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (65534, 0o600)
