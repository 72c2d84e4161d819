"""A single lost answer never costs a number: config.yaml takes no lease below two polls and an answer_timeout."""

from __future__ import annotations

import asyncio

import pytest
from memory_wires import MemoryWire, virtually

from drivers.link import Link
from drivers.module import Module
from drivers.vendors import URCS
from tests.drivers.scripted_modules import FAMILIES, ScriptedModule, read_transcript

POLL, ANSWER_TIMEOUT = 10.0, 5.0
LEASE = 2 * POLL + ANSWER_TIMEOUT
USUAL_POLLS = 3


class Losing:
    """A module behind a wire that does not answer the question of that number."""

    def __init__(self, family):
        self.scripted = ScriptedModule(read_transcript(family))
        self.heard = 0
        self.loses = None

    def hear(self, data, _baudrate):
        self.heard += 1
        answer = self.scripted.hear(data)
        return b"" if self.heard == self.loses else answer


async def polled(family, lost):
    """The longest time between two complete polls, in seconds, when this question of a poll is not answered."""
    loop = asyncio.get_running_loop()
    module = Losing(family)
    asked = Module("any", Link(MemoryWire(module), urcs=URCS), clock=loop.time)
    whole_at = ended = 0.0
    for number in range(USUAL_POLLS + lost + 1):
        due = number * POLL
        await asyncio.sleep(max(0.0, due - loop.time()))
        if number == USUAL_POLLS:
            module.loses = module.heard + lost
        seen = await asked.poll(lambda _: None)
        if seen.complete:
            ended = max(ended, loop.time() - whole_at)
            whole_at = seen.at
    assert seen.complete
    return ended


@pytest.mark.parametrize("lost", range(1, 8))
@pytest.mark.parametrize("family", FAMILIES)
def test_after_a_lost_answer_the_next_complete_poll_comes_within_the_lease(family, lost):
    assert virtually(polled(family, lost)) <= LEASE
