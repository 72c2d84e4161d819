"""One open port of a place, over a real pseudo-terminal."""

from __future__ import annotations

import contextlib

import pytest

from agent.bank.at_log import AtLog
from agent.bank.connection import connect
from agent.bank.place import Place
from drivers.errors import LinkLost, NoAnswer, PortUnavailable
from drivers.link import autobaud, resync
from drivers.observation import SimState
from drivers.simulator import SimulatedModule
from drivers.simulator.wirelog import boottime
from drivers.vendors import UrcMeaning
from tests.agent.fake_modules import until


class Counts:
    """What is counted on the way."""

    def __init__(self):
        self.took, self.timeouts, self.urcs = [], 0, 0

    def answered(self, took):
        self.took.append(took)

    def timed_out(self):
        self.timeouts += 1

    def unsolicited(self):
        self.urcs += 1


SILENCE_IS_EXPECTED = 0.3
"""Seconds: an answer timeout for modules that do not answer; the others get all the time that a busy host needs."""


@pytest.fixture
def hurried(monkeypatch):
    """A wrong rate and a quiet line are found soon."""
    monkeypatch.setattr(autobaud, "EVERY", 0.1)
    monkeypatch.setattr(autobaud, "WITHIN", 0.5)
    monkeypatch.setattr(resync, "QUIET", 0.01)
    monkeypatch.setattr(resync, "WAIT", 0.1)


@pytest.fixture
async def opened(hurried):
    """Opens the port of a simulated module as the agent does; returns the connection and its URCs."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_port(module, counts=None, answer_timeout=5.0, **place):
            urcs = []
            connection = await connect(
                Place(key="k", name="Port1", order=1, ports=(module.path,), **place),
                module.path,
                lambda *urc: urcs.append(urc),
                at_log=AtLog(clock=boottime, wall=boottime, personal=True),
                counts=counts or Counts(),
                clock=boottime,
                answer_timeout=answer_timeout,
            )
            stack.push_async_callback(connection.close)
            return connection, urcs

        yield open_port


@pytest.mark.parametrize("rate", autobaud.RATES)
async def test_auto_finds_the_rate_of_the_modules_uart_and_stays_at_it(opened, rate):
    async with SimulatedModule("SIM800") as module:
        module.state.baudrate = rate
        connection, _ = await opened(module, baudrate=None)

        identity = await connection.identify()
        seen = await connection.poll(lambda _: None)

        assert identity.imei == module.state.imei
        assert seen.iccid == module.state.card.iccid
        assert connection.link.wire.at_baudrate == rate


async def test_a_fixed_rate_is_not_tried_out(opened):
    async with SimulatedModule("SIM800") as module:
        module.state.baudrate = 9600
        wrong, _ = await opened(module, baudrate=57600, answer_timeout=SILENCE_IS_EXPECTED)
        with pytest.raises(NoAnswer):
            await wrong.identify()
        assert wrong.link.wire.at_baudrate == 57600
        await wrong.close()

        right, _ = await opened(module, baudrate=9600)
        assert (await right.identify()).imei == module.state.imei


async def test_a_native_modem_is_not_tried_at_other_rates(opened):
    async with SimulatedModule("EC25") as module:
        connection, _ = await opened(
            module, baudrate=None, usb_id="2c7c:0125", answer_timeout=SILENCE_IS_EXPECTED
        )
        module.fault("silent")
        with pytest.raises(NoAnswer):
            await connection.identify()
        assert connection.link.wire.at_baudrate == 115200


async def test_a_named_driver_is_used_whatever_the_module_answers(opened):
    async with SimulatedModule("EC25") as module:
        connection, _ = await opened(module, driver="generic")
        await connection.identify()
        seen = await connection.poll(lambda _: None)
        assert (seen.driver, seen.iccid) == ("generic", module.state.card.iccid)


async def test_a_urc_is_passed_on_with_what_it_proves(opened):
    counts = Counts()
    async with SimulatedModule("SIM800", speed=1000) as module:
        connection, urcs = await opened(module, counts)
        await connection.identify()
        module.pull()
        seen = await connection.poll(lambda _: None)
        assert seen.sim is SimState.ABSENT
        proofs = [proof for meaning, proof in urcs if meaning is UrcMeaning.SIM_GONE]
        assert [proof.sim for proof in proofs] == [SimState.ABSENT]
        assert counts.urcs >= len(urcs) > 0


async def test_the_at_log_and_the_counts_get_every_exchange(opened):
    counts = Counts()
    async with SimulatedModule("SIM800") as module:
        connection, _ = await opened(module, counts)
        await connection.identify()
        asked = len(counts.took)
        module.fault("silent")
        connection.answer_timeout = SILENCE_IS_EXPECTED
        await connection.poll(lambda _: None)
        # To all in one line, then to the first by itself.
        assert (len(counts.took), counts.timeouts) == (asked, 2)
        answers = {answer.command: answer.lines for answer in connection._at_log.answers}
        assert answers["AT+CMEE=1;+CREG=2;+CSMINS=1;+CGSN"] == (module.state.imei,)
        assert answers["AT+CPIN?"] == ("no answer",)


async def test_the_end_of_the_port_ends_the_connection(opened):
    async with SimulatedModule("SIM800") as module:
        connection, _ = await opened(module)
        await connection.identify()
        module.unplug()
        with pytest.raises(LinkLost):
            await connection.poll(lambda _: None)


async def test_a_port_that_does_not_exist_is_unavailable(tmp_path):
    missing = str(tmp_path / "ttyUSB0")
    with pytest.raises(PortUnavailable):
        await connect(
            Place(key="k", name="Port1", order=1, ports=(missing,)),
            missing,
            lambda *_: None,
            at_log=AtLog(clock=boottime, wall=boottime, personal=True),
            counts=Counts(),
            clock=boottime,
            answer_timeout=SILENCE_IS_EXPECTED,
        )


async def test_the_end_of_a_port_between_two_polls_is_reported_at_once(opened):
    async with SimulatedModule("SIM800") as module:
        _, urcs = await opened(module)
        module.unplug()
        await until(lambda: urcs == [(UrcMeaning.STOPPED, None)])
