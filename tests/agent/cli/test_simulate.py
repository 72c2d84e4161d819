"""`simulate` as somebody starts it who has no keyboard, a file of commands, or a wrong word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.simulate import unknown_in_mix
from drivers.simulator.personality import names

ROOT = Path(__file__).parents[3]
SMALL = ("simulate", "--modules", "2", "--mix", "SIM800", "--json")
CLOSED = "import os, sys; os.close(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


def start(tmp_path, *program, stdin):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *program], cwd=tmp_path, env=environment,
        stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def simulate(tmp_path, *arguments, stdin=subprocess.DEVNULL):
    return start(tmp_path, "-m", "agent", *arguments, stdin=stdin)


def ended(bank):
    output, errors = bank.communicate(timeout=200)
    return bank.returncode, output, errors


def interrupted(bank):
    bank.send_signal(signal.SIGINT)
    return ended(bank)


def test_without_a_keyboard_it_stays_until_ctrl_c_and_says_nothing_more(tmp_path):
    bank = simulate(tmp_path, *SMALL)
    assert len(json.loads(bank.stdout.readline())["ports"]) == 2
    assert interrupted(bank) == (0, "", "")


def test_with_a_closed_stdin_it_stays_too(tmp_path):
    bank = start(tmp_path, "-c", CLOSED, "-m", "agent", *SMALL, stdin=subprocess.DEVNULL)
    assert len(json.loads(bank.stdout.readline())["ports"]) == 2
    assert interrupted(bank) == (0, "", "")


def test_a_file_of_commands_is_obeyed_and_the_bank_stays(tmp_path):
    (tmp_path / "commands").write_text("pull 1\n\nnonsense")  # no end of line at its end
    with (tmp_path / "commands").open() as commands:
        bank = simulate(tmp_path, *SMALL, stdin=commands)
    bank.stdout.readline()
    answers = [json.loads("".join(iter(lambda: bank.stdout.readline() or "}\n", "}\n")) + "}") for _ in "12"]
    assert [answer["event"] for answer in answers] == ["done", "error"]
    assert interrupted(bank) == (0, "", "")


def test_quit_in_a_file_of_commands_ends_it(tmp_path):
    (tmp_path / "commands").write_text("quit\n")
    with (tmp_path / "commands").open() as commands:
        bank = simulate(tmp_path, *SMALL, stdin=commands)
    code, _, errors = ended(bank)
    assert (code, errors) == (0, "")


def test_the_end_of_what_is_typed_ends_it(tmp_path):
    bank = simulate(tmp_path, *SMALL, stdin=subprocess.PIPE)
    bank.stdout.readline()
    assert ended(bank) == (0, "", "")


def test_a_terminal_is_left_as_it_was(tmp_path):
    keyboard, terminal = os.openpty()
    try:
        bank = simulate(tmp_path, *SMALL, stdin=terminal)
        bank.stdout.readline()
        assert os.get_blocking(terminal)
        assert interrupted(bank) == (0, "", "")
    finally:
        os.close(keyboard)
        os.close(terminal)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mix", "NOPE"], '--mix: there is no "NOPE". There are A6, '),
        (["--mix", "EC25,sim800"], '--mix: there is no "sim800"; did you mean "SIM800"? There are '),
        (["--mix", ""], "--mix: a name is missing. There are "),
        (["--modules", "8", "--slots", "2"], "--slots: 8 modules need at least 8 slots"),
    ],
)
def test_a_wrong_word_is_a_wrong_usage_that_says_what_there_is(tmp_path, arguments, words):
    code, output, errors = ended(simulate(tmp_path, "simulate", *arguments))
    assert (code, output) == (2, "")
    assert errors.startswith(words)
    assert len(errors.splitlines()) == 1


def test_more_slots_than_memory_holds_are_refused(tmp_path):
    code, _, errors = ended(simulate(tmp_path, "simulate", "--slots", "99999999"))
    assert code == 2
    assert "--slots" in errors


def test_more_modules_than_slots_by_default_have_a_slot_each(tmp_path):
    bank = simulate(tmp_path, "simulate", "--modules", "513", "--mix", "SIM800", "--json")
    assert len(json.loads(bank.stdout.readline())["ports"]) == 513
    assert interrupted(bank) == (0, "", "")


def test_links_that_cannot_be_made_are_one_line(tmp_path):
    (tmp_path / "file").touch()
    code, output, errors = ended(simulate(tmp_path, *SMALL, "--links", "file"))
    assert (code, output) == (1, "")
    assert errors == "the simulated bank did not start: file: File exists\n"


def test_every_personality_there_is_may_be_mixed():
    assert unknown_in_mix("all") == ""
    assert unknown_in_mix(", ".join(names())) == ""
