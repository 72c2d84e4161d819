"""People see who is on a shared port; its name outlives the module and ends with the agent."""

from __future__ import annotations

import asyncio
import io
import json
import os
from contextlib import asynccontextmanager

import aiohttp
import pytest
from rich.console import Console
from shared_bank import CONFIG
from starvation import starved

from agent.app.wiring import Wiring
from agent.cli.table import modules_table
from agent.config import load


@pytest.fixture
async def agent(tmp_path):
    """A running agent with two simulated modules in a process of their own, both shared."""
    text = CONFIG.format(
        modules=2,
        poll="200ms",
        lease="5s",
        ports="{path: simulated, share: true}",
        directory=tmp_path / "clients",
        store=tmp_path / "bank.db",
    )
    config = load(text, file="config.yaml", environment={}, folder=tmp_path)
    wiring = Wiring(config, reread=lambda: config, environment={})
    async with wiring.service() as service:
        await service.start()
        try:
            await until(lambda: len(service.bank.decision.live) == 2, within=60)
            yield service, wiring
        finally:
            await service.stop()
    assert list((tmp_path / "clients").iterdir()) == [], "no name outlives the agent"


async def until(condition, within=60.0):
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def client(wiring, name):
    descriptor = os.open(wiring._shared_ports.path(name), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        await until(lambda: wiring._shared_ports.port(name).client is not None)
        yield descriptor
    finally:
        os.close(descriptor)


async def answered(descriptor, text, within=60.0):
    os.write(descriptor, text + b"\r")
    said = bytearray()

    def whole():
        try:
            said.extend(os.read(descriptor, 4096))
        except BlockingIOError:
            return False
        return said.endswith((b"OK\r\n", b"ERROR\r\n"))

    await until(whole, within)
    return bytes(said)


async def test_status_metrics_and_trace_show_the_client(agent, client_sends):
    service, wiring = agent
    client_sends("AT+CGMR\r")
    async with aiohttp.ClientSession() as web:
        trace = await web.get(service.status.url + "api/v1/trace/Port1")
        async with client(wiring, "Port1") as descriptor:
            await answered(descriptor, b"AT+CGMR")
            status = await (await web.get(service.status.url + "api/v1/status")).json()
            metrics = await (await web.get(service.status.url + "metrics")).text()
        told = []
        async with asyncio.timeout(60):
            while not any(one["sender"] == "client" for one in told):
                line = await trace.content.readline()
                if line.startswith((b"{", b"data: {")):
                    told.append(json.loads(line.removeprefix(b"data: ")))
        trace.close()
    rows = {row["name"]: row for row in status["modules"]}
    assert rows["Port2"]["client"] is None
    assert 0 <= rows["Port1"]["client"]["since_s"] < 10 + starved()
    assert rows["Port1"]["client"]["waited_s"] < 2 + starved()
    assert "simbank_clients 1.0" in metrics
    assert "simbank_client_wait_seconds_count 1.0" in metrics
    assert [one["text"] for one in told if one["sender"] == "client"] == ["AT+CGMR"]
    printed = io.StringIO()
    Console(width=220, file=printed).print(modules_table(status["modules"], 2))
    assert printed.getvalue().count("shared port in use for ") == 1
    await until(lambda: wiring._shared_ports.port("Port1").client is None)


async def test_a_client_stays_while_its_module_is_unplugged_and_goes_on_with_it(agent, client_sends):
    service, wiring = agent
    client_sends("AT+CGSN\r")
    client_sends("AT+CGSN\r")
    async with client(wiring, "Port1") as descriptor:
        first = await answered(descriptor, b"AT+CGSN")
        before = service.bank.members["Port1"].place.ports
        await wiring._stand_ins.simulation.command("unplug 1")
        await until(lambda: service.bank.decision.verdicts["Port1"].reason == "unplugged")
        os.write(descriptor, b"AT+CGMR\r")
        await asyncio.sleep(0.3)
        with pytest.raises(BlockingIOError):
            os.read(descriptor, 100)
        await wiring._stand_ins.simulation.command("replug 1")
        await until(lambda: "Port1" in service.bank.decision.live, within=60)
        assert service.bank.members["Port1"].place.ports != before
        while True:
            try:
                os.read(descriptor, 4096)  # what the module said while it started
            except BlockingIOError:
                break
        assert await answered(descriptor, b"AT+CGSN") == first, "the same module, never a foreign one's line"
    assert "Port2" in service.bank.decision.live
