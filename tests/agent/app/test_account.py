"""What an agent says for its account: nothing while it has asked nobody, and only one agent of a machine says it."""

from __future__ import annotations

import asyncio
import json
import logging
import time

import aiohttp
import pytest
from fake_modules import until
from wired_agent import running

from agent.app.process_limits import boottime
from agent.bank import connection
from agent.config import load
from agent.decision.reporting import Reporting
from agent.onlinesim.account import AccountInUse
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulatedBank
from drivers.errors import PortProblem, PortUnavailable

KEY = "key-of-the-account-tests"


class Leap:
    """CLOCK_BOOTTIME of a machine that slept."""

    def __init__(self):
        self.slept = 0.0

    def __call__(self):
        return boottime() + self.slept


@pytest.fixture
async def market():
    market = Sandbox(modules=4, key=KEY)
    async with market.serving() as url:
        market.url = url
        yield market


@pytest.fixture
def held(monkeypatch):
    """Every port is held by another program while the event is set."""
    held = asyncio.Event()
    opening = connection.open_wire

    async def open_wire(address, **options):
        if held.is_set():
            raise PortUnavailable(PortProblem.BUSY, "no", holder="another agent (pid 312)")
        return await opening(address, **options)

    monkeypatch.setattr(connection, "open_wire", open_wire)
    return held


@pytest.fixture
async def simulation():
    simulation = SimulatedBank()
    await simulation.start(["--modules", "2", "--latency", "1ms", "--speed", "10"])
    yield simulation
    await simulation.stop()


def config(folder, market, ports, *, store="store.db", key=KEY, on_stop="keep"):
    text = {
        "version": 1,
        "onlinesim": {"server": market.url, "api_key": key, "on_stop": on_stop},
        "bank": {
            "modules": 4,
            "settle": "100ms",
            "poll": "200ms",
            "answer_timeout": "1s",
            "lease": "3s",
            "registration_grace": "1s",
        },
        "ports": [{"path": path} for path in ports],
        "status": {"listen": "127.0.0.1:0"},
        "store": str(folder / store),
    }
    return load(json.dumps(text), file="config.yaml", environment={}, folder=folder)


def lists(market):
    return [[entry["number"] for entry in json.loads(seen.body)["numbers"]] for seen in market.accepted]


async def test_where_every_port_is_held_nothing_is_reported_and_it_is_said(
    tmp_path, market, held, simulation, caplog
):
    clock = Leap()
    held.set()
    read = config(tmp_path, market, [port.path for port in simulation.ports])
    with caplog.at_level(logging.INFO):
        async with running(read, clock=clock) as (service, _):
            await until(lambda: service.notices.unasked, within=30)
            clock.slept = 3600.0
            await until(lambda: service.bank.ports_listed_at > 3600.0 + boottime() - 2.0)
            assert not market.seen
            notice = service.view.snapshot().notices[0]
            assert "all 2 ports are held by other programs" in notice.en
            assert "все порты (2) заняты другими программами" in notice.ru
            async with (
                aiohttp.ClientSession() as session,
                session.get(service.status.url + "readyz") as answer,
            ):
                assert answer.status == 503
            held.clear()
            await until(lambda: market.seen, within=30)
            assert len(lists(market)[0]) == 2, "not an empty list while its modules settle"
            assert service.view.snapshot().notices == ()
    said = [record.message for record in caplog.records if record.name == "agent.app.notice_keeper"]
    assert sum("Nothing is reported" in line for line in said) == 1
    assert sum("a module has answered" in line for line in said) == 1


async def test_a_run_that_has_asked_nobody_withdraws_nothing_at_its_end(tmp_path, market, held, simulation):
    ports = [port.path for port in simulation.ports]
    held.set()
    async with running(config(tmp_path, market, ports, on_stop="withdraw")) as (service, _):
        await until(lambda: service.notices.unasked, within=30)
    assert not market.seen
    held.clear()
    async with running(config(tmp_path, market, ports, on_stop="withdraw")):
        await until(lambda: len(market.state().numbers) == 2, within=30)
    assert lists(market)[-1] == []


async def test_a_run_that_had_an_answer_empties_the_list_when_its_ports_are_taken(
    tmp_path, market, held, simulation
):
    read = config(tmp_path, market, [port.path for port in simulation.ports])
    async with running(read) as (service, _):
        await until(lambda: len(market.state().numbers) == 2, within=30)
        held.set()
        for n in (1, 2):
            await simulation.command(f"unplug {n}")
        await until(lambda: lists(market)[-1] == [], within=30)
        assert service.notices.unasked is None


async def test_what_an_earlier_run_left_is_withdrawn_once_after_ninety_seconds(
    tmp_path, market, held, simulation
):
    read = config(tmp_path, market, [port.path for port in simulation.ports])
    async with running(read):
        await until(lambda: len(market.state().numbers) == 2, within=30)
    told = len(market.seen)
    held.set()
    clock = Leap()
    async with running(read, clock=clock) as (service, _):
        await until(lambda: service.notices.unasked, within=30)
        assert len(market.seen) == told
        clock.slept = 90.0
        await until(lambda: len(market.seen) > told, within=30)
        await until(lambda: service.store.standing == "")
        assert lists(market)[-1] == []
        clock.slept += 3600.0
        await until(lambda: service.reporter.progress() > clock() - 2.0, within=30)
        await until(lambda: service.bank.reporting is Reporting.UNASKED)
    clock = Leap()
    async with running(read, clock=clock) as (service, _):
        clock.slept = 90.0
        await until(lambda: service.bank.ports_listed_at > clock() - 2.0)
        await until(lambda: service.bank.reporting is Reporting.UNASKED)
    assert len(market.seen) == told + 1


async def test_a_run_without_a_store_of_its_own_withdraws_nothing(tmp_path, market, held, simulation):
    ports = [port.path for port in simulation.ports]
    async with running(config(tmp_path, market, ports)):
        await until(lambda: len(market.state().numbers) == 2, within=30)
    told = len(market.seen)
    held.set()
    clock = Leap()
    for read in (
        config(tmp_path, market, ports, store="another.db"),
        config(tmp_path, market, ports, key="another-key"),
    ):
        async with running(read, clock=clock) as (service, _):
            await until(lambda: service.notices.unasked, within=30)
            clock.slept += 90.0
            await until(lambda: service.bank.ports_listed_at > clock() - 2.0)
            await until(lambda: service.bank.reporting is Reporting.UNASKED)
    assert len(market.seen) == told


async def test_without_any_port_nothing_is_reported(tmp_path, market):
    clock = Leap()
    async with running(config(tmp_path, market, [str(tmp_path / "none")]), clock=clock) as (service, _):
        clock.slept = 90.0
        await until(lambda: service.notices.unasked)
        assert not market.seen
        assert service.notices.unasked.en.startswith("Nothing is reported, because no module could be asked")


async def test_one_agent_of_a_machine_reports_to_an_account(tmp_path, market):
    none = [str(tmp_path / "none")]
    first = config(tmp_path, market, none)
    second = config(tmp_path, market, none, store="second.db")
    other = config(tmp_path, market, none, store="second.db", key="another-key")
    async with running(first):
        with pytest.raises(AccountInUse):
            async with running(second):
                pass
        async with running(other):
            pass
    async with running(second):
        pass


async def test_a_reload_does_not_take_the_account_of_another_agent(tmp_path, market, caplog):
    none = [str(tmp_path / "none")]
    rules = [config(tmp_path, market, none, store="second.db", key="another-key")]
    first = config(tmp_path, market, none)
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        async with running(first):
            rules[0] = config(tmp_path, market, none, store="second.db")
            assert not await service.reload()
            assert "reports to its account" in caplog.text
        assert await service.reload()
        with pytest.raises(AccountInUse):
            async with running(first):
                pass


async def test_a_clock_that_is_wrong_by_onlinesims_is_said_and_a_right_one_is_confirmed(
    tmp_path, market, simulation, caplog
):
    off = 3 * 86_400.0
    read = config(tmp_path, market, [port.path for port in simulation.ports])
    async with running(read, wall=lambda: time.time() + off) as (service, _):
        confirmed = []
        service.store.confirm_clock = confirmed.append
        await until(lambda: service.notices.wrong_clock, within=30)
        assert confirmed == []
        assert (
            "The clock of this host is 3 days ahead of Onlinesim's" in service.view.snapshot().notices[0].en
        )
        assert "спешат на 3 дня" in service.view.snapshot().notices[0].ru
        off = 0.0
        await simulation.command("pull 1")
        await until(lambda: service.notices.wrong_clock is None, within=30)
        assert len(confirmed) == 1
        assert abs(confirmed[0] - time.time()) < 60.0
    assert caplog.text.count("3 days ahead of") == 1
