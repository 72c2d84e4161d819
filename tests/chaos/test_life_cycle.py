"""Start, reload and stop of the real agent, as systemd and an operator see them."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from contextlib import contextmanager

import pytest
from bounds import slack
from real_processes import AgentProcess, boottime, free_port
from small_bank import MODULES, bank, first_arrival, next_arrival

from agent.sandbox.server import Fault

pytestmark = pytest.mark.timeout(240)
STOP_WITHIN = 5.0
"""Seconds from SIGTERM to the end."""


@contextmanager
def manager_socket(folder):
    """Be systemd's end of sd_notify(3)."""
    address = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.setblocking(False)
        yield listening, str(address)


def heard(listening):
    """Return all that was told so far."""
    told = []
    while True:
        try:
            told.append(listening.recv(4096).decode())
        except BlockingIOError:
            return told


async def heard_until(listening, wanted):
    told = []
    async with asyncio.timeout(60):
        while wanted not in told:
            told += heard(listening)
            await asyncio.sleep(0.02)
    return told


def read_config(agent):
    return json.loads(agent.config_path.read_text())


async def stopped(agent):
    """Ask for the end and return the exit code and the seconds it took."""
    began = boottime()
    agent.signal(signal.SIGTERM)
    code = await agent.ended(60)
    return code, boottime() - began


async def test_systemd_hears_ready_reloading_ready_stopping_in_this_order(tmp_path):
    with manager_socket(tmp_path) as (listening, address):
        async with bank(tmp_path) as (_, market, agent):
            await agent.start(NOTIFY_SOCKET=address, WATCHDOG_USEC="1000000")
            await first_arrival(market, agent)
            told = await heard_until(listening, "WATCHDOG=1")
            agent.signal(signal.SIGHUP)
            told += await heard_until(listening, "READY=1")
            told += await heard_until(listening, "WATCHDOG=1")
            code, _ = await stopped(agent)
            told += heard(listening)

    assert code == 0
    kinds = [words.partition("=")[0] for words in told]
    steps = [kind for kind in kinds if kind not in {"STATUS", "WATCHDOG"}]
    assert steps == ["READY", "RELOADING", "READY", "STOPPING"]
    assert any(words == f"STATUS={MODULES} of {MODULES} modules live" for words in told)
    assert all("MONOTONIC_USEC=" in words for words in told if words.startswith("RELOADING"))
    assert kinds.index("STOPPING") > max(at for at, kind in enumerate(kinds) if kind == "WATCHDOG")


async def test_a_good_file_holds_from_the_next_report_on(tmp_path):
    async with bank(tmp_path) as (_, market, agent):
        await agent.start()
        assert len((await first_arrival(market, agent)).claims) == MODULES
        changed = read_config(agent)
        changed["bank"]["modules"] = 2
        agent.write_config(changed)
        agent.signal(signal.SIGHUP)
        report = await next_arrival(market, agent)

    assert len(report.claims) == 2


async def test_a_bad_file_changes_nothing_and_is_reported(tmp_path):
    async with bank(tmp_path) as (_, market, agent):
        await agent.start()
        before = await first_arrival(market, agent)
        changed = read_config(agent)
        changed["bank"] |= {"modules": 2, "leese": 5}
        agent.write_config(changed)
        agent.signal(signal.SIGHUP)
        while "not applied" not in agent.log:
            await asyncio.sleep(0.02)
        after = [await next_arrival(market, agent) for _ in range(2)]

    assert "leese" in agent.log
    assert "Traceback" not in agent.log
    assert [report.numbers for report in after] == [before.numbers] * 2


@pytest.mark.parametrize("on_stop", ["keep", "withdraw"])
async def test_the_end_comes_in_time_although_the_server_hangs(tmp_path, on_stop):
    async with bank(tmp_path, on_stop=on_stop) as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        market.standing_fault = Fault.slow(60)
        await next_arrival(market, agent)
        code, took = await stopped(agent)

    assert code == 0
    assert took < STOP_WITHIN + slack()


async def test_withdraw_ends_with_an_empty_report(tmp_path):
    async with bank(tmp_path, on_stop="withdraw") as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        code, _ = await stopped(agent)

    assert code == 0
    assert market.arrivals[-1].claims == []
    assert all(len(arrival.claims) == MODULES for arrival in list(market.arrivals)[:-1])


async def test_keep_ends_without_another_word(tmp_path):
    async with bank(tmp_path, on_stop="keep") as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        code, took = await stopped(agent)

    assert code == 0
    assert took < 1.0 + slack()
    assert all(len(arrival.claims) == MODULES for arrival in market.arrivals)


async def test_a_second_agent_with_one_store_says_so_and_exits_75(tmp_path):
    async with bank(tmp_path) as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        other = read_config(agent)
        other["status"]["listen"] = f"127.0.0.1:{free_port()}"
        second = AgentProcess(tmp_path, other, name="second")
        await second.start()
        code = await second.ended()
        later = await next_arrival(market, agent)

    assert code == 75
    assert "store.db is in use by another agent" in second.log
    assert "Traceback" not in second.log
    assert len(later.claims) == MODULES


async def test_a_second_agent_with_the_same_account_exits_75_and_may_follow_when_the_first_is_dead(tmp_path):
    async with bank(tmp_path) as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        other = read_config(agent)
        other["store"] = str(tmp_path / "other.db")
        other["status"]["listen"] = f"127.0.0.1:{free_port()}"
        second = AgentProcess(tmp_path, other, name="second")
        await second.start()
        code = await second.ended()
        later = await next_arrival(market, agent)
        log = second.log
        await agent.kill()
        market.fresh.clear()
        await second.start()
        followed = await first_arrival(market, second)
        await second.stop()

    assert code == 75
    assert f"process {agent.pid} of this machine reports to this account already" in log
    assert "Traceback" not in log
    assert len(later.claims) == MODULES
    assert len(followed.claims) == MODULES


async def test_a_status_address_that_is_taken_is_said_and_exits_75(tmp_path):
    async with bank(tmp_path) as (_, market, agent):
        await agent.start()
        await first_arrival(market, agent)
        other = read_config(agent)
        other["store"] = str(tmp_path / "other.db")
        other["onlinesim"]["api_key"] = "the-key-of-another-account"
        second = AgentProcess(tmp_path, other, name="second")
        await second.start()
        code = await second.ended()
        later = await next_arrival(market, agent)

    assert code == 75
    assert f"{other['status']['listen']} is in use" in second.log
    assert "Traceback" not in second.log
    assert len(later.claims) == MODULES
