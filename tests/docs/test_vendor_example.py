"""docs/add-a-vendor.md works: its steps are carried out on a copy of the project, and its tests run there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, ROOT, Page

PAGE = Page(DOCS / "add-a-vendor.md")
FILES = {code.label: code.text for code in PAGE.codes if code.label and code.language != "diff"}
CHANGES = [(code.label, code.text) for code in PAGE.codes if code.language == "diff"]


def changed(text: str, change: str) -> str:
    """The text after a change; what the change shows as there must be there once."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"not there once:\n{before}"
    return text.replace(before, after)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the example in it."""
    copy = tmp_path_factory.mktemp("copy")
    leave = shutil.ignore_patterns("__pycache__", "simbank.db*")
    for name in ("agent", "drivers", "tests", "udev", "stubs"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=leave)
    for name in ("pyproject.toml", "config.yaml"):
        shutil.copy(ROOT / name, copy / name)
    for path, text in FILES.items():
        assert not (copy / path).exists(), f"{path} is there already"
        (copy / path).write_text(text, encoding="utf-8")
    for path, change in CHANGES:
        file = copy / path
        file.write_text(changed(file.read_text(encoding="utf-8"), change), encoding="utf-8")
    return copy


def carried_out(project, *command: str, **keys) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project, capture_output=True, text=True, timeout=200, check=False, **keys,
    )  # fmt: skip


def test_the_example_has_all_its_parts():
    assert {path.rpartition(".")[2] for path in FILES} == {"py", "txt", "toml"}
    assert len(CHANGES) == 3


def test_the_tests_of_the_example_pass(project):
    line = next(code.text for code in PAGE.codes if code.text.startswith("python -m pytest"))

    done = carried_out(
        project, *line.split()[2:], "-q", "-k", "acme or recogni or dialect", "-p", "no:cacheprovider"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_the_transcript_is_played_in_each_of_its_cases(project):
    done = carried_out(
        project, "pytest", "tests/drivers/at/test_transcripts.py", "--collect-only", "-q", "-k", "acme"
    )

    assert {"acme-a20--at once", "acme-a20-no-card-at once"} <= {
        line.partition("[")[2].rstrip("]") for line in done.stdout.splitlines()
    }


def test_the_personality_is_right_and_the_driver_recognises_it(project):
    config = project / "config.yaml"
    config.write_text(
        "bank: {modules: 1, settle: 0s, poll: 500ms, answer_timeout: 1s, lease: 5s}\n"
        "ports: [{path: links/Port1, name: Port1}]\n"
        'status: {listen: "127.0.0.1:0"}\n',
        encoding="utf-8",
    )
    simulator = subprocess.Popen(
        [sys.executable, "-m", "agent", "simulate", "--modules", "1", "--slots", "1", "--mix", "A20",
         "--links", "links", "--json"],
        cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with simulator:
        simulator.stdout.readline()
        seen = carried_out(project, "agent", "scan", "--json")
        simulator.stdin.close()

    (module,) = json.loads(seen.stdout)["modules"]
    assert (module["model"], module["driver"]) == ("ACME A20", "acme")


def test_the_example_is_written_as_our_code_is(project):
    paths = [path for path in FILES if path.endswith(".py")]

    lint = carried_out(project, "ruff", "check", *paths)
    form = carried_out(project, "ruff", "format", "--check", *paths)

    assert (lint.returncode, form.returncode) == (0, 0), lint.stdout + form.stdout
