"""Serial servers on the network: what they say before they close, and connections that fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from agent.bank import watcher as watching
from agent.bank.at_log import AtLog
from agent.bank.connection import connect
from agent.bank.place import Place
from agent.bank.serial_server import DEAF_POLLS, DEAF_SHARED, Deafness, words
from agent.bank.watcher import Watcher
from drivers.errors import LinkLost, NoAnswer, PortProblem, PortUnavailable, TurnedAway
from drivers.link import resync
from drivers.observation import Observation, PortState, SimState
from tests.agent.fake_modules import FakeModule, FakePort, until

SILENT = Observation(module="Port1", at=0.0)
NOISY = replace(SILENT, sim=SimState.READY)


class Uncounted:
    def __getattr__(self, name):
        return lambda *_: None


async def connection_to(address, *, answer_timeout=0.3):
    return await connect(
        Place(key="k", name="Port1", order=1, ports=(address,)),
        address,
        lambda *_: None,
        at_log=AtLog(clock=asyncio.get_running_loop().time, wall=lambda: 0.0, personal=True),
        counts=Uncounted(),
        clock=asyncio.get_running_loop().time,
        answer_timeout=answer_timeout,
    )


@contextlib.asynccontextmanager
async def server_that(behave):
    """A server on loopback; `behave` gets reader and writer of each connection."""

    async def serve(reader, writer):
        with contextlib.suppress(ConnectionError):
            await behave(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(resync, "QUIET", 0.01)
    monkeypatch.setattr(resync, "WAIT", 0.1)
    monkeypatch.setattr(watching, "RETRY_OPEN", 0.01)


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (b"Port already in use\r\n", "Port already in use"),
        (b"\r\nPort already in use\r\n", "Port already in use"),
        (b"Port already in use", "Port already in use"),
        (b"\xff\xfb\x03\xff\xfb\x01Port is busy\r\n", "Port is busy"),
        (
            b"\xff\xfa\x2c\x01\x00\xff\xf0Device open failure: Object was not found\r\n",
            "Device open failure: Object was not found",
        ),
        (b"Too many connections.\r\nTry again later.\r\n", "Too many connections. Try again later."),
        (b"ATE0V1Q0\rAccess denied\r\n", "Access denied"),
        (b"\x1b]0;evil\x07All ports are in use\x9b2J\r\n", "]0;evil All ports are in use 2J"),
        ("Порт занят\r\n".encode(), "Порт занят"),
        (b"\r\n*** Node 2. Port is currently in use ***\r\n", "*** Node 2. Port is currently in use ***"),
        (b"# port 3 is in use\r\n", "# port 3 is in use"),
        (b"Attention: port in use\r\n", "Attention: port in use"),
        (b"At most one client per port\r\n", "At most one client per port"),
        (b"", ""),
        (b"\r\n\r\n", ""),
        (b"\r\nRDY\r\n\r\n+CPIN: READY\r\n", ""),
        (b"\r\nCall Ready\r\n", ""),
        (b"\r\nOK\r\n", ""),
        (b"ATE0V1Q0\r\r\nERROR\r\n", ""),
        (b"^BOOT:12345\r\n", ""),
        (b"*XYREADY: 1\r\n!NEWSTATE: 4\r\n$NWSTATE: 1\r\n#STARTUP\r\n", ""),
        (b"AT\rAT+CPIN?\rATI\rAT^ICCID?\r", ""),
        (b"\x00\xff\xfe\x80", ""),
    ],
)
def test_words_are_what_no_module_would_send(received, said):
    assert words(received) == said


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_server_that_closes_with_words_is_a_busy_port_with_those_words(at_once):
    async def busy(reader, writer):
        if not at_once:
            await reader.read(1)  # our first command
        writer.write(b"Port already in use\r\n")
        await writer.drain()

    async with server_that(busy) as address:
        connection = await connection_to(address)
        with pytest.raises(TurnedAway) as turned:
            await connection.identify()
        assert turned.value.words == 'the serial server says "Port already in use"'
        await connection.close()


async def test_a_server_that_closes_without_words_is_a_lost_link():
    async def closes(reader, writer):
        await reader.read(1)

    async with server_that(closes) as address:
        connection = await connection_to(address)
        with pytest.raises(LinkLost) as lost:
            await connection.identify()
        assert not isinstance(lost.value, TurnedAway)
        await connection.close()


async def test_what_a_module_sent_before_the_server_closed_is_no_word_of_the_server():
    async def answers_once(reader, writer):
        await reader.readuntil(b"\r")
        writer.write(b"\r\nOK\r\nHello there\r\n")
        await writer.drain()
        await reader.readuntil(b"\r")

    async with server_that(answers_once) as address:
        connection = await connection_to(address)
        with pytest.raises((LinkLost, NoAnswer)) as lost:
            await connection.identify()
        assert not isinstance(lost.value, TurnedAway)
        await connection.close()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning:serial.rfc2217")  # pyserial's own
async def test_a_server_that_turns_an_rfc2217_client_away_is_a_busy_port_too():
    async def busy(reader, writer):
        writer.write(b"Port already in use\r\n")
        await writer.drain()

    async with server_that(busy) as address:
        with pytest.raises(PortUnavailable) as refused:
            await connection_to(address.replace("socket", "rfc2217"))
    assert refused.value.problem is PortProblem.BUSY
    assert refused.value.holder == 'the serial server says "Port already in use"'


def test_only_silence_without_a_gap_is_deafness():
    deafness = Deafness()
    polls = [SILENT] * (DEAF_POLLS - 1) + [NOISY] + [SILENT] * DEAF_POLLS
    heard = [deafness.notes(seen, 10.0 * number, shared=False) for number, seen in enumerate(polls)]
    assert heard == [False] * (2 * DEAF_POLLS - 1) + [True]


def test_a_shared_port_is_given_more_time():
    deafness = Deafness()
    times = [10.0 * number for number in range(40)]
    deaf = [at for at in times if deafness.notes(SILENT, at, shared=True)]
    assert deaf[0] == DEAF_SHARED


class Watched:
    """A watcher over one port of a serial server, each connection to which may be deaf."""

    def __init__(self, address="socket://10.0.0.5:4001"):
        self.port = FakePort()
        self.connections: list[bool] = []
        """Which of the next connections are answered; afterwards all."""
        self.opened = 0
        self.published: list[Observation] = []
        clock = asyncio.get_running_loop().time
        self.watcher = Watcher(
            Place(key="k", name="Port1", order=1, ports=(address,)),
            connect=self.connect,
            clock=clock,
            publish=self.published.append,
            interval=lambda: 0.005,
        )

    async def connect(self, place, address, on_urc):
        self.opened += 1
        self.port.open_now += 1
        self.port.answers = self.connections.pop(0) if self.connections else True
        self.port.on_urc = on_urc
        return FakeModule(place.name, self.port, asyncio.get_running_loop().time)

    @property
    def states(self):
        return [seen.port for seen in self.published]

    async def __aenter__(self):
        self.task = asyncio.create_task(self.watcher.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_a_connection_that_goes_deaf_is_made_anew_and_the_port_is_never_gone():
    async with Watched() as watched:
        await until(lambda: watched.port.polls > 3)
        watched.port.answers = False
        await until(lambda: watched.opened == 2)
        polls = watched.port.polls
        await until(lambda: watched.port.polls > polls + 3)
        assert watched.port.open_now == 1
        assert PortState.GONE not in watched.states


async def test_a_connection_that_is_deaf_from_the_start_is_made_anew(monkeypatch):
    monkeypatch.setattr(watching, "BACKOFF", (0.01, 0.02))
    watched = Watched()
    watched.connections = [False, False, True]
    async with watched:
        await until(lambda: watched.port.polls > 3)
        assert watched.opened == 3


async def test_a_tty_that_is_silent_stays_open(monkeypatch):
    monkeypatch.setattr(watching, "BACKOFF", (0.01, 0.02))
    async with Watched("/dev/ttyUSB0") as watched:
        await until(lambda: watched.port.polls > 3)
        watched.port.answers = False
        polls = watched.port.polls
        await until(lambda: watched.port.polls > polls + 3 * DEAF_POLLS)
        assert watched.opened == 1


async def test_a_server_that_stays_silent_is_asked_ever_more_rarely(monkeypatch):
    pauses = []
    monkeypatch.setattr(watching, "BACKOFF", (1.0, 2.0, 300.0))
    watched = Watched()
    for _ in range(4):
        watched.watcher._answered_once = True
        watched.watcher._failed("socket://10.0.0.5:4001", PortState.MUTE, "", instead=False)
        pauses.append(
            round(watched.watcher._retry.wait(["socket://10.0.0.5:4001"], asyncio.get_running_loop().time()))
        )
    assert pauses == [1, 2, 60, 60]
