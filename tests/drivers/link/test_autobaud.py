"""The rate is the one at which a clean AT is answered."""

from __future__ import annotations

import pytest
from memory_wires import MemoryWire, Module

from drivers.at.commands import CREG
from drivers.errors import LinkLost
from drivers.link import Link, find_baudrate
from drivers.link.autobaud import RATES, WITHIN
from drivers.link.resync import TRIES

NOISE = b"\xf8\x00\xff\x86\x1e\r\n"


class NoisyModule(Module):
    """At a wrong rate it is heard, as garbage, and so are we."""

    def hear(self, data, baudrate):
        """Garbage at any rate but its own."""
        return super().hear(data, baudrate) or NOISE


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", [Module, NoisyModule])
async def test_a_module_is_found_at_its_rate_and_answers_there(instant, rate, kind):
    link = Link(MemoryWire(kind(baudrate=rate)))
    assert await find_baudrate(link) == rate
    assert link.wire.at_baudrate == rate
    assert await link.ask(CREG) == ("+CREG: 2,1",)


async def test_a_module_that_answers_at_any_rate_stays_at_the_first_and_hears_one_at(instant):
    link = Link(MemoryWire(Module()))
    assert await find_baudrate(link) == 115200
    assert link.wire.module.heard == ["ATQ0"]


async def test_a_module_that_needs_several_at_to_find_its_rate_is_found(instant):
    link = Link(MemoryWire(Module({"ATQ0": [b"", b"", *[b"\r\nOK\r\n"] * 9]}, baudrate=9600)))
    assert await find_baudrate(link) == 9600


async def test_a_mute_port_has_no_rate_and_costs_a_bounded_time(instant):
    link = Link(MemoryWire(Module({"ATQ0": b""})))
    started = instant()
    assert await find_baudrate(link) is None
    assert instant() - started <= len(RATES) * WITHIN
    assert len(link.wire.module.heard) <= len(RATES) * TRIES


async def test_a_port_of_noise_has_no_rate(instant):
    link = Link(MemoryWire(NoisyModule({"ATQ0": NOISE})))
    assert await find_baudrate(link) is None


async def test_an_ok_within_noise_is_not_clean(instant):
    link = Link(MemoryWire(Module({"ATQ0": NOISE + b"\r\nOK\r\n"})))
    assert await find_baudrate(link, [9600]) is None


async def test_a_lost_wire_ends_the_search(instant):
    link = Link(MemoryWire())
    link.wire.break_down("unplugged")
    with pytest.raises(LinkLost):
        await find_baudrate(link)
