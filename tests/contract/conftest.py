"""`subject` is every personality of the simulator in turn, or the module at --module=PORT."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from subjects import PERSONALITIES, SPEED, Need, Subject, opening

from drivers.link import resync
from drivers.simulator import SimulatedBank, SimulatedModule

IN_QUICK = ("EC25", "SIM800", "ME909", "LE910", "MC55")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "answer_timeout(seconds): for tests in which answers are lost on purpose"
    )
    config.addinivalue_line("markers", "needs(*needs): what this test does to its subject, or knows about it")


def pytest_generate_tests(metafunc):
    if "subject" in metafunc.fixturenames:
        port = metafunc.config.getoption("--module")
        metafunc.parametrize("subject", [port] if port else _simulated(), indirect=True)


def _simulated():
    """Every personality; one for each kind of dialogue is in the quick tests."""
    return [pytest.param(name, marks=() if name in IN_QUICK else pytest.mark.slow) for name in PERSONALITIES]


@pytest.fixture(autouse=True)
def possible(request, monkeypatch):
    """Skip what cannot be done to a real module, with the text of the need."""
    if not request.config.getoption("--module"):
        # A simulated module answers at once: a short silence is enough.
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
async def opened(subject):
    """The subject, opened and identified."""
    async with opening(subject) as opened:
        await opened.module.identify()
        yield opened


@pytest.fixture
def simulated(opened):
    """The simulated module at the other end, to be tampered with."""
    assert opened.subject.simulated is not None, f"the test does not name a need of {[*Need]}"
    return opened.subject.simulated


@pytest.fixture
async def all_opened(request):
    """Every personality, identified, in one bank: for tests that take time."""
    marker = request.node.get_closest_marker("answer_timeout")
    seconds = marker.args[0] if marker is not None else 5.0
    async with contextlib.AsyncExitStack() as stack:
        count = len(PERSONALITIES)
        bank = SimulatedBank(modules=count, slots=2 * count, latency=0.0, mix=PERSONALITIES, speed=SPEED)
        await stack.enter_async_context(bank)
        subjects = [Subject(module.path, module) for module in bank.modules]
        opened = [await stack.enter_async_context(opening(subject, seconds)) for subject in subjects]
        await asyncio.gather(*(one.module.identify() for one in opened))
        yield opened
