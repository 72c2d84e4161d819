"""The agent of a host in a fleet, and of one that is alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agent.app.settings import reports_of
from agent.config import load

FLEET = """
version: 1
onlinesim: {heartbeat: 4m}
ports: [{path: simulated}]
fleet: {redis: "redis://127.0.0.1:6379", host: bank-1, lease: %s}
"""
ALONE = """
import sys, agent.app.wiring, agent.__main__, agent.cli.app, agent.check.runner, agent.status.server
assert not {"redis", "agent.fleet.engine"} & set(sys.modules), "a host alone imports redis-py"
"""


@pytest.mark.slow
def test_a_host_alone_imports_nothing_of_the_engine():
    subprocess.run([sys.executable, "-c", ALONE], check=True, timeout=60)


@pytest.mark.parametrize(("lease", "heartbeat"), [("30s", 200.0), ("60s", 130.0)])
def test_the_heartbeat_of_a_fleet_leaves_room_for_the_slowest_takeover(lease, heartbeat):
    config = load(FLEET % lease, file="config.yaml", environment={}, folder=Path.cwd())
    policy = reports_of(config)
    assert policy.heartbeat == heartbeat
    assert policy.echo == 15.0 + config.fleet.lease / 5


def test_a_host_alone_keeps_its_heartbeat_and_says_nothing_twice():
    text = FLEET.partition("fleet:")[0]
    policy = reports_of(load(text, file="config.yaml", environment={}, folder=Path.cwd()))
    assert (policy.heartbeat, policy.echo) == (240.0, None)
