"""The farm answers as a module does, and tells truly what it did: the figures of the bench stand on it."""

from __future__ import annotations

import pytest

from agent.app.process_limits import boottime
from agent.bank.at_log import AtLog
from agent.bank.connection import connect
from agent.bank.place import Place
from agent.bank.survey import Uncounted
from drivers.observation import Registration, SimState
from tests.bench.farm import farm
from tests.missing import need


@pytest.fixture(autouse=True)
def compiler():
    need("cc", "gcc and libc6-dev")


async def test_the_agent_understands_the_whole_of_it():
    async with farm(2, answer=0.001) as modules:
        port = str(modules.folder / "m0002")
        place = Place(key=port, name="Port2", order=0, ports=(port,))
        log = AtLog(clock=boottime, wall=boottime, personal=True)
        connection = await connect(
            place,
            port,
            lambda _meaning, _seen: None,
            at_log=log,
            counts=Uncounted(),
            clock=boottime,
            answer_timeout=5.0,
        )
        identity = await connection.identify()
        seen = await connection.poll(lambda _seen: None)
        await connection.close()
        first, second = await modules.work()
    assert (identity.manufacturer, identity.model) == ("Quectel", "EC25")
    assert (seen.sim, seen.registration) == (SimState.READY, Registration.HOME)
    assert seen.complete
    assert {number.text for number in seen.numbers} == {modules.number(2)}
    assert (seen.signal_dbm, seen.operator) == (-65, "TELE2")
    assert first.lines == 0
    assert second.commands * 0.001 <= second.seconds
    assert second.lines <= second.commands


async def test_another_card_has_another_number():
    async with farm(1, answer=0.001) as modules:
        before = modules.number(1)
        await modules.order("pull 1")
        await modules.insert(1)
        assert modules.number(1) != before
