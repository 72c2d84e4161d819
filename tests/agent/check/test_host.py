"""The look at this machine, on real files, processes and ports."""

import fcntl
import grp
import os
import pwd
import subprocess
import sys
import tempfile
import termios
import time
import warnings
from pathlib import Path

import pytest
from missing import missing, only_root

from agent.check import host as host_module
from agent.check.host import Host
from agent.check.permissions import READ, WRITE, Account
from drivers.ports import usb_serial_ports
from drivers.wire import Holder

NOBODY = 65534


@pytest.fixture
def other():
    """A living process."""
    sleeper = subprocess.Popen(["sleep", "60"])
    # The kernel may tell that the program runs before it has given it its name.
    end = time.monotonic() + 10
    while Path(f"/proc/{sleeper.pid}/comm").read_text() != "sleep\n" and time.monotonic() < end:
        time.sleep(0.002)  # the name in /proc can only be looked at again
    yield sleeper
    sleeper.kill()
    sleeper.wait()


def test_our_account_has_the_groups_in_force():
    account = Host().account(service=False)
    assert account.uid == os.geteuid()
    assert os.getegid() in account.groups
    assert account.ours


@only_root("check for another account")
def test_root_examines_for_the_account_of_the_service(monkeypatch):
    user = pwd.struct_passwd(("simbank-agent", "x", 997, 997, "", "/", ""))
    monkeypatch.setattr(host_module.pwd, "getpwnam", {"simbank-agent": user}.__getitem__)
    account = Host().account(service=True)
    assert (account.name, account.uid, account.ours) == ("simbank-agent", 997, False)
    assert grp.getgrnam("dialout").gr_gid in account.groups


def test_modes_are_read_with_the_folders_above(tmp_path):
    secret = tmp_path / "key"
    secret.touch(mode=0o600)
    assert Host().rights(secret).mode == 0o600
    secret.chmod(0o644)
    tmp_path.chmod(0o700)
    assert not Host().rights(secret).world_readable
    assert Host().rights(tmp_path / "none") is None
    assert Host().rights(Path("/etc/passwd")).world_readable


def test_another_account_is_checked_by_modes_and_our_own_by_the_kernel(tmp_path):
    file = tmp_path / "port"
    file.touch()
    file.chmod(0o600)
    stranger = Account("stranger", NOBODY - 1, frozenset(), ours=False)
    assert not Host().may_use(file, stranger)
    assert Host().may_use(file, Host().account(service=False))
    assert not Host().may_use(tmp_path / "none", stranger)


def test_running_programs_are_named(other):
    running = Host().running()
    assert "sleep" in running


def test_a_process_that_ends_while_we_look_is_passed_over(tmp_path):
    (tmp_path / "312").mkdir()
    (tmp_path / "313").mkdir()
    (tmp_path / "313" / "comm").write_text("ModemManager\n")
    assert Host(proc=tmp_path).running() == {"ModemManager"}


def test_the_lock_file_of_a_living_process_names_the_holder_of_a_port(tmp_path, other):
    (tmp_path / "LCK..ttyUSB0").write_text(f"{other.pid:10d}\n")
    assert Host(lock_directory=tmp_path).holder("/dev/ttyUSB0") == (Holder(other.pid, "sleep"), False)


def test_who_serves_a_pseudo_terminal_does_not_hold_it_under_another_name_either(tmp_path):
    ours, theirs = os.openpty()
    link = tmp_path / "Port1"
    link.symlink_to(os.ttyname(theirs))
    server = subprocess.Popen(["sleep", "60"], stdin=theirs)
    try:
        assert [Host(lock_directory=tmp_path).holder(path) for path in (os.ttyname(theirs), str(link))] == [
            (None, False)
        ] * 2
    finally:
        server.kill()
        server.wait()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("words", "agent"),
    [
        (["/usr/bin/python3", "-I", "/usr/bin/simbank-agent", "run"], True),
        (["/opt/venv/bin/python", "/opt/venv/bin/simbank-agent", "run"], True),
        (["python3", "-m", "agent", "run"], True),
        (["gammu-smsd", "--config", "/etc/simbank-agent"], False),
    ],
)
def test_an_agent_is_known_by_its_command_line(tmp_path, other, words, agent):
    locks, proc = tmp_path / "locks", tmp_path / "proc"
    locks.mkdir()
    (proc / str(other.pid)).mkdir(parents=True)
    (proc / str(other.pid) / "cmdline").write_bytes(b"\0".join(map(os.fsencode, words)) + b"\0")
    (locks / "LCK..ttyUSB0").write_text(str(other.pid))
    assert Host(proc=proc, lock_directory=locks).holder("/dev/ttyUSB0")[1] is agent


def test_rules_are_found_where_udev_finds_them_and_a_mask_in_etc_counts(tmp_path):
    etc, lib = tmp_path / "etc", tmp_path / "usr/lib"
    for folder in (etc, lib):
        (folder / "udev/rules.d").mkdir(parents=True)
    for name in ("60-simbank-agent.rules", "85-brltty.rules", "86-simbank-agent-brltty.rules"):
        (lib / "udev/rules.d" / name).write_text("# rule\n")
    (etc / "udev/rules.d/85-brltty.rules").symlink_to("/dev/null")
    (etc / "udev/rules.d/86-simbank-agent-brltty.rules").touch()
    assert Host(rule_folders=(etc, lib)).rules() == {"60-simbank-agent.rules"}


def test_the_kernel_log_is_what_journalctl_shows(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Host().kernel_lines() is None
    journalctl = tmp_path / "journalctl"
    journalctl.write_text("#!/bin/sh\necho 'usb 1-1: over-current condition'\n")
    journalctl.chmod(0o755)
    assert Host().kernel_lines() == ["usb 1-1: over-current condition"]
    journalctl.write_text("#!/bin/sh\n")
    assert Host().kernel_lines() is None, "without rights it prints nothing"


@pytest.mark.parametrize(("shown", "known"), [("yes", True), ("no", False), ("", None)])
def test_the_clock_is_what_timedatectl_shows(tmp_path, monkeypatch, shown, known):
    timedatectl = tmp_path / "timedatectl"
    timedatectl.write_text(f"#!/bin/sh\necho '{shown}'\n")
    timedatectl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Host(synchronised_mark=tmp_path / "none").clock_is_synchronised() is known


def test_the_mark_of_timesyncd_is_enough_and_no_tool_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Host(synchronised_mark=tmp_path / "none").clock_is_synchronised() is None
    assert Host(synchronised_mark=tmp_path).clock_is_synchronised() is True


def test_a_store_is_checked_by_its_folder_and_its_file(tmp_path):
    us, stranger = Host().account(service=False), Account("stranger", NOBODY - 1, frozenset(), ours=False)
    store = tmp_path / "simbank.db"
    assert Host().store(store, us)[0] == ""
    assert Host().store(store, us)[1] > 0
    tmp_path.chmod(0o755)
    assert "may not write in" in Host().store(store, stranger)[0]
    tmp_path.chmod(0o777)
    store.touch(mode=0o600)
    assert Host().store(store, stranger)[0] == "stranger may not write it"
    assert Host().store(tmp_path, us)[0] == "it is not a file"
    assert "no folder" in Host().store(tmp_path / "none" / "simbank.db", us)[0]


def test_the_services_own_folder_is_made_and_given_to_it_by_systemd(tmp_path):
    service = Account("simbank-agent", NOBODY - 1, frozenset(), ours=False)
    state = tmp_path / "state"
    host = Host(state_folder=state)
    assert host.store(state / "simbank.db", service)[0] == ""
    state.mkdir(mode=0o700)
    assert host.store(state / "simbank.db", service)[0] == ""
    assert "may not write" in host.store(tmp_path / "simbank.db", service)[0]


@only_root("give a folder away")
def test_a_store_that_root_left_in_the_services_folder_is_an_obstacle(tmp_path):
    service = Account("simbank-agent", NOBODY - 1, frozenset(), ours=False)
    os.chown(tmp_path, service.uid, -1)
    (tmp_path / "simbank.db").touch(mode=0o600)
    assert Host(state_folder=tmp_path).store(tmp_path / "simbank.db", service)[0] == (
        "simbank-agent may not write it"
    )


def test_the_limit_of_descriptors_is_the_hard_one(monkeypatch):
    monkeypatch.setattr(host_module.resource, "getrlimit", lambda _: (256, 4096))
    assert Host().most_descriptors() == 4096
    monkeypatch.setattr(
        host_module.resource, "getrlimit", lambda _: (256, host_module.resource.RLIM_INFINITY)
    )
    assert Host().most_descriptors() is None


AS_ORDINARY_USER = f"""
import asyncio, os, sys
from pathlib import Path
from agent.check.runner import try_open
from agent.check.host import Host
from agent.check.ports import PortFacts, check_ports

# Here and not by setpriv: an ordinary user may not reach this interpreter or this checkout.
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
    os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
path, locks = sys.argv[1:]
host = Host(lock_directory=Path(locks))
account = host.account(service=False)
holder, agent = host.holder(path)
usable = host.may_use(Path(path), account)
unavailable = asyncio.run(try_open(path)) if usable and holder is None else None
facts = PortFacts(
    path=path, rights=host.rights(Path(path)), usable=usable, holder=holder, held_by_agent=agent,
    unavailable=unavailable,
)
for finding in check_ports([facts], account):
    print(finding.level, finding.text, finding.fix, sep="|")
"""


@pytest.fixture
def port():
    """A pty that an ordinary user may open, and our own descriptor of it."""
    master, slave = os.openpty()
    Path(os.ttyname(slave)).chmod(0o666)
    yield os.ttyname(slave), slave
    os.close(slave)
    os.close(master)


def checked_by_ordinary_user(path, locks):
    command = [sys.executable, "-c", AS_ORDINARY_USER, path, str(locks)]
    # umockdev's preload loses the errno of an open that fails.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200, env=environment)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip().split("|")


@pytest.fixture
def locks():
    """A folder that an ordinary user may read; pytest closes those of its own to others at each start."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_free_port_is_good_for_an_ordinary_user(port, locks):
    level, text, _ = checked_by_ordinary_user(port[0], locks)
    assert level == "ok", text


def test_a_port_that_another_process_has_for_itself_is_busy_for_an_ordinary_user(port, locks):
    path, slave = port
    fcntl.ioctl(slave, termios.TIOCEXCL)
    level, text, fix = checked_by_ordinary_user(path, locks)
    assert (level, text) == ("problem", f"{path} is held by another program")
    assert f"sudo fuser -v {path}" in fix


def test_a_port_with_a_live_lock_file_names_its_holder_to_an_ordinary_user(port, locks, other):
    (locks / f"LCK..{Path(port[0]).name}").write_text(f"{other.pid:10d}\n")
    level, text, _ = checked_by_ordinary_user(port[0], locks)
    assert (level, text) == ("problem", f"{port[0]} is held by sleep (pid {other.pid})")


@only_root("forbid a port to others")
def test_a_port_that_only_root_may_open_is_forbidden_to_an_ordinary_user(port, locks):
    Path(port[0]).chmod(0o600)
    level, text, fix = checked_by_ordinary_user(port[0], locks)
    assert (level, text) == ("problem", f"nobody may not open {port[0]}: no group has access to it")
    assert fix.startswith("sudo simbank-agent install")


def test_bits_mean_what_the_kernel_means():
    assert (READ, WRITE) == (os.R_OK, os.W_OK)


MARKED = ("E: ID_MM_DEVICE_IGNORE=1\n", "E: SIMBANK_KIND=bridge\n")


@pytest.fixture
def mixed_hub():
    """The USB tree mixed-hub, played by umockdev; its FT4232 is marked as our rules do it."""
    if "libumockdev-preload" not in os.environ.get("LD_PRELOAD", ""):
        missing("needs Debian's umockdev and .ci/with-udev-mock around pytest, as `make test` does it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # Debian's gi has an importer of the old kind
        import gi

        gi.require_version("UMockdev", "1.0")
        from gi.repository import UMockdev
    tree = (Path(__file__).parents[2] / "udev/trees/mixed-hub.umockdev").read_text()
    blocks = [
        block + "\n" + MARKED[0] if "PRODUCT=403/6011" in block and "DEVTYPE=usb_device" in block else block
        for block in tree.split("\n\n")
    ]
    blocks = [
        block + "\n" + MARKED[1] if "/1-1.1:" in block and "=tty\n" in block else block for block in blocks
    ]
    testbed = UMockdev.Testbed.new()
    testbed.add_from_string("\n\n".join(blocks) + "\n")
    yield testbed
    del testbed


@pytest.mark.umockdev
def test_udev_shows_which_ports_are_marked_and_which_devices_are_there(mixed_hub, tmp_path, monkeypatch):
    monkeypatch.setattr("drivers.ports.discovery.UDEVD", tmp_path / "no-udevd")
    paths = [port.path for port in usb_serial_ports()]
    found = Host().usb_ports(paths)
    marked = [port for port in found if port.usb_id == "0403:6011"]
    others = [port for port in found if port.usb_id != "0403:6011"]
    assert sorted(port.path for port in found) == sorted(paths)
    assert marked
    assert all(port.ignored_by_modem_manager and port.ruled for port in marked)
    assert others
    assert not any(port.ignored_by_modem_manager or port.ruled for port in others)
    assert {port.usb_id for port in found} <= Host().usb_devices()
    assert Host().usb_ports(paths[:1])[0].path == paths[0]


def test_a_pseudo_file_system_is_not_a_full_disk():
    us = Account("us", os.geteuid(), frozenset({os.getegid()}))
    assert "stores no files" in Host().store(Path("/proc/x.db"), us)[0]


def test_root_sees_every_program():
    assert Host().blind == (os.geteuid() != 0)
