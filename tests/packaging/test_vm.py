"""The virtual host as far as it can be tried without one: what is said where none can be had, and the table."""

import json
import os
import subprocess
import sys
from pathlib import Path

from results import FAILED, NOT_RUN, OK, Result, table

TRIAL = Path(__file__).parents[1] / "vm/trial.py"


def test_where_there_is_no_qemu_the_run_says_so_and_is_no_failure(tmp_path):
    environment = os.environ | {"PATH": str(tmp_path), "PYTHONPATH": str(TRIAL.parents[2])}
    words = [sys.executable, str(TRIAL), "agent.deb", "--folder", str(tmp_path), "--seed", "7"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("skipped: no virtual machine here (missing: qemu-system-x86_64, ")
    told = json.loads((tmp_path / "results.json").read_text())
    assert told["seed"] == 7
    assert "qemu-system-x86_64" in told["skipped"]


def test_the_table_has_every_proof_with_its_time_and_says_what_was_not_run():
    results = [
        Result("start", OK, 100.4, 80.0, "booted"),
        Result("reload", FAILED, 9.0),
        Result("package", NOT_RUN),
    ]
    head, *rows, total = table(results).splitlines()
    assert head.split() == ["proof", "result", "s", "CPU", "s"]
    assert [row.split()[0] for row in rows] == ["start", "reload", "package"]
    assert rows[0].split()[1:] == ["ok", "100", "80"]
    assert "not run" in rows[2]
    assert total.split() == ["3", "proofs", "1", "bad", "109", "80"]
