"""Guests find their ports under stable names, and nothing stale."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from far_ends import eventually
from guest_programs import Program

from drivers.sharing import SharedPorts


@pytest.fixture
async def guests(tmp_path):
    one = SharedPorts(tmp_path / "guests", clock=lambda: 7.0)
    yield one
    one.close()


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def names(guests):
    return sorted(path.name for path in guests.directory.iterdir())


async def test_each_name_leads_to_a_terminal(guests):
    guests.offer(["Port1", "Port2"])
    assert names(guests) == ["Port1", "Port2"]
    assert guests.path("Port1").readlink().parts[:3] == ("/", "dev", "pts")
    assert guests.path("Port1").readlink() != guests.path("Port2").readlink()
    Program(guests.path("Port1")).close()


async def test_nothing_is_made_where_nothing_is_shared(guests):
    guests.offer([])
    assert not guests.directory.exists()


async def test_what_is_not_shared_any_more_goes_and_the_rest_stays(guests):
    guests.offer(["Port1", "Port2"])
    kept = guests.path("Port2").readlink()
    guests.offer(["Port2", "Port3"])
    assert names(guests) == ["Port2", "Port3"]
    assert guests.path("Port2").readlink() == kept
    assert guests.port("Port1") is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [("rack 1/Port 3", "rack_1_Port_3"), ("../../etc/passwd", "__.._etc_passwd"), (".hidden", "_hidden"),
     ("a\0b\n", "a_b_"), ("Порт1", "Порт1"), ("usb-1:1.4", "usb-1:1.4"), ("x" * 300, "x" * 100)],
)  # fmt: skip
async def test_a_name_is_safe_as_a_file(guests, name, safe):
    guests.offer([name])
    assert names(guests) == [safe]


async def test_names_that_become_equal_stay_apart(guests):
    guests.offer(["a/b", "a b", "a_b"])
    assert names(guests) == ["a_b", "a_b-2", "a_b-3"]


async def test_the_names_disappear_with_the_agent(guests):
    guests.offer(["Port1"])
    guests.close()
    assert names(guests) == []


async def test_what_a_killed_agent_left_behind_is_cleared_away(guests):
    guests.directory.mkdir()
    (guests.directory / "Port1").symlink_to("/dev/pts/9999")
    (guests.directory / "Gone").symlink_to("/dev/pts/0")
    (guests.directory / "other").symlink_to("/etc/hostname")
    (guests.directory / "file").write_text("kept")
    guests.offer(["Port1"])
    assert names(guests) == ["Port1", "file", "other"]
    assert guests.path("Port1").exists()


async def test_two_agents_do_not_take_each_others_names(guests):
    guests.offer(["Port1"])
    rival = SharedPorts(guests.directory, clock=lambda: 7.0)
    rival.offer(["Port1"])
    assert rival.port("Port1") is None
    assert "another agent" in rival.problem
    guests.close()
    rival.offer(["Port1"])
    assert rival.problem == ""
    assert rival.port("Port1") is not None
    rival.close()


async def test_a_directory_that_cannot_be_made_is_said_once_and_tried_again(guests, caplog):
    guests.directory.write_text("in the way")
    guests.offer(["Port1"])
    guests.offer(["Port1"])
    assert len(caplog.records) == 1
    assert "shared_ports.directory" in caplog.text
    assert str(guests.directory) in guests.problem
    guests.directory.unlink()
    guests.offer(["Port1"])
    assert names(guests) == ["Port1"]


async def test_every_guest_gets_a_fresh_terminal_under_the_same_name(guests):
    guests.offer(["Port1"])
    seen = set()
    for _ in range(3):
        seen.add(guests.path("Port1").readlink())
        program = Program(guests.path("Port1"))
        await eventually(lambda: guests.port("Port1").presence is not None)
        assert guests.port("Port1").presence.since_at == 7.0
        program.close()
        await eventually(lambda: guests.port("Port1").presence is None)
    assert len(seen) > 1
    assert names(guests) == ["Port1"]


async def test_two_hundred_guests_leave_no_descriptor_behind(guests):
    guests.offer(["Port1"])
    before = open_descriptors()
    for _ in range(200):
        Program(guests.path("Port1")).close()
        await asyncio.sleep(0)
    await asyncio.sleep(0.15)
    assert open_descriptors() <= before
