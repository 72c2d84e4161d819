"""A dialogue that was given up is brought back in step, within a bound, before anything else is asked."""

from __future__ import annotations

import asyncio

import pytest
from memory_wires import MemoryWire, Module

from drivers.at.commands import CPIN, CREG
from drivers.errors import LinkLost, NoAnswer
from drivers.link import Link
from drivers.link.resync import TRIES

REGISTERED = ("+CREG: 2,1",)
SILENT = b""


def link_to(answers):
    return Link(MemoryWire(Module(answers)))


async def test_a_lost_question_costs_less_than_a_second_of_the_next_ones_time(instant):
    link = link_to({"AT+CREG?": [SILENT, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"]})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    assert await link.ask(CREG, 1) == ("+CREG: 2,3",)


async def test_a_mute_module_hears_a_bounded_number_of_bare_at_and_no_question(instant):
    link = link_to({"AT+CREG?": SILENT, "ATQ0": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    started = instant()
    with pytest.raises(NoAnswer) as caught:
        await link.ask(CPIN, 60)
    assert caught.value.command == "AT+CPIN?"
    assert link.wire.module.heard == ["AT+CREG?"] + ["ATQ0"] * TRIES
    assert instant() - started <= 60


async def test_resynchronising_stays_within_the_time_of_the_question(instant):
    link = link_to({"AT+CREG?": SILENT, "ATQ0": SILENT})
    for _ in range(2):
        started = instant()
        with pytest.raises(NoAnswer):
            await link.ask(CREG, 2.2)
        assert instant() - started == pytest.approx(2.2)


async def test_a_wire_lost_while_resynchronising_fails_the_question(instant):
    link = link_to({"AT+CREG?": SILENT, "ATQ0": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    asking = asyncio.ensure_future(link.ask(CREG, 5))
    await asyncio.sleep(0.5)
    link.wire.break_down("unplugged")
    with pytest.raises(LinkLost):
        await asking


async def test_a_wire_lost_in_the_same_turn_as_its_last_bytes_fails_the_question_too(instant):
    link = link_to({"AT+CREG?": SILENT, "ATQ0": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    asking = asyncio.ensure_future(link.ask(CREG, 5))
    await asyncio.sleep(0.5)
    link.wire.on_data(b"\xff")
    link.wire._ended("unplugged")
    with pytest.raises(LinkLost):
        await asking


async def test_a_module_is_woken_and_either_responds_or_does_not(instant):
    link = link_to({"ATQ0": [SILENT, SILENT, b"\r\nOK\r\n", b"\r\nOK\r\n", b"\r\nOK\r\n", b"\r\nOK\r\n"]})
    assert await link.responds(5, every=0.2)
    assert await link.ask(CREG) == REGISTERED
    mute = link_to({"ATQ0": SILENT})
    assert not await mute.responds(1, every=0.25)
    assert mute.wire.module.heard == ["ATQ0"] * 4


async def test_a_flood_without_pause_cannot_keep_a_question_from_ending(instant):
    link = link_to({"AT+CREG?": SILENT, "ATQ0": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)

    async def flood():
        while True:
            link.wire.say(b"\r\n^RSSI: 21\r\n")
            await asyncio.sleep(0.01)

    flooding = asyncio.ensure_future(flood())
    started = instant()
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 3)
    assert instant() - started == pytest.approx(3, abs=0.1)
    flooding.cancel()
