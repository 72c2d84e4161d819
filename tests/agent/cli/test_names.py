"""`modules`, `rename`, `move` and `forget` without an agent: on the store, which nobody else may have meanwhile."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.store.lock import StoreLock
from agent.store.store import Store

KEYS = {"/dev/pts/none1": 1, "/dev/pts/none2": 2}


@pytest.fixture
def command(tmp_path):
    """Run a command with a configuration of two ports that are not there, and a store that knows both."""
    (tmp_path / "config.yaml").write_text(
        "version: 1\nports: [{path: /dev/pts/none1}, {path: /dev/pts/none2}]\nstatus: {listen: '127.0.0.1:0'}\n"
        "labels: {Port2: shelf}\n"
    )
    with closing(Store(tmp_path / "simbank.db")) as store:
        store.places.number(KEYS)
        store.places.note_imei("/dev/pts/none1", "490154203237518")

    def run(*words):
        return CliRunner().invoke(app, [*words, "--config", str(tmp_path / "config.yaml")])

    return run


def test_names_are_listed_and_changed_in_the_store(command):
    assert command("rename", "Port1", "left").stdout == "Port1 is now called left\n"
    assert json.loads(command("modules", "--json").stdout)["modules"] == [
        {"name": "Port2", "place": "/dev/pts/none2", "ports": [], "imei": None, "label": "shelf"},
        {"name": "left", "place": "/dev/pts/none1", "ports": [], "imei": "490154203237518", "label": ""},
    ]
    assert "left        no module 490154203237518 /dev/pts/none1" in command("modules").stdout
    assert command("forget", "left").stdout == "left is forgotten\n"
    assert "left" not in command("modules").stdout


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("rename", "Port1", "Port2"), "Port2 is taken by /dev/pts/none2, where no module is now", 1),
        (("rename", "Port3", "x"), 'did you mean "Port2"', 1),
        (("move", "Port1", "/dev/pts/none2"), "no module is at /dev/pts/none2 now", 1),
        (("move", "--all"), "no name can be moved", 1),
        (("move", "Port1"), "give a name and a place", 2),
        (("move", "Port1", "x", "--all"), "--all takes no name", 2),
        (("forget", "8946120000005000016"), "no SIM 8946120000005000016 is known", 1),
    ],
)
def test_what_cannot_be_done_changes_nothing(command, words, said, code, tmp_path):
    done = command(*words)
    assert (said in done.stderr, done.exit_code) == (True, code)
    with closing(Store(tmp_path / "simbank.db", read_only=True)) as store:
        assert (store.places.numbers, store.places.given) == (KEYS, {})


def test_an_agent_that_cannot_be_told_is_not_bypassed(command, tmp_path):
    lock = StoreLock(tmp_path / "simbank.db")
    done = command("rename", "Port1", "left")
    lock.release()
    assert done.exit_code == 75
    assert "stop it, then repeat this" in done.stderr


def test_looking_makes_no_store(command, tmp_path):
    for file in tmp_path.glob("simbank.db*"):
        file.unlink()
    assert command("modules").exit_code == 0
    assert command("rename", "Port1", "left").exit_code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]
