"""The running agent asks the real sandbox about its numbers: started, reloaded, and what is shown of it."""

from __future__ import annotations

import functools
import json
import logging

import aiohttp
import pytest
from fake_modules import until

from agent.app import settings
from agent.config import load
from agent.onlinesim.number_round import RoundPolicy
from agent.sandbox.server import Fault
from tests.agent.app.test_wiring import config, running

pytestmark = pytest.mark.slow

ON = "{heartbeat: 4m, ask_numbers: 5m}"
OFF = "{heartbeat: 4m}"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Ask soon after the first report, and quickly."""
    monkeypatch.setattr(
        settings, "RoundPolicy", functools.partial(RoundPolicy, settle=0.05, gap=0.02, soon=0.3)
    )


def read(folder, onlinesim=ON):
    text = f"version: 1\nonlinesim: {onlinesim}\n"
    asking = load(text, file="config.yaml", environment={}, folder=folder).onlinesim
    return config(folder, modules=2).model_copy(update={"onlinesim": asking})


def rows(service):
    return {row.name: row.onlinesim for row in service.view.snapshot().modules}


async def answered(service, count=2):
    await until(lambda: len([row for row in rows(service).values() if row]) == count, within=20)


async def get(service, path):
    async with aiohttp.ClientSession() as session, session.get(service.status.url + path) as answer:
        return await answer.text()


async def test_what_the_sandbox_says_is_shown_everywhere(tmp_path):
    async with running(read(tmp_path)) as (service, _):
        await answered(service)
        shown = json.loads(await get(service, "api/v1/status"))["modules"][0]["onlinesim"]
        metrics = await get(service, "metrics")

    assert shown.pop("checked_s") >= 0
    assert shown == {
        "status": "queued", "failed": 0, "banned": False, "banned_services": [], "rent": None, "income": 0.0,
        "detail": "",
    }  # fmt: skip
    assert 'simbank_onlinesim_numbers{status="queued"} 2.0' in metrics


async def test_nothing_is_asked_by_default(tmp_path):
    async with running(read(tmp_path, OFF)) as (service, wiring):
        await until(lambda: service.reporter.state().accepted_at, within=20)
        await until(lambda: service.reporter.idle_for() > 0)
        methods = {one.method for one in wiring._stand_ins.sandbox.market.received}

    assert methods == {"sendNumbersOnline"}


async def test_a_list_that_somebody_else_replaced_is_an_alarm_until_it_is_ours_again(tmp_path, caplog):
    async with running(read(tmp_path)) as (service, wiring):
        await answered(service)
        market = wiring._stand_ins.sandbox.market
        number = service.view.snapshot().modules[0].number
        market.records[number].status = 4
        with caplog.at_level(logging.ERROR, logger="agent.onlinesim"):
            service.asker.reconfigure(service.settings.client, service.settings.questions, same_account=False)
            service.asker.accepted([number])
            await until(lambda: service.view.snapshot().not_on_account == [number], within=20)
        assert "may have replaced the list" in caplog.text
        assert next(kind for kind, _ in service.view.snapshot().banners(service.clock())) == "replaced"
        market.records[number].status = None
        await until(lambda: not service.view.snapshot().not_on_account, within=20)


async def test_a_reload_switches_it_on_and_off(tmp_path):
    rules = [read(tmp_path, OFF)]
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=20)
        rules[0] = read(tmp_path)
        assert await service.reload()
        await answered(service)
        rules[0] = read(tmp_path, OFF)
        assert await service.reload()
        assert set(rows(service).values()) == {None}


async def test_in_a_test_mode_nothing_is_asked_because_nothing_is_stored(tmp_path):
    async with running(read(tmp_path, "{ask_numbers: 5m, test: test1}")) as (service, wiring):
        await until(lambda: service.view.snapshot().reports, within=20)
        await until(lambda: service.view.snapshot().live == 2, within=20)
        assert service.reporter.idle_for() == 0
        methods = {one.method for one in wiring._stand_ins.sandbox.market.received}

    assert methods == {"sendNumbersOnline"}


async def test_a_number_that_leaves_takes_its_answer_with_it(tmp_path):
    async with running(read(tmp_path)) as (service, wiring):
        await answered(service)
        await wiring._stand_ins.simulation.command("pull 2")
        await until(lambda: rows(service)["Port2"] is None)
        assert len(service.asker.answers) == 1


async def test_a_removal_does_not_wait_for_a_question_under_way(tmp_path):
    async with running(read(tmp_path)) as (service, wiring):
        await until(lambda: service.reporter.state().accepted_at, within=20)
        sandbox = wiring._stand_ins.sandbox
        before = len(sandbox.seen)
        sandbox.faults.append(Fault.slow(60))
        await until(lambda: len(sandbox.seen) > before, within=20)
        await wiring._stand_ins.simulation.command("pull 2")
        await until(lambda: service.view.snapshot().reports[0].numbers == 1)
        assert service.view.snapshot().reports[0].outcome == "accepted"
        await answered(service, 1)
