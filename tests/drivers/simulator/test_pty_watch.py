import os

import pytest

from drivers.simulator.pty_watch import PtyWatch


@pytest.fixture
async def pty_watch():
    with PtyWatch() as pty_watch:
        yield pty_watch


async def test_opens_and_closes_are_counted(pty_watch, tmp_path):
    path = tmp_path / "node"
    path.touch()
    left = []
    watch = pty_watch.watch(str(path), lambda: left.append(1))
    assert not pty_watch.is_open(watch)
    first = os.open(path, os.O_RDONLY)
    assert pty_watch.is_open(watch)
    second = os.open(path, os.O_RDONLY)
    pty_watch.read_events()
    os.close(first)
    pty_watch.read_events()
    assert pty_watch.is_open(watch)
    assert left == []
    os.close(second)
    pty_watch.read_events()
    assert not pty_watch.is_open(watch)
    assert left == [1]


async def test_a_count_can_be_put_right(pty_watch, tmp_path):
    path = tmp_path / "node"
    path.touch()
    watch = pty_watch.watch(str(path), lambda: None)
    both = [os.open(path, os.O_RDONLY) for _ in range(2)]  # two equal events, which the kernel merges
    pty_watch.read_events()
    os.close(both[0])
    pty_watch.read_events()
    assert not pty_watch.is_open(watch)
    pty_watch.correct(watch, 1)
    assert pty_watch.is_open(watch)
    os.close(both[1])
    pty_watch.read_events()
    assert not pty_watch.is_open(watch)


async def test_a_forgotten_node_is_silent_and_counts_as_open(pty_watch, tmp_path):
    path = tmp_path / "node"
    path.touch()
    left = []
    watch = pty_watch.watch(str(path), lambda: left.append(1))
    pty_watch.forget(watch)
    pty_watch.forget(watch)
    os.close(os.open(path, os.O_RDONLY))
    pty_watch.read_events()
    assert left == []
    assert pty_watch.is_open(watch)


async def test_a_node_that_cannot_be_watched_counts_as_open(pty_watch):
    assert pty_watch.is_open(pty_watch.watch("/nonexistent", lambda: None))


async def test_closing_twice_is_harmless():
    pty_watch = PtyWatch()
    pty_watch.close()
    pty_watch.close()
    assert pty_watch.watch("/", lambda: None) == -1
