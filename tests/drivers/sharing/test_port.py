"""One shared port: turns, time and what becomes of a client when its module goes; over memory, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from memory_wires import MemoryWire, Module

from drivers.at.allowlist import allowed
from drivers.at.commands import CREG, CREG_URCS, NUMERIC_ERRORS, SESSION_SETTINGS
from drivers.errors import LinkLost
from drivers.link import Direction, Link
from drivers.sharing.dialogue import ABANDONED_TIMEOUT, BODY_TIMEOUT
from drivers.sharing.port import SharedPort
from drivers.vendors import URCS

SETTINGS = (SESSION_SETTINGS, NUMERIC_ERRORS, CREG_URCS)
SILENT = b""


class MemoryTerminal:
    """A terminal whose client is the test: what it writes is there at once."""

    def __init__(self, *, on_open, on_data, on_close):
        self.tell_come, self.tell_data, self.tell_leave = on_open, on_data, on_close
        self.open = self.opened = False
        self.listening = False
        self.waiting = b""
        self.shown = b""

    def detect_client(self):
        """Notice a client, as the real one does when it is asked to."""
        if self.opened and not self.open:
            self.open = True
            self.tell_come()

    def listen(self, on):
        self.listening = on
        if on and self.waiting:
            waiting, self.waiting = self.waiting, b""
            self.tell_data(waiting)

    def write(self, data):
        self.shown += data
        return True

    def close(self):
        self.open = self.opened = False


class Program:
    """A client."""

    def __init__(self, terminal):
        self.terminal = terminal
        terminal.opened = True

    def write(self, data):
        if self.terminal.listening:
            self.terminal.tell_data(data)
        else:
            self.terminal.waiting += data

    def read(self):
        shown, self.terminal.shown = self.terminal.shown, b""
        return shown

    def close(self):
        self.terminal.open = self.terminal.opened = False
        self.terminal.tell_leave()


class Shared:
    """A client on a port, and a module in memory."""

    def __init__(self, answers=None):
        self.terminals = []
        self.port = SharedPort("Port1", renew=self.terminals.append, clock=lambda: 7.0)
        self.link = Link(MemoryWire(Module(answers)), urcs=URCS)
        self.said = []
        self.link.trace = lambda direction, data: self.said.append((direction, data))
        self.waits = []
        self.port.attach(self.link, SETTINGS, on_waited=self.waits.append)
        self.enter()

    def enter(self):
        self.program = Program(self.terminals[-1])
        self.port.check()

    @property
    def heard(self):
        return self.link.wire.module.heard

    async def ask(self, text):
        """Write a line without echo, and return what comes of it at once."""
        self.program.write(text + b"\r")
        await asyncio.sleep(0.1)
        return self.program.read()


@pytest.fixture
async def shared(instant, monkeypatch):
    monkeypatch.setattr("drivers.sharing.port.Terminal", MemoryTerminal)
    made = []

    def make(answers=None):
        made.append(Shared(answers))
        return made[-1]

    yield make
    for one in made:
        one.port.close()


async def test_a_client_is_answered_and_its_wait_is_measured(shared):
    one = shared()
    assert await one.ask(b"ATE0") == b"ATE0\r\r\nOK\r\n"
    assert await one.ask(b"AT+CREG?") == b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"
    assert one.heard == ["ATE0", "AT+CREG?"]
    assert len(one.waits) == 2
    assert one.port.client.since_at == 7.0


async def test_clients_and_we_take_turns_and_the_trace_shows_who(shared):
    one = shared({"AT+SLOW": SILENT})
    one.program.write(b"ATE0\rAT+SLOW\rAT+CSQ\r")
    await asyncio.sleep(0.1)
    waited = []
    one.link.on_waited = waited.append
    asking = asyncio.ensure_future(one.link.ask(CREG, 3))
    await asyncio.sleep(1.0)
    assert not asking.done()
    one.link.wire.say(b"\r\nOK\r\n")
    assert await asking == ("+CREG: 2,1",)
    await asyncio.sleep(0.1)
    assert one.heard == ["ATE0", "AT+SLOW", "AT+CREG?", "AT+CSQ"]
    assert waited == [pytest.approx(1.0, abs=0.3)]
    ours = b"".join(data for direction, data in one.said if direction is Direction.TO_MODULE)
    theirs = b"".join(data for direction, data in one.said if direction is Direction.CLIENT_TO_MODULE)
    assert (ours, theirs) == (b"AT+CREG?\r", b"ATE0\rAT+SLOW\rAT+CSQ\r")


async def test_our_late_answer_never_reaches_the_client(shared):
    one = shared({"AT+CREG?": SILENT})
    await one.ask(b"ATE0")
    with pytest.raises(Exception, match="AT\\+CREG"):
        await one.link.ask(CREG, 0.5)
    one.program.write(b"AT+CSQ\r")
    one.link.wire.say(b"\r\n+CREG: 2,1\r\n\r\nOK\r\n")
    await asyncio.sleep(3)
    assert one.program.read() == b"\r\nOK\r\n"


async def test_a_command_that_is_never_answered_frees_the_line_in_bounded_time(shared):
    one = shared({"AT+DEAF": SILENT})
    await one.ask(b"AT+DEAF")
    assert await asyncio.wait_for(one.link.ask(CREG), 60) == ("+CREG: 2,1",)
    assert one.heard[0] == "AT+DEAF"
    assert len(one.heard) > 2, "brought back in step first"


async def test_typing_on_does_not_hold_the_line(shared):
    one = shared({"AT+DEAF": SILENT})
    one.program.write(b"AT+DEAF\r")
    asking = asyncio.ensure_future(one.link.ask(CREG, 30))
    for _ in range(40):
        await asyncio.sleep(1)
        one.program.write(b"AT\r")
        if asking.done():
            break
    assert await asking == ("+CREG: 2,1",)


async def test_a_client_that_stops_in_a_text_is_ended_with_escape(shared):
    one = shared({"AT+CMGS=20": b"\r\n> ", "\x1b": b"\r\nOK\r\n"})
    await one.ask(b"AT+CMGS=20")
    one.program.write(b"0011")
    began = asyncio.get_running_loop().time()
    assert await one.link.ask(CREG, 60)
    assert asyncio.get_running_loop().time() - began < BODY_TIMEOUT + 3
    assert next(data for direction, data in one.said if direction is Direction.TO_MODULE) == b"\x1b"


async def test_a_client_that_dies_frees_the_line_and_the_next_one_gets_nothing_of_it(shared):
    one = shared({"AT+DEAF": SILENT})
    one.program.write(b"AT+DEAF\r")
    await asyncio.sleep(0.1)
    one.program.close()
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(0.1)
    one.enter()
    one.program.write(b"AT+CSQ\r")
    assert await one.link.ask(CREG, 30)
    assert asyncio.get_running_loop().time() - began < ABANDONED_TIMEOUT + 2
    one.port.check()
    await asyncio.sleep(0.2)
    one.port.check()
    await asyncio.sleep(0.2)
    assert one.program.read() == b"AT+CSQ\r\r\nOK\r\n"


async def test_urcs_reach_the_client_and_us_whoever_holds_the_lock(shared):
    one = shared({"AT+SLOW": SILENT})
    urcs = []
    one.link.on_urc = urcs.append
    await one.ask(b"ATE0")
    one.link.wire.say(b'\r\n+CMT: "+46",,"x"\r\nOK\r\n+CREG: 1\r\n')
    await asyncio.sleep(0.3)
    one.link.wire.say(b"\r\nRING\r\n")
    assert one.program.read() == b'\r\n+CMT: "+46",,"x"\r\n\r\nOK\r\n\r\n+CREG: 1\r\n\r\nRING\r\n'
    one.program.write(b"AT+SLOW\r")
    await asyncio.sleep(0.1)
    one.link.wire.say(b"\r\nRING\r\n")
    assert one.program.read() == b"\r\nRING\r\n"
    assert urcs == ['+CMT: "+46",,"x"', "RING", "RING"]


async def test_a_reset_by_the_client_is_followed_by_our_settings_before_any_other_command(shared):
    one = shared()
    one.program.write(b"ATZ\rAT+CSQ\r")
    await asyncio.sleep(0.2)
    assert one.heard == ["ATZ", "ATE0V1Q0", "AT+CMEE=1", "AT+CREG=2", "AT+CSQ"]
    ours = [data for direction, data in one.said if direction is Direction.TO_MODULE]
    assert all(allowed(data.decode()) for data in ours)


async def test_while_the_module_is_away_the_client_gets_nothing_and_stays(shared):
    one = shared({"AT+DEAF": SILENT})
    one.link.on_lost = lambda _: one.port.detach()
    one.program.write(b"AT+DEAF\r")
    await asyncio.sleep(0.1)
    asking = asyncio.ensure_future(one.link.ask(CREG))
    await asyncio.sleep(0)
    one.program.read()
    one.link.wire.break_down("unplugged")
    with pytest.raises(LinkLost):
        await asking
    assert await one.ask(b"AT") == b""
    again = Link(MemoryWire(Module()), urcs=URCS)
    one.port.attach(again, SETTINGS)
    assert await one.ask(b"AT") == b"AT\r\r\nOK\r\n", "with the settings of a module after its start"


async def test_a_link_that_ends_late_does_not_take_its_successor_along(shared):
    one = shared()
    old = one.link
    again = Link(MemoryWire(Module()), urcs=URCS)
    one.port.attach(again, SETTINGS)
    one.port.detach(old)
    assert (await one.ask(b"AT")).endswith(b"OK\r\n")
    one.port.detach(again)
    assert await one.ask(b"AT") == b""


async def test_a_connection_that_closes_leaves_no_text_open(shared):
    one = shared({"AT+CMGS=20": b"\r\n> ", "\x1b": SILENT})
    await one.ask(b"AT+CMGS=20")
    one.port.detach()
    assert one.heard[-1] == "\x1b"
    assert not one.link.lock.locked


async def test_a_line_that_cannot_be_had_costs_the_client_its_command_only(shared):
    one = shared({"AT": SILENT, "ATQ0": SILENT, "AT+CREG?": SILENT})
    with pytest.raises(Exception, match="AT\\+CREG"):
        await one.link.ask(CREG, 0.5)
    one.program.write(b"ATE0\r")
    await asyncio.sleep(20)
    assert "ATE0" not in one.heard
    one.link.wire.module.answers.update({"AT": b"\r\nOK\r\n", "ATQ0": b"\r\nOK\r\n"})
    await one.ask(b"AT+CSQ")
    await asyncio.sleep(10)
    assert one.heard[-1] == "AT+CSQ"


async def test_a_restart_gives_both_a_fresh_start(shared):
    one = shared()
    await one.ask(b"ATE0")
    one.port.restarted()
    assert await one.ask(b"AT") == b"AT\r\r\nOK\r\n"
