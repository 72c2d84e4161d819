"""Clients find their ports under stable names, and nothing stale."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from pathlib import Path

import pytest
from client_programs import Program
from loopback import eventually

from drivers.sharing import SharedPorts


@pytest.fixture
async def shared_ports(tmp_path):
    one = SharedPorts(tmp_path / "ports", clock=lambda: 7.0)
    yield one
    one.close()


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def names(shared_ports):
    return sorted(path.name for path in shared_ports.directory.iterdir())


async def test_each_name_leads_to_a_terminal(shared_ports):
    shared_ports.offer(["Port1", "Port2"])
    assert names(shared_ports) == ["Port1", "Port2"]
    assert shared_ports.path("Port1").readlink().parts[:3] == ("/", "dev", "pts")
    assert shared_ports.path("Port1").readlink() != shared_ports.path("Port2").readlink()
    Program(shared_ports.path("Port1")).close()


async def test_nothing_is_made_where_nothing_is_shared(shared_ports):
    shared_ports.offer([])
    assert not shared_ports.directory.exists()


async def test_what_is_not_shared_any_more_goes_and_the_rest_stays(shared_ports):
    shared_ports.offer(["Port1", "Port2"])
    kept = shared_ports.path("Port2").readlink()
    shared_ports.offer(["Port2", "Port3"])
    assert names(shared_ports) == ["Port2", "Port3"]
    assert shared_ports.path("Port2").readlink() == kept
    assert shared_ports.port("Port1") is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [("rack 1/Port 3", "rack_1_Port_3"), ("../../etc/passwd", "__.._etc_passwd"), (".hidden", "_hidden"),
     ("a\0b\n", "a_b_"), ("Порт1", "Порт1"), ("usb-1:1.4", "usb-1:1.4"), ("x" * 300, "x" * 100)],
)  # fmt: skip
async def test_a_name_is_safe_as_a_file(shared_ports, name, safe):
    shared_ports.offer([name])
    assert names(shared_ports) == [safe]


async def test_names_that_become_equal_stay_apart(shared_ports):
    shared_ports.offer(["a/b", "a b", "a_b"])
    assert names(shared_ports) == ["a_b", "a_b-2", "a_b-3"]


async def test_the_names_disappear_with_the_agent(shared_ports):
    shared_ports.offer(["Port1"])
    shared_ports.close()
    assert names(shared_ports) == []


async def test_what_a_killed_agent_left_behind_is_cleared_away(shared_ports):
    shared_ports.directory.mkdir()
    (shared_ports.directory / "Port1").symlink_to("/dev/pts/9999")
    (shared_ports.directory / "Gone").symlink_to("/dev/pts/0")
    (shared_ports.directory / "other").symlink_to("/etc/hostname")
    (shared_ports.directory / "file").write_text("kept")
    shared_ports.offer(["Port1"])
    assert names(shared_ports) == ["Port1", "file", "other"]
    assert shared_ports.path("Port1").exists()


async def test_two_agents_do_not_take_each_others_names(shared_ports):
    shared_ports.offer(["Port1"])
    rival = SharedPorts(shared_ports.directory, clock=lambda: 7.0)
    rival.offer(["Port1"])
    assert rival.port("Port1") is None
    assert "another agent" in rival.problem
    shared_ports.close()
    rival.offer(["Port1"])
    assert rival.problem == ""
    assert rival.port("Port1") is not None
    rival.close()


async def test_a_directory_that_cannot_be_made_is_logged_once_and_tried_again(shared_ports, caplog):
    shared_ports.directory.write_text("in the way")
    shared_ports.offer(["Port1"])
    shared_ports.offer(["Port1"])
    assert len(caplog.records) == 1
    assert "shared_ports.directory" in caplog.text
    assert str(shared_ports.directory) in shared_ports.problem
    shared_ports.directory.unlink()
    shared_ports.offer(["Port1"])
    assert names(shared_ports) == ["Port1"]


async def test_every_client_gets_a_fresh_terminal_under_the_same_name(shared_ports):
    shared_ports.offer(["Port1"])
    seen = set()
    for _ in range(3):
        seen.add(shared_ports.path("Port1").readlink())
        program = Program(shared_ports.path("Port1"))
        await eventually(lambda: shared_ports.port("Port1").client is not None)
        assert shared_ports.port("Port1").client.since_at == 7.0
        program.close()
        await eventually(lambda: shared_ports.port("Port1").client is None)
    assert len(seen) > 1
    assert names(shared_ports) == ["Port1"]


async def test_two_hundred_clients_leave_no_descriptor_behind(shared_ports):
    shared_ports.offer(["Port1"])
    before = open_descriptors()
    for _ in range(200):
        Program(shared_ports.path("Port1")).close()
        await asyncio.sleep(0)
    await asyncio.sleep(0.15)
    assert open_descriptors() <= before


async def test_a_directory_that_was_deleted_comes_back_with_its_links(shared_ports):
    shared_ports.offer(["Port1", "Port2"])
    targets = {name: shared_ports.path(name).readlink() for name in ("Port1", "Port2")}
    shutil.rmtree(shared_ports.directory)
    shared_ports.offer(["Port1", "Port2"])
    assert {name: shared_ports.path(name).readlink() for name in ("Port1", "Port2")} == targets
    Program(shared_ports.path("Port2")).close()
    descriptor = os.open(shared_ports.directory, os.O_RDONLY)
    with pytest.raises(BlockingIOError):  # it is locked again
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


async def test_a_directory_whose_parent_was_deleted_comes_back_too(tmp_path):
    shared_ports = SharedPorts(tmp_path / "run" / "ports", clock=lambda: 7.0)
    shared_ports.offer(["Port1"])
    shutil.rmtree(tmp_path / "run")
    before = open_descriptors()
    for _ in range(3):
        shared_ports.offer(["Port1"])
    assert names(shared_ports) == ["Port1"]
    assert open_descriptors() == before
    shared_ports.close()


@pytest.mark.parametrize("deed", ["delete", "redirect", "replace by a file"])
async def test_a_link_that_somebody_changed_is_made_again(shared_ports, deed):
    shared_ports.offer(["Port1", "Port2"])
    link = shared_ports.path("Port1")
    target = link.readlink()
    link.unlink()
    if deed == "redirect":
        link.symlink_to("/dev/null")
    elif deed == "replace by a file":
        link.write_text("")
    shared_ports.offer(["Port1", "Port2"])
    assert link.readlink() == target


async def test_a_new_terminal_while_the_directory_is_away_gets_its_link_when_that_is_back(shared_ports):
    shared_ports.offer(["Port1"])
    shutil.rmtree(shared_ports.directory)
    shared_ports.offer(["Port1"])
    program = Program(shared_ports.path("Port1"))
    shutil.rmtree(shared_ports.directory)
    program.close()
    await eventually(lambda: shared_ports.port("Port1").client is None)
    shared_ports.offer(["Port1"])
    await eventually(lambda: shared_ports.path("Port1").is_symlink())
    again = Program(shared_ports.path("Port1"))
    again.close()


async def test_a_directory_that_cannot_be_made_again_is_told_and_its_absence_ends_nothing(
    shared_ports, caplog
):
    shared_ports.offer(["Port1"])
    shutil.rmtree(shared_ports.directory)
    shared_ports.directory.write_text("in its place")
    for _ in range(3):
        shared_ports.offer(["Port1"])
    assert shared_ports.problem
    assert sum("cannot be shared" in record.getMessage() for record in caplog.records) == 1
    shared_ports.directory.unlink()
    shared_ports.offer(["Port1", "Port2"])
    assert shared_ports.problem == ""
    assert names(shared_ports) == ["Port1", "Port2"]
