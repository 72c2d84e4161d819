"""What hangs in the kernel, in the resolver or on the disk stops nobody else: real threads, really stuck."""

from __future__ import annotations

import asyncio
import itertools
import socket
import sqlite3
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from types import SimpleNamespace

import pytest
from bounds import CALM, slack
from inner_agent import agent_inside, served_bank
from real_processes import boottime

from agent.app import from_store
from agent.app.housekeeping import BANK_STUCK, REPORTER_STUCK, Housekeeping
from agent.app.systemd import SystemdNotifier
from agent.bank import connection, port_source
from agent.store.store import FLUSH_WITHIN, Store
from drivers.wire import open_wire, tty

pytestmark = pytest.mark.timeout(240)
MODULES = 12
BEATS = 3


class Stuck:
    """A call that does not return before the test is over."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self.calls = 0
        self.error: Exception = OSError("it hung")
        """What it raises when it is released at last."""

    def __call__(self, *_: object, **__: object) -> None:
        self.calls += 1
        self._released.wait(30)
        raise self.error

    def release(self) -> None:
        self._released.set()


@pytest.fixture
def stuck():
    stuck = Stuck()
    yield stuck
    stuck.release()


@contextmanager
def prompt_loop():
    """Fail if the event loop ever stands still: whatever hangs must hang elsewhere."""
    longest = 0.0

    async def watch():
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()
    assert longest < 0.5 + slack()


@asynccontextmanager
async def running(tmp_path, **options):
    async with (
        served_bank(tmp_path, MODULES) as (simulator, market),
        agent_inside(tmp_path, simulator, market, **options) as service,
    ):
        with prompt_loop():
            yield simulator, market, service


async def until(condition, within=60.0):
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def heartbeats(market, count=BEATS):
    """Wait for so many reports from now on; return them and the longest gap between two."""
    start = len(market.arrivals)
    await until(lambda: len(market.arrivals) >= start + count)
    told = list(market.arrivals)[start:]
    return told, max(later.at - one.at for one, later in itertools.pairwise(told))


async def test_a_port_whose_opening_never_returns_keeps_no_other_from_being_reported(
    tmp_path, monkeypatch, stuck
):
    monkeypatch.setattr(connection, "open_wire", partial(open_wire, open_timeout=1.0))
    opening = tty._open
    monkeypatch.setattr(
        tty, "_open", lambda path, *a, **k: stuck() if path.endswith("Port5") else opening(path, *a, **k)
    )
    async with running(tmp_path) as (_, market, service):
        await until(lambda: len(service.bank.decision.live) == MODULES - 1)
        await until(lambda: service.bank.decision.verdicts["Port5"].detail != "")
        await until(lambda: market.arrivals)
        told, gap = await heartbeats(market)
        threads = [one for one in threading.enumerate() if "Port5" in one.name]

    assert {len(arrival.claims) for arrival in told} == {MODULES - 1}
    assert gap <= CALM.heartbeat + slack()
    assert stuck.calls == 1, "no second thread for a port that already holds one"
    assert len(threads) == 1


async def test_a_look_at_the_ports_that_hangs_stops_no_report(tmp_path, monkeypatch, stuck):
    monkeypatch.setattr(port_source, "LIST_WITHIN", 0.5)
    async with running(tmp_path) as (simulator, market, service):
        await until(lambda: len(service.bank.decision.live) == MODULES)
        monkeypatch.setattr(port_source, "_find", stuck)
        await until(lambda: stuck.calls)
        await simulator.do("pull 3")
        began = boottime()
        await until(lambda: market.arrivals and len(market.arrivals[-1].claims) == MODULES - 1)
        took = boottime() - began
        told, gap = await heartbeats(market)
        beat = service.bank.ports_listed_at

    assert took < 0.5 + 1.05 + slack()
    assert {len(arrival.claims) for arrival in told} == {MODULES - 1}
    assert gap <= CALM.heartbeat + slack()
    assert boottime() - beat < BANK_STUCK
    assert stuck.calls < 20


async def test_a_resolver_that_hangs_costs_reports_only_while_it_hangs(tmp_path, monkeypatch, stuck):
    asking = socket.getaddrinfo
    market_name = "localhost"
    hanging = True

    def resolve(host, *rest, **more):
        return stuck() if hanging and host == market_name else asking(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with served_bank(tmp_path, MODULES) as (simulator, market):
        url = market.url.replace("127.0.0.1", market_name)
        async with agent_inside(tmp_path, simulator, market, server=url) as service:
            with prompt_loop():
                await until(lambda: len(service.bank.decision.live) == MODULES)
                await until(lambda: stuck.calls)
                await simulator.do("pull 3")
                await until(lambda: len(service.bank.decision.live) == MODULES - 1, within=3.0)
                assert not market.arrivals
                hanging = False
                stuck.release()
                await until(lambda: market.arrivals)

    assert len(market.arrivals[0].claims) == MODULES - 1, "a retry sends the set of that moment"


class BlockedDisk:
    """A database connection whose every statement hangs."""

    def __init__(self, stuck: Stuck) -> None:
        self.execute = stuck

    def close(self) -> None:
        pass


async def test_a_disk_that_blocks_stops_no_report(tmp_path, stuck):
    async with running(tmp_path) as (simulator, market, service):
        await until(lambda: market.arrivals)
        stuck.error = sqlite3.OperationalError("disk I/O error")
        service.store._writer._database = BlockedDisk(stuck)
        await simulator.do("pull 3")
        await until(lambda: stuck.calls)
        await until(lambda: len(market.arrivals[-1].claims) == MODULES - 1)
        told, gap = await heartbeats(market)
        stuck.release()

    assert {len(arrival.claims) for arrival in told} == {MODULES - 1}
    assert gap <= CALM.heartbeat + FLUSH_WITHIN + 0.5 + slack()


async def test_a_disk_that_never_opens_is_said_and_stops_no_report(tmp_path, monkeypatch, stuck, caplog):
    monkeypatch.setattr(from_store, "OPEN_STORE", 0.5)
    opening = Store

    def open_store(path, **options):
        return opening(None, **options) if path is None else stuck()

    monkeypatch.setattr(from_store, "Store", open_store)
    open_store.close = opening.close
    async with running(tmp_path) as (_, market, _service):
        await until(lambda: market.arrivals and len(market.arrivals[-1].claims) == MODULES)

    assert "nothing will survive a restart" in caplog.text


@pytest.mark.parametrize(
    ("bank_age", "reporter_age", "fed"),
    [(0.0, 0.0, True), (BANK_STUCK + 1, 0.0, False), (0.0, REPORTER_STUCK + 1, False)],
    ids=["both turn", "the bank hangs", "the reporter hangs"],
)
def test_the_watchdog_is_fed_only_while_bank_and_reporter_make_progress(
    tmp_path, bank_age, reporter_age, fed
):
    now = 1000.0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(1)
        notifier = SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"})
        housekeeping = Housekeeping(
            bank=SimpleNamespace(
                ports_listed_at=now - bank_age, members={}, decision=SimpleNamespace(live={}, verdicts={})
            ),
            reporter=SimpleNamespace(progress=lambda: now - reporter_age),
            notifier=notifier,
            **dict.fromkeys(("store", "view", "metrics", "bank_log", "history", "ussd", "clock", "wall")),
        )
        housekeeping.feed_watchdog(now)
        notifier.stopping()
        told = []
        while "STOPPING=1" not in told:
            told.append(manager.recv(1000).decode())

    assert ("WATCHDOG=1" in told) is fed
