"""What only a tty can get wrong: lines, locks, drains, descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import resource
import stat
import struct
import termios
import threading
from pathlib import Path

import pytest
from loopback import eventually, pseudo_terminal

from drivers.errors import LinkLost, PortProblem, PortUnavailable
from drivers.wire import new_node, open_wire, raise_descriptor_limit, received_bytes, tty
from drivers.wire.locks import ProcScan

TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET = 0x5415, 0x5416, 0x5417, 0x5418


def exclusive_mark(path):
    """Whether a tty is marked: root can ask, everybody else is shut out by it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        return error.errno == errno.EBUSY
    try:
        return struct.unpack("i", fcntl.ioctl(descriptor, tty.TIOCGEXCL, bytes(4)))[0] == 1
    finally:
        os.close(descriptor)


def fill(wire):
    """Write more than the kernel takes."""
    while not wire.unsent:
        wire.write(bytes(1024))


def attributes(far):
    return termios.tcgetattr(far.descriptor)  # both ends of a pty share them


@pytest.fixture
def asked(monkeypatch):
    """Every ioctl and termios call that opening and closing make, as (name, arguments)."""
    calls = []
    for module, names in (
        (fcntl, ["ioctl", "flock"]),
        (termios, ["tcsetattr", "tcflush", "tcdrain", "tcsendbreak", "tcflow"]),
    ):
        for name in names:
            original = getattr(module, name)

            def noted(*arguments, name=name, original=original):
                calls.append((name, arguments[1:]))
                return original(*arguments)

            monkeypatch.setattr(module, name, noted)
    return calls


@pytest.fixture
def like_hardware(monkeypatch):
    """A pty that is opened as a USB serial port would be, with a scan of its own: numbers of ptys are given anew."""
    monkeypatch.setattr(tty, "_is_pseudo_terminal", lambda path: False)
    monkeypatch.setattr(tty, "_proc_scan", ProcScan())


async def test_no_modem_line_is_touched_by_opening_changing_speed_and_closing(pty_far, asked):
    wire = await open_wire(pty_far.address)
    await wire.set_baudrate(9600)
    await wire.close()
    requests = {arguments[0] for name, arguments in asked if name == "ioctl"}
    assert requests.isdisjoint({TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET})
    assert {"tcdrain", "tcsendbreak", "tcflow"}.isdisjoint(name for name, _ in asked)


async def test_the_line_is_not_dropped_at_the_end_and_carries_eight_bit_without_flow_control(pty_far):
    before = attributes(pty_far)
    before[2] |= termios.HUPCL
    termios.tcsetattr(pty_far.descriptor, termios.TCSANOW, before)
    wire = await open_wire(pty_far.address, baudrate=57600)
    iflag, oflag, cflag, lflag, _, speed, _ = attributes(pty_far)
    assert not cflag & (termios.HUPCL | termios.CRTSCTS | termios.PARENB | termios.CSTOPB)
    assert cflag & termios.CSIZE == termios.CS8
    assert cflag & termios.CLOCAL
    assert not iflag & (termios.IXON | termios.IXOFF | termios.ICRNL)
    assert not oflag & termios.OPOST
    assert not lflag & (termios.ECHO | termios.ICANON | termios.ISIG)
    assert speed == termios.B57600
    await wire.set_baudrate(921600)
    assert attributes(pty_far)[5] == termios.B921600
    assert not attributes(pty_far)[2] & termios.HUPCL
    await wire.close()


async def test_the_descriptor_is_not_inherited_by_programs_we_start(pty_far):
    wire = await open_wire(pty_far.address)
    flags = [fcntl.fcntl(descriptor, fcntl.F_GETFD) for descriptor in leading_to(pty_far.address)]
    assert flags == [fcntl.FD_CLOEXEC]
    await wire.close()


def leading_to(path):
    """Our descriptors of a device."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            if str(link.readlink()) == path:
                found.append(int(link.name))
    return found


def open_descriptors():
    return {link.name for link in Path("/proc/self/fd").iterdir()}


async def test_an_open_port_is_one_descriptor(pty_far):
    before = open_descriptors()
    wire = await open_wire(pty_far.address)
    assert len(open_descriptors() - before) == 1
    await wire.close()
    assert open_descriptors() == before


async def test_a_tty_that_cannot_be_set_up_leaves_no_descriptor(pty_far, monkeypatch):
    def refused(*_):
        raise termios.error(errno.EIO, "Input/output error")

    before = open_descriptors()
    monkeypatch.setattr(termios, "tcsetattr", refused)
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(pty_far.address)
    assert caught.value.problem is PortProblem.BROKEN
    assert open_descriptors() == before


async def test_a_hardware_port_is_marked_exclusive_while_open_and_no_longer(pty_far, like_hardware):
    wire = await open_wire(pty_far.address)
    assert exclusive_mark(pty_far.address)
    await wire.close()
    assert not exclusive_mark(pty_far.address)


async def test_a_port_marked_exclusive_by_another_is_busy_even_for_root(pty_far, like_hardware):
    other = os.open(pty_far.address, os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(other, termios.TIOCEXCL)
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(pty_far.address)
    assert caught.value.problem is PortProblem.BUSY
    assert caught.value.holder == f"sudo fuser -v {pty_far.address}"
    os.close(other)
    await eventually(lambda: not any(one.name.startswith("close ") for one in threading.enumerate()))
    assert exclusive_mark(pty_far.address), "the other program's mark was taken away"


async def test_a_device_without_such_a_mark_is_locked_all_the_same(pty_far, like_hardware, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))

    monkeypatch.setattr(fcntl, "ioctl", unknown)
    wire = await open_wire(pty_far.address)
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(pty_far.address)
    assert caught.value.problem is PortProblem.BUSY
    await wire.close()


async def test_a_pseudo_terminal_is_not_marked_so_that_a_killed_agent_leaves_it_usable(pty_far):
    wire = await open_wire(pty_far.address)
    assert not exclusive_mark(pty_far.address)
    await wire.close()


async def test_a_second_opening_of_an_open_port_is_busy(pty_far):
    wire = await open_wire(pty_far.address)
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(pty_far.address)
    assert caught.value.problem is PortProblem.BUSY
    await wire.close()


async def test_a_port_opened_without_exclusion_takes_no_lock_and_asks_nobody(pty_far, like_hardware, asked):
    first = await open_wire(pty_far.address, exclusive=False)
    second = await open_wire(pty_far.address, exclusive=False)
    assert "flock" not in [name for name, _ in asked]
    assert not exclusive_mark(pty_far.address)
    await first.close()
    await second.close()


async def test_a_live_lock_file_is_honoured_before_the_port_is_touched(pty_far, tmp_path, asked):
    lock_file = tmp_path / f"LCK..{Path(pty_far.address).name}"
    lock_file.write_text(f"{os.getppid():10d}\n")
    with pytest.raises(PortUnavailable) as caught:
        await open_wire(pty_far.address, lock_directory=tmp_path)
    assert caught.value.problem is PortProblem.BUSY
    assert f"(pid {os.getppid()})" in caught.value.holder
    assert asked == []


async def test_an_opening_that_never_returns_stops_nothing_and_is_not_tried_twice(pty_far, monkeypatch):
    """Nor is a port kept open that opens when nobody waits for it any more."""
    let_go = threading.Event()
    really_open = tty._open

    def hanging(path, baudrate, *, exclusive):
        if path == pty_far.address:
            let_go.wait()
        return really_open(path, baudrate, exclusive=exclusive)

    monkeypatch.setattr(tty, "_open", hanging)
    with pytest.raises(PortUnavailable, match="did not open within") as caught:
        await open_wire(pty_far.address, open_timeout=0.05)
    assert caught.value.problem is PortProblem.BROKEN
    with pytest.raises(PortUnavailable, match="still hangs"):
        await open_wire(pty_far.address)
    with pseudo_terminal() as good:
        await (await open_wire(good.address)).close()
    let_go.set()
    await eventually(lambda: pty_far.address not in tty._opening)
    await (await open_wire(pty_far.address)).close()


async def test_a_driver_that_never_drains_blocks_neither_the_loop_nor_the_closing(pty_far, monkeypatch):
    def never(_):
        pytest.fail("output was waited for")

    monkeypatch.setattr(termios, "tcdrain", never)
    wire = await open_wire(pty_far.address)
    fill(wire)
    async with asyncio.timeout(1):
        await wire.close()


async def test_a_close_that_hangs_in_the_driver_is_left_behind(pty_far, monkeypatch):
    let_go = threading.Event()
    monkeypatch.setattr(termios, "tcflush", lambda *_: let_go.wait())
    monkeypatch.setattr("drivers.wire.wire.CLOSE_TIMEOUT", 0.05)
    wire = await open_wire_with_hung_flush(pty_far, let_go)
    lost = []
    wire.on_lost = lost.append
    let_go.clear()
    async with asyncio.timeout(1):
        await wire.close()
    assert lost == ["closed by us"]
    async with asyncio.timeout(1):  # its locks were given up first
        let_go.set()
        await (await open_wire(pty_far.address)).close()


async def open_wire_with_hung_flush(far, let_go):
    let_go.set()  # opening flushes too
    return await open_wire(far.address)


async def test_an_error_while_writing_ends_the_wire_although_output_is_left(pty_far, monkeypatch):
    wire = await open_wire(pty_far.address)
    lost = []
    wire.on_lost = lost.append
    fill(wire)
    pty_far.hang_up()
    await eventually(lambda: lost)
    assert len(lost) == 1
    await wire.close()


async def test_a_rate_that_the_driver_refuses_ends_the_wire(pty_far, monkeypatch):
    wire = await open_wire(pty_far.address)

    def refuse(*_):
        raise termios.error(5, "Input/output error")

    monkeypatch.setattr(termios, "tcsetattr", refuse)
    with pytest.raises(LinkLost, match="9600"):
        await wire.set_baudrate(9600)
    await wire.close()
    assert wire.at_baudrate == 115200


async def test_descriptors_above_1023_work(pty_far):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1300:
        pytest.skip("the hard limit of descriptors of this run is below 1300")
    raise_descriptor_limit()
    many = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        wire = await open_wire(pty_far.address)
        heard = []
        wire.on_data = heard.append
        wire.write(b"AT\r")
        assert await pty_far.receive(3) == b"AT\r"
        pty_far.send(b"OK")
        await eventually(lambda: heard)
        await wire.close()
    finally:
        for descriptor in many:
            os.close(descriptor)


async def test_two_hundred_replugs_leave_nothing_open(no_leaks):
    for _ in range(200):
        with pseudo_terminal() as far:
            wire = await open_wire(far.address)
            wire.write(b"AT\r")
            far.hang_up()
            await eventually(lambda wire=wire: wire.lost)
            await wire.close()


@pytest.mark.parametrize(
    ("owner", "mode", "age", "untouched"),
    [
        (0, 0o600, 0.1, True),
        (0, 0o600, 10.0, False),
        (0, 0o600, -10.0, False),
        (0, 0o660, 0.1, False),
        (0, 0, 0.1, False),
        (1000, 0o600, 0.1, False),
    ],
)
def test_a_node_that_udev_has_not_given_away_yet_is_known_by_owner_mode_and_age(owner, mode, age, untouched):
    now = 1_796_000_000.0
    status = os.stat_result((stat.S_IFCHR | mode, 0, 0, 1, owner, 0, 0, 0, 0, now - age))
    assert new_node.is_untouched(status, now) is untouched


def test_a_node_that_is_refused_before_udev_gave_it_away_is_not_ready_yet(tmp_path, monkeypatch):
    node = tmp_path / "ttyUSB0"
    node.touch()
    refused = PermissionError(errno.EACCES, "no")
    node.chmod(0o644)
    assert tty._unavailable(str(node), refused).problem is PortProblem.FORBIDDEN
    monkeypatch.setattr(new_node, "is_untouched", lambda *_: True)
    assert tty._unavailable(str(node), refused).problem is PortProblem.NOT_YET


def test_other_errors_of_a_new_node_are_what_they_are(tmp_path):
    node = tmp_path / "ttyUSB0"
    node.touch()
    assert tty._unavailable(str(node), OSError(errno.EBUSY, "busy")).problem is PortProblem.BUSY
    assert (
        tty._unavailable(str(tmp_path / "gone"), OSError(errno.EACCES, "no")).problem is PortProblem.FORBIDDEN
    )


async def test_bytes_that_another_program_read_are_counted_by_the_driver(pty_far, monkeypatch):
    """Pseudo-terminals count nothing, so the driver's count is played."""
    received = 1000
    real = fcntl.ioctl

    def ioctl(descriptor, request, *rest):
        if request == received_bytes.TIOCGICOUNT:
            return struct.pack("20I", 0, 0, 0, 0, received, *[0] * 15)
        return real(descriptor, request, *rest)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    wire = await open_wire(pty_far.address)
    heard = bytearray()
    wire.on_data = heard.extend
    pty_far.send(b"OK")
    await eventually(lambda: heard == b"OK")
    received += 2
    assert wire.taken_by_others == 0
    received += 30
    assert wire.taken_by_others == 30
    await wire.close()
    assert wire.taken_by_others == 0


async def test_where_the_driver_counts_nothing_nothing_is_taken(pty_far):
    wire = await open_wire(pty_far.address)
    assert wire.taken_by_others == 0
    await wire.close()
