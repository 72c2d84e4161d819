"""The pseudo-terminal of a client: coming and going are noticed, and no client can harm us by what it does not do."""

from __future__ import annotations

import asyncio
import grp
import os
import stat
import termios
import warnings
from pathlib import Path

import pytest
from client_programs import Program, open_as_ordinary_user
from loopback import eventually
from missing import only_root

from drivers.sharing.pty import GROUP, UNREAD_LIMIT, Terminal


class Shown:
    """A terminal and what it told."""

    def __init__(self):
        self.told = []
        self.terminal = Terminal(
            on_open=lambda: (self.told.append("came"), self.terminal.listen(True)),
            on_data=self.told.append,
            on_close=lambda: self.told.append("left"),
        )


def status_of(terminal):
    return Path(terminal.path).stat()


@pytest.fixture
async def shown():
    one = Shown()
    yield one
    one.terminal.close()


async def test_nobody_is_there_until_somebody_opens_it(shown):
    shown.terminal.detect_client()
    assert not shown.terminal.open
    assert not shown.terminal.write(b"lost"), "what nobody can read is lost, as on a tty"
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    assert (shown.terminal.open, shown.told) == (True, ["came"])
    assert program.read() == b""
    program.close()


async def test_bytes_go_both_ways_unchanged_and_without_an_echo(shown):
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    every = bytes(range(256))
    program.write(every)
    await eventually(lambda: b"".join(shown.told[1:]) == every)
    assert shown.terminal.write(every)
    assert program.read() == every
    await asyncio.sleep(0.02)
    assert b"".join(shown.told[1:]) == every
    program.close()


async def test_what_was_written_before_leaving_comes_first(shown):
    program = Program(shown.terminal.path)
    program.write(b"AT\r")
    program.close()
    shown.terminal.detect_client()
    await eventually(lambda: shown.told == ["came", b"AT\r", "left"])
    assert not shown.terminal.open


async def test_leaving_is_reported_once_and_costs_nothing_afterwards(shown):
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    program.close()
    await eventually(lambda: "left" in shown.told)
    await asyncio.sleep(0.05)
    assert shown.told == ["came", "left"]


async def test_a_client_that_does_not_read_fills_a_bounded_buffer_only(shown):
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    for _ in range(300):
        shown.terminal.write(b"x" * 1000)
    assert shown.terminal.dropped > 100_000
    assert len(shown.terminal._unread) <= UNREAD_LIMIT
    read = bytearray()

    def everything():
        read.extend(program.read())
        return len(read) + shown.terminal.dropped == 300_000

    await eventually(everything)
    program.close()


async def test_a_client_that_is_not_read_waits_in_its_write(shown):
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    shown.terminal.listen(False)
    with pytest.raises(BlockingIOError):
        program.write_all(b"y" * 1_000_000)
    assert shown.told == ["came"]
    shown.terminal.listen(True)
    await eventually(lambda: len(shown.told) > 1)
    program.close()


async def test_mode_and_group_are_those_of_serial_ports(shown):
    status = status_of(shown.terminal)
    assert stat.S_IMODE(status.st_mode) == 0o660
    try:
        expected = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        expected = os.getegid()
    if os.getuid() == 0:
        assert status.st_gid == expected


@only_root("be somebody else")
async def test_a_second_client_is_refused(shown):
    group = status_of(shown.terminal).st_gid
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads of other tests
        assert open_as_ordinary_user(shown.terminal.path) == "PermissionError"
        assert open_as_ordinary_user(shown.terminal.path, group) == "opened"
        shown.terminal.detect_client()
        program = Program(shown.terminal.path)
        shown.terminal.detect_client()
        assert open_as_ordinary_user(shown.terminal.path, group) == "EBUSY"
    program.close()


async def test_it_is_raw_for_a_client_that_sets_nothing(shown):
    program = Program(shown.terminal.path)
    local = termios.tcgetattr(program.descriptor)[3]
    assert not local & (termios.ECHO | termios.ICANON | termios.ISIG)
    program.close()


async def test_a_closed_one_hangs_up_and_reports_no_more(shown):
    program = Program(shown.terminal.path)
    shown.terminal.detect_client()
    shown.terminal.close()
    shown.terminal.close()
    shown.terminal.detect_client()
    assert not shown.terminal.write(b"x")
    assert os.read(program.descriptor, 10) == b""
    program.close()
