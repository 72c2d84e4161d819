"""Modules that are renamed while the agent runs: no number leaves, none is another module's, one list says it."""

from __future__ import annotations

import asyncio

import pytest
from fake_modules import until
from wired_agent import config, reports, running

from agent.control.client import ask
from agent.control.messages import Request


def told(report):
    return {entry["port_id"]: (entry["number"], entry["date_start"]) for entry in report["numbers"]}


@pytest.mark.parametrize("mode", ["list", "incremental"])
async def test_modules_exchange_their_names_in_one_list(tmp_path, mode):
    read = config(tmp_path, more="").model_copy()
    # A long lease, so that a busy machine loses no number: those of a change would hide what is asked here.
    changes = {
        "onlinesim": read.onlinesim.model_copy(update={"mode": mode}),
        "bank": read.bank.model_copy(update={"lease": 120.0}),
    }
    read = read.model_copy(update=changes)
    async with running(read) as (service, wiring):
        await until(
            lambda: len(service.bank.decision.live) == 4 and service.reporter.state().accepted_at, within=60
        )
        await until(lambda: len(reports(wiring)[-1]["numbers"]) == 4 if reports(wiring) else False, within=60)
        before, requests = told(reports(wiring)[-1]), len(wiring._stand_ins.sandbox.accepted)
        asked = Request(task="rename", name="Port1", to=("Port2",), swap=True)
        answer = await asyncio.to_thread(ask, read.store_file, asked)
        assert answer.lines == ("Port2 is now called Port1", "Port1 is now called Port2")
        swapped = before | {"Port1": before["Port2"], "Port2": before["Port1"]}
        await until(lambda: any(told(one) == swapped for one in reports(wiring)[requests:]), within=60)
        polled = [service.bank.members[name].state.answered_at for name in ("Port1", "Port2")]
        await until(
            lambda: all(
                service.bank.members[name].state.answered_at > at + 0.5
                for name, at in zip(("Port1", "Port2"), polled, strict=True)
            ),
            within=60,
        )
        assert [told(one) for one in reports(wiring)[requests:]] == [swapped]
    async with running(read) as (service, wiring):
        await until(lambda: reports(wiring) and len(reports(wiring)[-1]["numbers"]) == 4, within=60)
        assert told(reports(wiring)[-1])["Port1"] == before["Port2"]


async def test_nothing_is_renamed_while_config_yaml_is_read(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.settings.inventory.listed, within=60)
        async with service._reloading:
            answer = service.control._do(Request(task="rename", name="Port1", to=("left",)))
        assert "try again" in answer.refused
        assert service.control._do(Request(task="rename", name="Port1", to=("left",))).lines
        await service.reload()
        await until(lambda: "left" in service.bank.members, within=10)
