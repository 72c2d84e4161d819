"""Looks at the spare ports of a merged module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.bank.place import Place
from agent.bank.siblings import Siblings
from agent.bank.spare_port import LOOK_EVERY, SparePorts
from drivers.errors import NoAnswer, PortProblem, PortUnavailable
from drivers.observation import Identity, Observation
from drivers.ports import Port, UsbPlace, group

IMEI = "490154203237518"
CARD = "8946120000005000016"
OTHER_CARD = "8946120000005000024"
A, B, C = "/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB2"


def seen(iccid: str | None = CARD, imei: str | None = IMEI) -> Observation:
    return Observation(module="Port1", at=0.0, iccid=iccid, identity=Identity(imei=imei))


class Module:
    def __init__(self, tells: Observation | None) -> None:
        self.tells = tells
        self.closed = False

    async def identify(self) -> None:
        if self.tells is None:
            raise NoAnswer("AT")

    async def poll(self, publish: Callable) -> Observation:
        assert self.tells is not None
        return self.tells

    async def close(self) -> None:
        self.closed = True


class Bench:
    """A module with three ports that were merged."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tells: dict[str, Observation | None] = {A: seen(), B: seen(), C: seen()}
        self.looked: list[tuple[str, bool]] = []
        self.opened: list[Module] = []
        self.siblings = Siblings()
        ports = [Port(path, UsbPlace("1-2", n, vid="dead", pid="beef")) for n, path in enumerate((A, B, C))]
        self.found = group(ports)
        self.siblings.merge(self.found)
        for module in self.found:
            self.siblings.tell(module.place, IMEI, CARD)
        (merged,) = self.siblings.merge(self.found)
        self.place = Place(
            key=merged.place,
            name="Port1",
            order=0,
            ports=(A, B, C),
            share=True,
            merged=True,
            siblings=self.siblings,
        )
        self.spare = SparePorts(self.connect, lambda: self.now)

    async def connect(self, place: Place, address: str, on_urc: Callable) -> Module:
        if address not in self.tells:
            raise PortUnavailable(PortProblem.BUSY, "held")
        self.looked.append((address, place.share))
        self.opened.append(Module(self.tells[address]))
        return self.opened[-1]

    async def polls(self, times: int, *, every: float = 10.0) -> bool:
        split = False
        for _ in range(times):
            self.now += every
            split = await self.spare.look(self.place, A, seen()) or split
        return split


async def test_the_spare_ports_are_looked_at_in_turn_and_rarely():
    bench = Bench()
    assert not await bench.polls(int(4 * LOOK_EVERY / 10))
    assert bench.looked == [(B, False), (C, False), (B, False)]
    assert all(module.closed for module in bench.opened)


async def test_three_looks_in_a_row_that_find_another_card_split_the_module():
    bench = Bench()
    bench.tells[B] = seen(OTHER_CARD)
    assert not await bench.polls(int(LOOK_EVERY / 10) + 2)
    assert [port for port, _ in bench.looked] == [B, B]
    assert await bench.polls(1)
    assert len(bench.siblings.merge(bench.found)) == 3


async def test_a_swap_between_two_polls_splits_nothing():
    bench = Bench()
    bench.tells[B] = seen(OTHER_CARD)
    await bench.polls(int(LOOK_EVERY / 10) + 2)
    bench.tells[B] = seen()
    assert not await bench.polls(3)
    assert len(bench.siblings.merge(bench.found)) == 1


@pytest.mark.parametrize("tells", [None, seen(None), seen(imei=None), "busy"])
async def test_a_spare_port_that_tells_nothing_is_no_evidence(tells):
    bench = Bench()
    for port in (B, C):
        if tells == "busy":
            del bench.tells[port]
        else:
            bench.tells[port] = tells
    assert not await bench.polls(int(10 * LOOK_EVERY / 10))
    assert len(bench.siblings.merge(bench.found)) == 1


async def test_a_module_that_was_not_merged_has_no_spare_ports():
    bench = Bench()
    bench.place = replace(bench.place, merged=False)
    await bench.polls(100, every=60.0)
    assert bench.looked == []
