import os

import pytest

from drivers.simulator.pty_watch import Openings


@pytest.fixture
async def openings():
    with Openings() as openings:
        yield openings


async def test_opens_and_closes_are_counted(openings, tmp_path):
    path = tmp_path / "node"
    path.touch()
    left = []
    watch = openings.watch(str(path), lambda: left.append(1))
    assert not openings.is_open(watch)
    first = os.open(path, os.O_RDONLY)
    assert openings.is_open(watch)
    second = os.open(path, os.O_RDONLY)
    openings.read_events()
    os.close(first)
    openings.read_events()
    assert openings.is_open(watch)
    assert left == []
    os.close(second)
    openings.read_events()
    assert not openings.is_open(watch)
    assert left == [1]


async def test_a_count_can_be_put_right(openings, tmp_path):
    path = tmp_path / "node"
    path.touch()
    watch = openings.watch(str(path), lambda: None)
    both = [os.open(path, os.O_RDONLY) for _ in range(2)]  # two equal events, which the kernel merges
    openings.read_events()
    os.close(both[0])
    openings.read_events()
    assert not openings.is_open(watch)
    openings.correct(watch, 1)
    assert openings.is_open(watch)
    os.close(both[1])
    openings.read_events()
    assert not openings.is_open(watch)


async def test_a_forgotten_node_is_silent_and_counts_as_open(openings, tmp_path):
    path = tmp_path / "node"
    path.touch()
    left = []
    watch = openings.watch(str(path), lambda: left.append(1))
    openings.forget(watch)
    openings.forget(watch)
    os.close(os.open(path, os.O_RDONLY))
    openings.read_events()
    assert left == []
    assert openings.is_open(watch)


async def test_a_node_that_cannot_be_watched_counts_as_open(openings):
    assert openings.is_open(openings.watch("/nonexistent", lambda: None))


async def test_closing_twice_is_harmless():
    openings = Openings()
    openings.close()
    openings.close()
    assert openings.watch("/", lambda: None) == -1
