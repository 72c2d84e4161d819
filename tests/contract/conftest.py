"""`subject` is every personality of the simulator in turn, or the module at --module=PORT."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from subjects import PERSONALITIES, SPEED, Need, Subject, conversing

from drivers.link import resync
from drivers.simulator import SimulatedBank, SimulatedModule

IN_QUICK = ("EC25", "SIM800", "ME909", "LE910", "MC55")


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(*needs): what this test does to its subject")


def pytest_generate_tests(metafunc):
    if "subject" in metafunc.fixturenames:
        port = metafunc.config.getoption("--module")
        metafunc.parametrize("subject", [port] if port else _simulated(), indirect=True)


def _simulated():
    """Every personality; those of one module for each kind of dialogue are quick enough for the inner loop."""
    return [pytest.param(name, marks=() if name in IN_QUICK else pytest.mark.slow) for name in PERSONALITIES]


@pytest.fixture(autouse=True)
def possible(request, monkeypatch):
    """Skip what cannot be done to a real module, in the words of the need."""
    if not request.config.getoption("--module"):
        # A simulated module is never slow to answer: silence shows at once.
        monkeypatch.setattr(resync, "QUIET", 0.02)
        monkeypatch.setattr(resync, "WAIT", 0.2)
        return
    for marker in request.node.iter_markers("needs"):
        for need in marker.args:
            pytest.skip(f"{need.name}: {need}")


@pytest.fixture
async def subject(request):
    if request.config.getoption("--module"):
        yield Subject(request.param)
        return
    async with SimulatedModule(request.param, name=request.param, speed=SPEED) as simulated:
        yield Subject(simulated.path, simulated)


@pytest.fixture
async def talk(subject):
    """The subject, introduced."""
    async with conversing(subject) as conversation:
        await conversation.module.identify()
        yield conversation


@pytest.fixture
def simulated(talk):
    """The module behind the wire, to be tampered with."""
    assert talk.subject.simulated is not None, f"the test does not say that it needs one of {[*Need]}"
    return talk.subject.simulated


@pytest.fixture
async def everybody():
    """Every personality at once, introduced, in one bank: for what takes time. Answers are not waited for long."""
    async with contextlib.AsyncExitStack() as stack:
        count = len(PERSONALITIES)
        bank = SimulatedBank(modules=count, slots=2 * count, latency=0.0, mix=PERSONALITIES, speed=SPEED)
        await stack.enter_async_context(bank)
        subjects = [Subject(module.path, module) for module in bank.modules]
        talks = [await stack.enter_async_context(conversing(subject, 0.25)) for subject in subjects]
        await asyncio.gather(*(talk.module.identify() for talk in talks))
        yield talks
