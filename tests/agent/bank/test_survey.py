"""A survey asks each module until its verdict is known, and waits for none for ever."""

from __future__ import annotations

import contextlib
import os

import pytest

from agent.bank import survey as surveying
from agent.bank.place import Place
from agent.bank.roster import NameClash
from agent.bank.survey import Survey
from agent.decision.verdict import Policy
from agent.numbers.resolve import Number, Resolution, Source
from agent.store.store import Store
from drivers.simulator.module import SimulatedModule

POLICY = Policy(cap=64, settle=300.0)


def lookup(iccid, imsi, reported):
    number = Number("+46701740000", 46, Source.CONFIG, rent=False)
    return Resolution(number=number, rejected=None, disabled=False)


@pytest.fixture
def survey_of():
    """Make a survey of the modules at these addresses; `progress` collects its steps."""
    with contextlib.ExitStack() as ends:

        def make(*addresses, places=None, answer_timeout=5.0):
            async def listed():
                return [
                    Place(key=address, name=f"Port{n}", order=n, ports=(address,))
                    for n, address in enumerate(addresses, 1)
                ]

            store = Store(None)
            ends.callback(store.close)
            return Survey(places or listed, lookup, POLICY, store, poll=10.0, answer_timeout=answer_timeout)

        yield make


@pytest.fixture
def progress():
    steps = []
    yield lambda done, total: steps.append((done, total))
    assert all(done <= total for done, total in steps)
    assert steps[-1][0] == steps[-1][1] or steps[-1] == (0, 1)


async def test_a_good_module_is_live_at_once_though_settle_is_five_minutes(survey_of, progress):
    async with SimulatedModule("SIM800") as module:
        survey = survey_of(module.path)
        await survey.ask_all(progress)
        assert survey.bank.decision.live["Port1"].iccid == module.state.card.iccid


async def test_its_imei_is_noted_for_the_name(survey_of, progress):
    async with SimulatedModule("SIM800") as module:
        survey = survey_of(module.path)
        await survey.ask_all(progress)
        assert survey.store.places.imeis == {module.path: module.state.imei}


async def test_a_port_that_is_gone_is_known_too(survey_of, progress, tmp_path):
    survey = survey_of(str(tmp_path / "ttyUSB0"))
    await survey.ask_all(progress)
    assert survey.bank.decision.verdicts["Port1"].reason == "unplugged"


async def test_a_bank_without_ports_is_known_at_once(survey_of, progress):
    survey = survey_of()
    await survey.ask_all(progress)
    assert survey.bank.decision.verdicts == {}


async def test_a_module_that_does_not_answer_is_not_waited_for_for_ever(survey_of, progress, monkeypatch):
    monkeypatch.setattr(surveying, "LONGEST", 0.05)
    near, far = os.openpty()
    survey = survey_of(os.ttyname(far), answer_timeout=60.0)
    await survey.ask_all(progress)
    assert survey.bank.decision.verdicts["Port1"].reason == "silent"
    os.close(near)
    os.close(far)


@pytest.mark.parametrize("error", [NameClash("two modules would be called 'Same'"), OSError("sysfs is gone")])
async def test_what_listing_the_ports_raises_ends_the_survey(survey_of, error):
    async def listed():
        raise error

    with pytest.raises(type(error)):
        await survey_of(places=listed).ask_all(lambda done, total: None)
