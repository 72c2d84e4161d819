"""Alerts of a whole agent: what the rules look at, what is shown, and that a report waits for no service."""

from __future__ import annotations

import asyncio
import dataclasses
import logging

import pytest
from aiohttp import web
from fake_modules import until
from wired_agent import config, running

from agent.alerts import fault_book, outbox
from agent.alerts.alerter import AlertPolicy
from agent.alerts.rule import RulePolicy
from agent.app.alert_settings import AlertSettings
from agent.app.alerting import minute_of_day
from agent.decision.verdict import Reason
from agent.language import NO_TEXT, Bilingual
from agent.onlinesim.report import ReportOutcome

pytestmark = pytest.mark.slow


@pytest.fixture
async def hook():
    """A service that takes messages, by default; `answers` lets go of those that wait."""

    class Hook:
        hangs = False

    hook = Hook()
    hook.taken, hook.answers = asyncio.Queue(), asyncio.Event()

    async def post(request):
        await hook.taken.put(await request.json())
        if hook.hangs:
            await hook.answers.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"json://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    hook.answers.set()
    await runner.cleanup()


@pytest.fixture
def at_once(monkeypatch):
    """Nothing is waited for: neither the start, nor a burst, nor the next look."""
    monkeypatch.setattr(fault_book, "START", 0.0)
    monkeypatch.setattr(fault_book, "OVER_FOR", 0.0)
    monkeypatch.setattr(outbox, "GATHER", 0.0)
    monkeypatch.setattr("agent.alerts.alerter.INTERVAL", 0.05)


def settings(*urls, **rules):
    policy = AlertPolicy(urls=urls, rules=RulePolicy(live_share=None, **rules))
    return AlertSettings(policy=policy)


async def test_a_pulled_sim_is_told_and_its_return_too(tmp_path, hook, at_once):
    async with running(config(tmp_path)) as (service, wiring):
        service.alerting.reconfigure(settings(hook.url, module_lost=0.0))
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        await wiring._stand_ins.simulation.command("pull 2")
        message = await hook.taken.get()
        assert message["message"].startswith("1 module lost: Port2 (+")
        assert ", no SIM, " in message["message"]
        await until(lambda: service.alerting.row().sent == 1)
        assert "Port2" in service.store.alerts
        await wiring._stand_ins.simulation.command("insert 2")
        message = await hook.taken.get()
        assert message["message"].startswith("1 module back: Port2 (")
        (row,) = service.view.snapshot().alerts.services
        assert row.name == "json://… (1)"
        await until(lambda: service.store.alerts == "")


async def test_the_next_run_tells_nothing_twice_and_the_return_that_the_last_one_owed(
    tmp_path, hook, at_once
):
    async with running(config(tmp_path)) as (service, wiring):
        service.alerting.reconfigure(settings(hook.url, module_lost=0.0))
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        await wiring._stand_ins.simulation.command("pull 2")
        await hook.taken.get()
        await until(lambda: service.alerting.row().sent == 1)
    more = f"alerts: {{urls: ['{hook.url}'], when: {{live_below: null}}}}"
    async with running(config(tmp_path, more=more)) as (service, _):
        message = await hook.taken.get()  # in the new bank the SIM is in its place
        assert message["message"].startswith("1 module back: Port2 (")
        assert len(service.bank.decision.live) == 4
        await until(lambda: service.store.alerts == "")
        assert hook.taken.empty()


async def test_no_report_waits_for_a_service_that_hangs(tmp_path, hook, at_once):
    hook.hangs = True
    async with running(config(tmp_path)) as (service, wiring):
        service.alerting.reconfigure(settings(hook.url, module_lost=0.0))
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        await wiring._stand_ins.simulation.command("pull 1")
        await hook.taken.get()  # the child is at work, and gets no answer
        await wiring._stand_ins.simulation.command("pull 2")
        await until(lambda: service.view.snapshot().reports[0].numbers == 2)
        assert service.view.snapshot().reports[0].outcome is ReportOutcome.ACCEPTED
        assert service.alerting.row().sent == service.alerting.row().failed == 0  # it still hangs


async def test_a_service_that_is_away_is_a_banner_in_both_languages(tmp_path, at_once, caplog):
    async with running(config(tmp_path)) as (service, wiring):
        service.alerting.reconfigure(settings("json://127.0.0.1:1/topsecret", module_lost=0.0))
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        await wiring._stand_ins.simulation.command("pull 2")
        await until(lambda: service.alerting.row().failed >= 1, within=60)
        (notice,) = service.view.snapshot().notices
        assert notice.en.startswith("Alerts are not sent: json://… (1): A Connection error")
        assert notice.ru.startswith("Уведомления не отправляются: json://… (1): ")
        rendered = service.metrics.render().decode()
        assert 'simbank_alerts_total{outcome="failed"} 1.0' in rendered
        assert "topsecret" not in f"{rendered}{caplog.text}{service.view.snapshot()}"
        service.alerting.reconfigure(AlertSettings())
        assert service.view.snapshot().notices == ()


async def test_what_the_rules_look_at(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        seen = service.alerting.situation()
        assert {name: look.reason for name, look in seen.modules.items()} == dict.fromkeys(
            ["Port1", "Port2", "Port3", "Port4"], Reason.LIVE
        )
        assert all(look.number.startswith("+") for look in seen.modules.values())
        assert seen.reports is None  # the sandbox sells nothing
        assert seen.usual is None  # a few seconds say nothing of what is usual
        assert seen.speaks
        assert seen.store_problem == NO_TEXT

        service.view.facts = dataclasses.replace(service.view.facts, sandbox=False)
        reports = service.alerting.situation().reports
        assert reports is not None
        assert reports.accepted_at == service.reporter.state().accepted_at
        assert reports.refused is False
        row = dataclasses.replace(
            service.view.snapshot().reports[0],
            outcome=ReportOutcome.REFUSED,
            message=Bilingual("ACCOUNT_BLOCKED", "ACCOUNT_BLOCKED"),
        )
        service.alerting.reported(row)
        reports = service.alerting.situation().reports
        assert reports is not None
        assert (reports.refused, reports.why) == (True, Bilingual("ACCOUNT_BLOCKED", "ACCOUNT_BLOCKED"))
        service.alerting.reported(
            dataclasses.replace(row, outcome=ReportOutcome.FAILED, message=Bilingual("no way", "нет пути"))
        )
        reports = service.alerting.situation().reports
        assert reports is not None
        assert reports.refused is None

        service.view.facts = dataclasses.replace(service.view.facts, test="test1")
        assert service.alerting.situation().reports is None


async def test_usual_is_the_median_of_the_day(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        now = service.wall()
        for minute in reversed(range(40)):
            live = 10 if minute % 10 else 0  # an outage now and then is not usual
            service.view.history_of_day.record(now - 60 * minute, live, 10)
        service.alerting._usual = None  # the first look was before
        assert service.alerting.situation().usual == 10


async def test_a_fault_of_the_settings_is_said_once_and_stops_nothing(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    more = "alerts: {urls_file: missing}"
    async with running(config(tmp_path, more=more)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        assert await service.reload()
        said = [record.message for record in caplog.records if record.message.startswith("alerts:")]
        assert len(said) == 1
        assert "No such file" in said[0]
        assert service.view.snapshot().notices[0].en.startswith("Alerts are not sent: urls_file ")


def test_the_minute_of_the_local_day(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Moscow")
    time.tzset()
    assert minute_of_day(1_796_000_000.0) == (1_796_000_000 // 60 + 180) % 1440
    monkeypatch.undo()
    time.tzset()
