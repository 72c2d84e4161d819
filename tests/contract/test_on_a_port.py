"""The contract on a port that is named with --module, as for real modules."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from subjects import Need

from drivers.simulator import SimulatedModule

pytestmark = pytest.mark.slow  # it runs pytest in another process

ROOT = Path(__file__).parents[2]


async def test_only_what_cannot_be_done_to_a_real_module_is_skipped():
    async with SimulatedModule("EC25") as module:
        path = module.path
        run = await _run_contract(path)

    report = run.stdout.decode()
    assert run.returncode == 0, report
    passed, skipped = (int(re.search(rf"(\d+) {word}", report)[1]) for word in ("passed", "skipped"))
    named = sum(
        int(count)
        for count, need in re.findall(r"SKIPPED \[(\d+)\] \S+ (\w+): ", report)
        if need in Need.__members__
    )
    assert (passed, skipped) == (4, named)


async def _run_contract(path):
    contract = "tests/contract/test_contract.py"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", contract, f"--module={path}"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, output)
