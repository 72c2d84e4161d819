"""The simulated bank and the sandbox: there where config.yaml asks for them, from the agent's start to its end."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import aiohttp
import pytest

from agent.config import ConfigError, load
from agent.sandbox.stand_ins import SIMULATED_SLOTS_PER_MODULE, StandIns

REAL = {"server": "https://onlinesim.example/", "api_key": "k"}


def config(*, path="/dev/ttyUSB0", onlinesim=None, modules=2):
    text = {
        "version": 1,
        "bank": {"modules": modules},
        "ports": [{"path": path}],
        "onlinesim": onlinesim or {},
    }
    return load(json.dumps(text), file="config.yaml", environment={}, folder=Path())


@pytest.fixture
async def ends():
    async with contextlib.AsyncExitStack() as ends:
        yield ends


async def reached(url):
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"{url}/api/resellers"):
                return True
        except aiohttp.ClientConnectionError:
            return False


async def test_what_config_yaml_does_not_ask_for_is_not_started(ends):
    stand_ins = StandIns(lambda: 0.0)
    await stand_ins.start(config(onlinesim=REAL), ends)
    assert stand_ins.simulation is None
    assert stand_ins.sandbox is None


async def test_the_sandbox_is_where_it_says_until_the_end(ends):
    stand_ins = StandIns(lambda: 0.0)
    await stand_ins.start(config(), ends)
    assert stand_ins.simulation is None
    assert await reached(stand_ins.sandbox_url)
    await ends.aclose()
    assert not await reached(stand_ins.sandbox_url)


async def test_the_simulated_bank_has_the_configured_modules_and_slots_for_each_until_the_end(ends):
    stand_ins = StandIns(lambda: 0.0)
    await stand_ins.start(config(path="simulated"), ends)
    simulation = stand_ins.simulation
    assert len({port.usb for port in simulation.ports}) == 2
    last = await simulation.command(f"row {SIMULATED_SLOTS_PER_MODULE - 1}")
    beyond = await simulation.command(f"row {SIMULATED_SLOTS_PER_MODULE}")
    assert [last["event"], beyond["event"]] == ["done", "error"]
    await ends.aclose()
    assert simulation._process.returncode is not None


async def test_a_reload_tells_the_sandbox_how_many_modules_there_are(ends):
    stand_ins = StandIns(lambda: 0.0)
    await stand_ins.start(config(), ends)
    stand_ins.check(config(modules=5))
    stand_ins.apply(config(modules=5))
    assert stand_ins.sandbox.market.modules == 5


async def test_a_reload_starts_and_ends_none(ends):
    stand_ins = StandIns(lambda: 0.0)
    await stand_ins.start(config(), ends)
    for other in (config(path="simulated"), config(onlinesim=REAL)):
        with pytest.raises(ConfigError, match="takes a restart"):
            stand_ins.check(other)
