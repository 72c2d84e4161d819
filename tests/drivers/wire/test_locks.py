"""Who else is on the port: lock files, and open descriptors; also as an ordinary user, whom locks do stop."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from loopback import until

from drivers.wire import Holder, ProcScan, fuser_command, lock_file_holder

NOBODY = 65534
AS_ORDINARY_USER = (
    ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
)
"""How a program of the system becomes one: as root by setpriv, else it is one already."""


def comm(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip()


@pytest.fixture
def other():
    """A living process that is not ours to confuse with."""
    sleeper = subprocess.Popen(["sleep", "60"])
    until(lambda: comm(sleeper.pid) == "sleep")
    yield sleeper
    sleeper.kill()
    sleeper.wait()


@pytest.fixture
def dead_pid():
    gone = subprocess.Popen(["true"])
    gone.wait()
    return gone.pid


@pytest.mark.parametrize(
    "written",
    [
        lambda pid: b"%10d\n" % pid,
        lambda pid: b"%d gammu-smsd root\n" % pid,
        lambda pid: struct.pack("=i", pid),
    ],
    ids=["hdb", "with words", "binary"],
)
def test_a_lock_file_of_a_living_process_names_it(tmp_path, other, written):
    (tmp_path / "LCK..ttyUSB3").write_bytes(written(other.pid))
    assert lock_file_holder("/dev/ttyUSB3", directory=tmp_path) == Holder(other.pid, "sleep")


@pytest.mark.parametrize("content", [b"", b"\n", b"gammu", b"-5", b"0", b"99999999999999999999", b"\xff" * 4])
def test_a_lock_file_without_a_process_is_ignored(tmp_path, content):
    (tmp_path / "LCK..ttyUSB3").write_bytes(content)
    assert lock_file_holder("/dev/ttyUSB3", directory=tmp_path) is None


def test_a_lock_file_of_a_dead_process_or_our_own_is_ignored(tmp_path, dead_pid):
    for pid in (dead_pid, os.getpid()):
        (tmp_path / "LCK..ttyUSB3").write_text(f"{pid:10d}\n")
        assert lock_file_holder("/dev/ttyUSB3", directory=tmp_path) is None


def test_the_lock_file_of_the_device_behind_a_link_is_found(tmp_path, other):
    (tmp_path / "by-path").symlink_to("/dev/ttyUSB3")
    (tmp_path / "LCK..ttyUSB3").write_text(str(other.pid))
    assert lock_file_holder(str(tmp_path / "by-path"), directory=tmp_path) == Holder(other.pid, "sleep")


def test_no_lock_file_and_no_lock_directory_are_no_lock(tmp_path):
    assert lock_file_holder("/dev/ttyUSB3", directory=tmp_path) is None
    assert lock_file_holder("/dev/ttyUSB3", directory=tmp_path / "none") is None


def test_a_lock_file_that_cannot_be_read_binds(tmp_path):
    (tmp_path / "LCK..ttyUSB3").mkdir()  # root reads every file, but no directory
    holder = lock_file_holder("/dev/ttyUSB3", directory=tmp_path)
    assert str(holder) == f"the owner of {tmp_path}/LCK..ttyUSB3"


def test_a_holder_reads_as_name_and_pid():
    assert str(Holder(312, "gammu-smsd")) == "gammu-smsd (pid 312)"


def proc_with(folder, **descriptors):
    """A /proc in which process 312 has these descriptors."""
    fds = folder / "312" / "fd"
    fds.mkdir(parents=True)
    (folder / "312" / "comm").write_text("gammu-smsd\n")
    (folder / "self").mkdir()
    for number, target in descriptors.items():
        (fds / number.removeprefix("fd")).symlink_to(target)
    return folder


def test_the_process_that_has_a_device_open_is_named_once(tmp_path):
    proc = proc_with(tmp_path, fd3="/dev/ttyUSB3", fd4="/dev/ttyUSB3", fd5="socket:[1]", fd6="/etc/passwd")
    scan = ProcScan(proc=proc)
    assert scan.holders("/dev/ttyUSB3") == (Holder(312, "gammu-smsd"),)
    assert scan.holders("/dev/ttyUSB4") == ()


def test_one_scan_serves_all_ports_for_a_while_and_then_no_longer(tmp_path):
    now = [100.0]
    proc = proc_with(tmp_path, fd3="/dev/ttyUSB3")
    scan = ProcScan(proc=proc, clock=lambda: now[0], max_age=0.5)
    assert scan.holders("/dev/ttyUSB3")
    (tmp_path / "312" / "fd" / "3").unlink()
    now[0] += 0.4
    assert scan.holders("/dev/ttyUSB3")
    now[0] += 0.2
    assert not scan.holders("/dev/ttyUSB3")


def test_a_scan_ends_when_its_time_is_over(tmp_path):
    ticks = iter(range(0, 1000, 10))
    proc = proc_with(tmp_path, fd3="/dev/ttyUSB3")
    assert ProcScan(proc=proc, clock=lambda: next(ticks), time_limit=1.0).holders("/dev/ttyUSB3") == ()


def test_a_host_without_proc_shows_no_holder(tmp_path):
    assert ProcScan(proc=tmp_path / "none").holders("/dev/ttyUSB3") == ()


def test_a_real_process_with_a_real_terminal_is_found():
    master, slave = os.openpty()
    path = os.ttyname(slave)
    other = subprocess.Popen(["sleep", "60"], stdin=slave)
    try:
        until(lambda: comm(other.pid) == "sleep")
        assert Holder(other.pid, "sleep") in ProcScan().holders(path)
    finally:
        other.kill()
        other.wait()
    os.close(slave)
    os.close(master)


OPEN = f"""
import asyncio, os, sys
from drivers.errors import PortUnavailable
from drivers.wire import open_wire, tty

# Here and not by setpriv: an ordinary user may not reach this interpreter or this checkout.
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
    os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
path, like_hardware = sys.argv[1:]
if like_hardware:
    tty._is_pseudo_terminal = lambda path: False

async def attempt():
    try:
        wire = await open_wire(path)
    except PortUnavailable as error:
        print(error.problem, error.holder, sep="|")
    else:
        await wire.close()
        print("opened|")

asyncio.run(attempt())
"""


def open_as_ordinary_user(path, *, like_hardware=False):
    """(problem or "opened", holder) of an attempt to open a port without root's rights."""
    command = [sys.executable, "-c", OPEN, path, "yes" if like_hardware else ""]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert ran.returncode == 0, ran.stderr
    return tuple(ran.stdout.strip().split("|"))


@pytest.fixture
def port():
    """A pty that an ordinary user may open, and our own descriptor of it."""
    master, slave = os.openpty()
    Path(os.ttyname(slave)).chmod(0o666)
    yield os.ttyname(slave), slave
    os.close(slave)
    os.close(master)


def test_an_ordinary_user_opens_a_free_port(port):
    assert open_as_ordinary_user(port[0]) == ("opened", "")


def test_a_port_marked_exclusive_is_busy_for_an_ordinary_user(port):
    path, slave = port
    fcntl.ioctl(slave, termios.TIOCEXCL)
    problem, holder = open_as_ordinary_user(path)
    assert problem == "busy"
    if os.geteuid() == 0:  # root's descriptors are not an ordinary user's to see
        assert holder == fuser_command(path) == f"sudo fuser -v {path}"
    else:
        assert holder.endswith(f"(pid {os.getpid()})")
    fcntl.ioctl(slave, termios.TIOCNXCL)


def test_a_port_locked_with_flock_is_busy(port):
    path, slave = port
    fcntl.flock(slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
    problem, holder = open_as_ordinary_user(path)
    assert problem == "busy"
    assert holder


def test_a_port_without_rights_is_forbidden(port):
    path, _ = port
    Path(path).chmod(0)
    assert open_as_ordinary_user(path) == ("forbidden", "")


def test_the_holder_is_named_where_an_ordinary_user_may_see_it(port):
    """A rival of the same user that locks nothing."""
    path, slave = port
    rival = subprocess.Popen([*AS_ORDINARY_USER, "sleep", "60"], stdin=slave)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), slave)  # we were a holder too, and perhaps of the same user
    try:
        until(lambda: comm(rival.pid) == "sleep")
        assert open_as_ordinary_user(path, like_hardware=True) == ("busy", f"sleep (pid {rival.pid})")
    finally:
        rival.kill()
        rival.wait()


def test_a_scan_says_whether_programs_were_hidden_from_it(tmp_path, monkeypatch):
    for pid in (1, 2):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
    scan = ProcScan(proc=tmp_path, max_age=0.0)
    scan.holders("/dev/ttyUSB0")
    assert not scan.hidden
    real = os.listdir

    def listdir(folder):
        if str(folder).endswith("2/fd"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    scan._scanned_at = None
    scan.holders("/dev/ttyUSB0")
    assert scan.hidden
