"""Clock, store, descriptors."""

import pytest

from agent.check.finding import Level
from agent.check.machine import FULL, NEARLY_FULL, StoreFacts, judge_clock, judge_descriptors, judge_store

NOW = 1_780_000_000.0


@pytest.mark.parametrize(
    ("wall", "synchronised", "level"),
    [
        (NOW, True, Level.OK),
        (NOW, None, Level.OK),
        (NOW, False, Level.WARNING),
        (0.0, None, Level.PROBLEM),
        (1_700_000_000.0, True, Level.PROBLEM),
    ],
)
def test_the_clock_is_to_be_plausible_and_kept_right(wall, synchronised, level):
    (found,) = judge_clock(wall, synchronised)
    assert found.level is level
    assert ("timedatectl" in found.mend) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("obstacle", "free", "level"),
    [
        ("", NEARLY_FULL, Level.OK),
        ("", None, Level.OK),
        ("", NEARLY_FULL - 1, Level.WARNING),
        ("", FULL - 1, Level.PROBLEM),
        ("there is no folder /var/lib/x", None, Level.PROBLEM),
    ],
)
def test_the_store_is_to_be_writable_and_to_have_room(obstacle, free, level):
    (found,) = judge_store(StoreFacts("/var/lib/x/simbank.db", obstacle, free))
    assert found.level is level
    assert "/var/lib/x/simbank.db" in found.text


@pytest.mark.parametrize(
    ("limit", "ports", "level"),
    [(1024, 64, Level.OK), (1024, 200, Level.PROBLEM), (None, 512, Level.OK), (4096, 512, Level.OK)],
)
def test_each_port_takes_five_descriptors(limit, ports, level):
    (found,) = judge_descriptors(limit, ports)
    assert found.level is level
