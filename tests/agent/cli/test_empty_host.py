"""A host without a bank: commands that look say how to go on, and leave the disk as it was, with any store."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from agent.cli.app import app

CONFIG = "version: 1\nports: [{path: '/dev/there-is-none*'}]\nstatus: {listen: '127.0.0.1:0'}\n"


@pytest.mark.parametrize("store", [None, b"a letter to my aunt" * 99])
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("scan", "no serial port found: plug in the modems, or name a serial server"),
        ("check", "none of the configured ports is present"),
        ("payload", '"numbers"'),
        ("sims", "sim"),
        ("modules", "no module has a name yet"),
    ],
)
def test_a_command_that_looks_writes_nothing(tmp_path, store, command, said):
    (tmp_path / "config.yaml").write_text(CONFIG)
    if store is not None:
        (tmp_path / "simbank.db").write_bytes(store)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    done = CliRunner().invoke(app, [command, "--config", str(tmp_path / "config.yaml")])
    assert said in " ".join(done.output.split()).lower() + done.output
    assert (done.exit_code == 1) == (
        command in {"scan", "check"} or (command == "sims" and store is not None)
    )
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
