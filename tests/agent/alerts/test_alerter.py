"""The alerter: one batch at a time, each service on its own, and what a restart needs is kept."""

from __future__ import annotations

import asyncio
import logging

import pytest
from alerted_host import Host

from agent.alerts.alerter import Alerter, AlertPolicy, names_of
from agent.alerts.courier import Receipt
from agent.alerts.quiet import QuietHours
from agent.decision.verdict import Reason

MAIL, CHAT = "mailto://u:secretword@host", "tgram://secretword/1"


class FakeCourier:
    """`batches` as they came; each waits for `go` where it is cleared. `dead` are URLs that fail."""

    def __init__(self):
        self.batches = []
        self.dead = set()
        self.ended = False
        self.go = asyncio.Event()
        self.go.set()

    async def send(self, deliveries):
        self.batches.append(deliveries)
        await self.go.wait()
        return [
            Receipt(sent=False, why="Connection refused") if one.url in self.dead else Receipt(sent=True)
            for one in deliveries
        ]

    def end(self):
        self.ended = True


class Trial:
    def __init__(self, urls=(MAIL, CHAT), *, before="", live=(), **policy):
        self.host = Host()
        self.courier = FakeCourier()
        self.kept = []
        self.minute = 720
        self.changes = 0
        self.alerter = Alerter(
            AlertPolicy(urls=urls, **policy), self.courier,
            host="bank-1", look=self.host.situation, clock=lambda: self.host.now,
            wall=lambda: 1_800_000_000 + self.host.now, minute=lambda: self.minute,
            keep=self.kept.append, before=before, live=live, on_change=self.changed,
        )  # fmt: skip

    def changed(self):
        self.changes += 1

    async def pass_time(self, seconds, step=30):
        end = self.host.now + seconds
        while self.host.now < end:
            self.host.now += step
            self.alerter.turn()
            for _ in range(5):
                await asyncio.sleep(0)

    def sent_to(self, url):
        return [one.message for batch in self.courier.batches for one in batch if one.url == url]


@pytest.fixture
async def trial():
    trial = Trial()
    await trial.pass_time(300)
    return trial


async def test_both_services_are_told_in_one_batch(trial):
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    ((mail, chat),) = trial.courier.batches
    assert (mail.url, chat.url) == (MAIL, CHAT)
    assert mail.message == chat.message
    assert mail.message.title == "bank-1: 1 module lost"
    assert [service.sent_at for service in trial.alerter.services] != [None, None]
    assert trial.alerter.counts == {"sent": 2, "failed": 0}
    assert trial.changes == 1


async def test_while_one_batch_is_under_way_none_is_sent_and_the_next_has_the_newest_state(trial):
    trial.courier.go.clear()
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    trial.host.reasons["Port2"] = Reason.NO_SIM
    trial.host.reasons["Port1"] = Reason.LIVE
    await trial.pass_time(1800)
    assert len(trial.courier.batches) == 1
    trial.courier.go.set()
    await trial.pass_time(300)
    first, second = trial.sent_to(MAIL)
    assert "Port1" in first.body
    assert second.body.splitlines()[:2] == [
        "1 module lost: Port2 (+467…001, no_sim, 31 min)",
        "1 module back: Port1 (20 min)",
    ]


async def test_a_dead_service_does_not_keep_the_other_from_its_messages(trial, caplog):
    caplog.set_level(logging.INFO)
    trial.courier.dead = {MAIL}
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(3600)
    assert len(trial.sent_to(CHAT)) == 1
    assert len(trial.sent_to(MAIL)) > 2
    mail, chat = trial.alerter.services
    assert mail.failed_at is not None
    assert mail.why == "Connection refused"
    assert chat.failed_at is None
    trial.courier.dead = set()
    trial.host.reasons["Port2"] = Reason.NO_SIM
    await trial.pass_time(3600)
    assert "2 modules lost: Port1" in trial.sent_to(MAIL)[-1].body
    assert "1 module lost: Port2" in trial.sent_to(CHAT)[-1].body
    assert mail.failed_at is None
    assert [record.message for record in caplog.records] == [
        "alerts: mailto://… (1) took no message: Connection refused",
        "alerts: sent to tgram://… (2): bank-1: 1 module lost",
        "alerts: sent to tgram://… (2): bank-1: 1 module lost",
        "alerts: mailto://… (1) takes messages again",
        "alerts: sent to mailto://… (1): bank-1: 2 modules lost",
    ]


async def test_a_courier_that_breaks_is_a_failure_and_ends_nothing(trial, monkeypatch):
    async def broken(_deliveries):
        raise RuntimeError("it broke")

    monkeypatch.setattr(trial.courier, "send", broken)
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    assert trial.alerter.services[0].why == "RuntimeError"
    monkeypatch.undo()
    await trial.pass_time(1200)
    assert len(trial.sent_to(MAIL)) == 1


async def test_a_reload_keeps_what_a_service_knows_and_tells_a_new_one_what_is_wrong(trial):
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    trial.alerter.reconfigure(AlertPolicy(urls=(CHAT, "json://new")))
    await trial.pass_time(300)
    assert len(trial.sent_to(CHAT)) == len(trial.sent_to(MAIL)) == len(trial.sent_to("json://new")) == 1
    trial.alerter.reconfigure(AlertPolicy())
    trial.host.reasons["Port1"] = Reason.LIVE
    await trial.pass_time(600)
    assert len(trial.courier.batches) == 2


async def test_a_service_that_a_reload_took_out_while_its_message_was_under_way(trial):
    trial.courier.go.clear()
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    trial.alerter.reconfigure(AlertPolicy(urls=(CHAT,)))
    trial.courier.go.set()
    await trial.pass_time(300)
    assert len(trial.courier.batches) == 1
    assert [service.name for service in trial.alerter.services] == ["tgram://… (1)"]


async def test_another_level_of_live_below_begins_anew():
    trial = Trial()
    trial.host.policy = None  # the alerter has its own
    rules = AlertPolicy().rules
    from dataclasses import replace

    trial.alerter.reconfigure(AlertPolicy(urls=(MAIL,), rules=replace(rules, live_number=5)))
    await trial.pass_time(1200)
    assert "Only 4 SIMs live" in trial.sent_to(MAIL)[-1].body
    trial.alerter.reconfigure(AlertPolicy(urls=(MAIL,), rules=replace(rules, live_number=4)))
    await trial.pass_time(1200)
    assert len(trial.sent_to(MAIL)) == 1


async def test_quiet_hours_are_those_of_the_wall_clock():
    trial = Trial(quiet=QuietHours(23 * 60, 7 * 60))
    await trial.pass_time(300)
    trial.minute = 30
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(7200)
    assert trial.courier.batches == []
    trial.minute = 7 * 60
    await trial.pass_time(90)
    assert len(trial.courier.batches) == 1


async def test_a_restart_tells_nothing_twice_and_a_recovery_that_the_last_run_owed():
    trial = Trial()
    await trial.pass_time(300)
    trial.host.reasons["Port1"] = Reason.NO_SIM
    await trial.pass_time(1200)
    assert len(trial.courier.batches) == 1
    writes = len(trial.kept)
    await trial.pass_time(7200)
    assert len(trial.kept) == writes  # nothing new, nothing written

    again = Trial(before=trial.kept[-1], live=["Port2", "Port3", "Port4"])
    again.host.reasons = dict.fromkeys(again.host.reasons, Reason.SILENT)
    await again.pass_time(60)
    again.host.reasons = dict.fromkeys(again.host.reasons, Reason.LIVE) | {"Port1": Reason.NO_SIM}
    await again.pass_time(3600)
    assert again.courier.batches == []
    again.host.reasons["Port1"] = Reason.LIVE
    await again.pass_time(300)
    assert again.sent_to(MAIL)[0].body.startswith("1 module back: Port1")


async def test_run_looks_and_ends_the_child(trial, monkeypatch):
    looks = asyncio.Queue()
    monkeypatch.setattr("agent.alerts.alerter.INTERVAL", 0.001)

    def broken_look():
        looks.put_nowait(1)
        raise RuntimeError

    trial.alerter._look = broken_look
    task = asyncio.ensure_future(trial.alerter.run())
    await looks.get()
    await looks.get()  # a look that failed ended nothing
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert trial.courier.ended


async def test_no_secret_in_names_or_representations(trial):
    assert names_of([MAIL, "Weird+Thing://x"]) == ["mailto://… (1)", "weird+thing://… (2)"]
    assert "secretword" not in repr(trial.alerter.services)
    assert "secretword" not in repr(AlertPolicy(urls=(MAIL,)))
