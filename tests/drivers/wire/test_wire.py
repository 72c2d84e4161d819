"""The contract of a wire, run over every kind of it."""

from __future__ import annotations

import asyncio
import time

import pytest
from loopback import eventually, tcp_server

from drivers.errors import LinkLost, PortProblem, PortUnavailable
from drivers.wire import UNSENT_LIMIT, open_wire

# pyserial's own calls.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning:serial.rfc2217")


class Ears:
    """Records what a wire reports, in order."""

    def __init__(self, wire):
        self.data = bytearray()
        self.lost = []
        wire.on_data = self.heard
        wire.on_lost = self.lost.append

    def heard(self, data):
        """Note bytes."""
        assert self.lost == [], "data after the end"
        self.data += data


@pytest.fixture
async def wire(far):
    wire = await open_wire(far.address)
    await eventually(far.connected)
    wire.write(b"?")  # ser2net opens the device, and flushes it, some time after it took the connection
    assert await far.receive(1) == b"?"
    yield wire
    await wire.close()


async def test_every_byte_arrives_unchanged_in_both_directions(far, wire):
    every = bytes(range(256))
    ears = Ears(wire)
    wire.write(every)
    far.send(every)
    assert await far.receive(256) == every
    await eventually(lambda: len(ears.data) == 256)
    assert ears.data == every


async def test_writes_arrive_in_order(far, wire):
    said = [b"AT+CREG?%03d\r" % turn for turn in range(200)]
    for words in said:
        wire.write(words)
    assert await far.receive(sum(map(len, said))) == b"".join(said)


async def test_a_flood_is_handed_on_whole(far, wire):
    ears = Ears(wire)
    flood = b"\r\n+CREG: 1\r\n" * 8000
    await far.send_all(flood)
    await eventually(lambda: len(ears.data) == len(flood))
    assert ears.data == flood


async def test_the_end_is_reported_once_with_a_reason_after_the_last_bytes(far, wire):
    ears = Ears(wire)
    far.send(b"RDY")
    await eventually(lambda: ears.data == b"RDY")
    far.hang_up()
    await eventually(lambda: ears.lost)
    await wire.close()
    assert len(ears.lost) == 1
    assert ears.lost[0]
    assert wire.lost == ears.lost[0]


async def test_a_wire_that_ended_before_anybody_listened_has_its_reason(far, wire):
    far.hang_up()
    await eventually(lambda: wire.lost)


async def test_writing_after_the_end_is_a_lost_link(far, wire):
    far.hang_up()
    await eventually(lambda: wire.lost)
    with pytest.raises(LinkLost, match=r"127.0.0.1|/dev/pts|ours"):
        wire.write(b"AT\r")


async def test_closing_is_reported_once_and_nothing_arrives_after_it(far, wire):
    ears = Ears(wire)
    closing = asyncio.ensure_future(wire.close())
    far.send(b"+CMTI")
    await closing
    await wire.close()
    assert ears.lost == ["closed by us"]
    with pytest.raises(LinkLost):
        wire.write(b"AT\r")


async def test_a_device_that_takes_nothing_ends_the_wire_and_holds_no_more_than_the_limit(far, wire):
    ears = Ears(wire)
    piece = bytes(UNSENT_LIMIT // 2)

    def refused():
        try:
            wire.write(piece)
        except LinkLost:
            return True
        assert wire.unsent <= UNSENT_LIMIT
        return False

    await eventually(refused)
    await eventually(lambda: ears.lost)
    assert ears.lost == ["the device accepts no data"]


async def test_closing_waits_for_no_output(far, wire):
    while wire.unsent < UNSENT_LIMIT // 2:
        wire.write(bytes(1024))
        await asyncio.sleep(0)
    started = time.monotonic()
    await wire.close()
    assert time.monotonic() - started < 30.0  # the output would never be taken
    assert wire.lost == "closed by us"


async def test_a_cancelled_opening_leaves_nothing_open(far):
    opening = asyncio.ensure_future(open_wire(far.address))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_a_wire_can_be_opened_again_as_soon_as_it_is_closed(far):
    for _ in range(2):
        wire = await open_wire(far.address)
        await wire.close()


async def test_a_changed_baudrate_is_remembered_and_the_bytes_go_on(far, wire):
    ears = Ears(wire)
    await wire.set_baudrate(9600)
    assert wire.at_baudrate == 9600
    far.send(b"OK")
    await eventually(lambda: ears.data == b"OK")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("/dev/ttyUSB-none", PortProblem.GONE),
        ("socket://127.0.0.1:1", PortProblem.GONE),
        ("socket://127.0.0.1", PortProblem.BROKEN),
        ("socket://no.such.host.invalid:3000", PortProblem.BROKEN),
        ("rfc2217://127.0.0.1:1", PortProblem.GONE),
        ("rfc2217://:seven", PortProblem.BROKEN),
    ],
)
async def test_an_address_that_does_not_open_is_unavailable(no_leaks, address, problem):
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(address)
    assert caught.value.problem is problem
    assert address in caught.value.detail
    assert caught.value.holder == ""


async def test_a_file_that_is_not_a_tty_is_broken(no_leaks, tmp_path):
    (tmp_path / "ttyUSB3").touch()
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(str(tmp_path / "ttyUSB3"))
    assert caught.value.problem is PortProblem.BROKEN


async def test_a_server_that_speaks_no_rfc2217_is_left_after_the_timeout(no_leaks):
    with tcp_server() as silent:
        address = silent.address.replace("socket", "rfc2217")
        with pytest.raises(PortUnavailable, match=r"did not open within 0.1 s") as caught:
            await open_wire(address, open_timeout=0.1)
        assert caught.value.problem is PortProblem.BROKEN
