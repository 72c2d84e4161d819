"""One module that talks without end costs the others nothing: what it says is folded before a decision."""

from __future__ import annotations

import asyncio

import pytest

from agent.bank.bank import PollIntervals
from agent.bank.watcher import URCS_AT_ONCE
from drivers.observation import Observation, Registration, SimState
from drivers.vendors.dialect import UrcMeaning
from tests.agent.fake_modules import FakeBank, FakePort, until

QUIET = PollIntervals(poll=60, settling=0.01)
MANY = 2000


def restarted(at: float) -> Observation:
    return Observation(module="Port1", at=at, sim=SimState.NOT_READY, restarted=True)


def gone(at: float) -> Observation:
    return Observation(module="Port1", at=at, sim=SimState.ABSENT)


@pytest.mark.parametrize("meanings", [[meaning] for meaning in UrcMeaning] + [list(UrcMeaning)])
async def test_a_flood_of_urcs_makes_few_decisions_and_few_polls(meanings):
    proven = {UrcMeaning.RESTARTED: restarted, UrcMeaning.STOPPED: restarted, UrcMeaning.SIM_GONE: gone}
    async with FakeBank(FakePort(), FakePort(), intervals=QUIET) as bank:
        await until(lambda: len(bank.live) == 2)
        port = bank.ports["port-1"]
        before, polls = len(bank.decisions), port.polls
        for turn in range(MANY):
            meaning = meanings[turn % len(meanings)]
            seen = proven[meaning](bank.clock()) if meaning in proven else None
            port.on_urc(meaning, seen)
            if turn % 100 == 0:
                await asyncio.sleep(0)
        assert len(bank.decisions) - before <= URCS_AT_ONCE * len(meanings)
        assert port.polls - polls <= URCS_AT_ONCE * len(meanings)
        assert "Port2" in bank.live
        bank.ports["port-2"].on_urc(
            UrcMeaning.SIM_GONE, Observation(module="Port2", at=bank.clock(), sim=SimState.ABSENT)
        )
        await until(lambda: "Port2" not in bank.live)


async def test_whatever_one_turn_of_the_loop_brings_there_is_one_decision():
    async with FakeBank(FakePort(), FakePort(), intervals=QUIET) as bank:
        await until(lambda: len(bank.live) == 2)
        good = bank.bank.members["Port1"].complete
        before = len(bank.decisions)
        for _ in range(MANY):
            for seen in (gone(bank.clock()), restarted(bank.clock()), good):
                bank.bank._publish(seen)
        assert len(bank.decisions) == before
        async with asyncio.timeout(5):
            while len(bank.decisions) == before:
                await asyncio.sleep(0)  # the polls that follow from it make decisions of their own
        assert len(bank.decisions) == before + 1


@pytest.mark.parametrize("news", [gone, restarted])
async def test_bad_news_that_a_good_answer_follows_in_the_same_moment_still_counts(news):
    async with FakeBank(FakePort(), intervals=QUIET) as bank:
        await until(lambda: bank.live == {"Port1"})
        good = bank.bank.members["Port1"].complete
        before = len(bank.decisions)
        bank.bank._publish(news(bank.clock()))
        bank.bank._publish(Observation(**{**_fields(good), "at": bank.clock()}))
        await until(lambda: len(bank.decisions) > before)
        assert bank.decisions[before].live == {}
        await until(lambda: bank.live == {"Port1"})


async def test_what_was_folded_is_acted_upon_when_its_time_has_come(monkeypatch):
    monkeypatch.setattr("agent.bank.watcher.URC_EVERY", 0.05)
    async with FakeBank(FakePort(), intervals=PollIntervals(poll=60, settling=60)) as bank:
        await until(lambda: bank.ports["port-1"].polls)
        port, watcher = bank.ports["port-1"], bank.bank.members["Port1"].watcher
        for _ in range(MANY):
            port.on_urc(UrcMeaning.RESTARTED, restarted(bank.clock()))
        assert watcher.restarts == URCS_AT_ONCE
        last = bank.clock()
        await until(lambda: watcher.restarts == URCS_AT_ONCE + 1)
        assert bank.bank.members["Port1"].state.latest.at <= last + 1


async def test_a_refusal_between_two_good_answers_is_not_folded_away():
    async with FakeBank(FakePort(), intervals=QUIET) as bank:
        await until(lambda: bank.live == {"Port1"})
        good = bank.bank.members["Port1"].complete
        before = len(bank.decisions)
        denied = Observation(**{**_fields(good), "at": bank.clock(), "registration": Registration.DENIED})
        bank.bank._publish(denied)
        bank.bank._publish(Observation(**{**_fields(good), "at": bank.clock()}))
        await until(lambda: len(bank.decisions) > before)
        assert bank.decisions[before].live == {}


def _fields(seen: Observation) -> dict[str, object]:
    return {name: getattr(seen, name) for name in Observation.__dataclass_fields__}
