"""The examples of the documents run: YAML is read as config.yaml, commands are carried out on a simulated bank."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from forked_agent import simbank
from real_processes import free_port

from agent.config import load
from agent.config.locate import SYSTEM_USER
from agent.store.store import Store
from drivers.vendors import VENDORS
from tests.docs.pages import ALL, ROOT, Page

YAML = [
    pytest.param(code.text, id=f"{path.name}:{code.line}")
    for path in ALL
    for code in Page(path).codes
    if code.language == "yaml"
]
TYPED = [
    pytest.param(line, id=f"{path.name}:{code.line}: {line}")
    for path in ALL
    for code in Page(path).codes
    if code.language == "console"
    for line in code.text.splitlines()
    if line.startswith("simbank-agent ")
]
FOLLOWS = ("simulate",)
"""Commands that go on until their input ends."""
SMALL = """\
bank: {{modules: 2, settle: 0s, poll: 500ms, answer_timeout: 1s, lease: 5s}}
ports: [{{path: simulated}}]
status: {{listen: "127.0.0.1:{port}"}}
sims_file: sims.csv
"""
SAYS_WHAT_IT_DID = ("sims --write",)
"""Commands that tell people on stderr what they have changed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where an operator with a small simulated bank types; every SIM has been seen once."""
    place = tmp_path_factory.mktemp("operator")
    (place / "config.yaml").write_text(SMALL.format(port=free_port()), encoding="utf-8")
    (place / "sims.csv").touch()
    scanned = json.loads(typed(place, "simbank-agent scan --json").stdout)
    with contextlib.closing(Store(place / "simbank-simulated.db")) as store:
        for module in scanned["modules"]:  # as `run` does
            store.cards.saw(module["iccid"], module["imsi"], module["name"])
            store.cards.learn(module["iccid"], module["imsi"], module["number"], module["source"])
    return place


def typed(folder, line: str, *, keyboard: str = "") -> subprocess.CompletedProcess[str]:
    """Carry out a line of a console block, its redirection too."""
    command, _, file = line.partition(" > ")
    arguments = shlex.split(command)[1:]
    done = simbank(folder, *arguments, NO_COLOR="1") if not keyboard else subprocess.run(
        [sys.executable, "-m", "agent", *arguments],
        cwd=folder, input=keyboard, capture_output=True, text=True, timeout=200, check=False,
        env=os.environ | {"NO_COLOR": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if file:
        (folder / file.strip()).write_text(done.stdout, encoding="utf-8")
    return done


@pytest.mark.parametrize("text", YAML)
def test_an_example_of_config_yaml_is_right(text, tmp_path):
    environment = {"ONLINESIM_API_KEY": "an-example", "FLEET_PASSWORD": "an-example"}
    environment["HEARTBEAT_URL"] = "https://hc-ping.com/an-example"

    config = load(
        text, file="config.yaml", environment=environment, folder=tmp_path, drivers=lambda: {*VENDORS}
    )

    assert config.version == 1
    assert "version: 1" in text


def test_there_are_examples_to_run():
    assert len(YAML) > 8
    assert len(TYPED) > 2


@pytest.mark.parametrize("line", [one for one in TYPED if not one.values[0].split()[1].startswith(FOLLOWS)])
def test_a_command_of_the_documents_ends_well(line, folder):
    done = typed(folder, line)

    assert done.returncode == 0, done.stderr
    told = done.stderr.replace("\r", "").strip()
    assert bool(told) == line.endswith(SAYS_WHAT_IT_DID), told


def test_the_file_of_sims_can_be_used_as_the_readme_says(folder):
    (folder / "sims.csv").unlink()
    typed(folder, "simbank-agent sims --write")
    header, *rows = (line.split(",") for line in (folder / "sims.csv").read_text().splitlines())
    assert {row[header.index("number")] for row in rows} == {""}
    for row in rows:
        row[header.index("number")] = row[header.index("told")]
    (folder / "sims.csv").write_text("\n".join(map(",".join, (header, *rows))))

    again = json.loads(typed(folder, "simbank-agent scan --json").stdout)

    assert [module["source"] for module in again["modules"]] == ["file", "file"]


@pytest.mark.parametrize("name", ["scan --json", "payload", "check --json"])
def test_what_is_for_programs_is_json(name, folder):
    assert json.loads(typed(folder, f"simbank-agent {name}").stdout)


def test_simulate_takes_what_the_readme_shows(folder):
    arguments = "--modules 2 --slots 4 --mix SIM800,EC25 --links links --json"

    done = typed(folder, f"simbank-agent simulate {arguments}", keyboard="pull 1\nquit\n")

    assert (done.returncode, len(json.loads(done.stdout.splitlines()[0])["ports"])) == (0, 2)
    options = re.search(r"`simulate (--modules N.*?)`", Page(ROOT / "README.md").text)[1]
    assert re.findall(r"--\w+", arguments)[:4] == re.findall(r"--\w+", options)


def test_exit_codes_are_as_told(folder, tmp_path):
    (tmp_path / "config.yaml").write_text("bank: {modules: none}\n", encoding="utf-8")

    assert typed(folder, "simbank-agent status").returncode == 1
    assert typed(folder, "simbank-agent nonsense").returncode == 2
    assert typed(tmp_path, "simbank-agent scan").returncode == 78


@pytest.mark.parametrize("arguments", [(), ("--config", "config.yaml")], ids=["found", "named"])
def test_a_configuration_that_may_not_be_read_is_a_missing_right(arguments):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders let nobody else in
        Path(folder).chmod(0o755)
        file = Path(folder) / "config.yaml"
        file.write_text("version: 1\n", encoding="utf-8")
        file.chmod(0)
        done = subprocess.run(
            [sys.executable, ROOT / "tests/as_nobody.py", "scan", *arguments],
            cwd=folder, capture_output=True, text=True, timeout=200, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    assert (done.returncode, "config.yaml: permission denied" in done.stderr) == (77, True), done.stderr


def test_the_service_is_the_one_that_the_documents_name():
    assert SYSTEM_USER in Page(ROOT / "README.md").section("Installation")
