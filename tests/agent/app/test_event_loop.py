"""However much is ready at once, timers wait for some of it only."""

from __future__ import annotations

import asyncio
import itertools
import os
import selectors
from collections.abc import Iterator

import pytest

from agent.app.event_loop import MOST_AT_ONCE, FewAtOnce, new_event_loop

MANY = 3 * MOST_AT_ONCE


@pytest.fixture
def pipes() -> Iterator[list[tuple[int, int]]]:
    made = [os.pipe() for _ in range(MANY)]
    yield made
    for ends in made:
        for end in ends:
            os.close(end)


def test_a_turn_takes_some_of_what_is_ready_and_the_next_ones_the_rest_in_turn(pipes):
    taken, turns = [], []

    async def run():
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def take(reading: int) -> None:
            taken.append(os.read(reading, 1))
            if len(taken) == MANY:
                done.set_result(None)

        def turn() -> None:
            turns.append(len(taken))
            if not done.done():
                loop.call_soon(turn)

        for reading, writing in pipes:
            loop.add_reader(reading, take, reading)
            os.write(writing, b"x")
        turn()
        await done

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run())
    assert max(later - before for before, later in itertools.pairwise(turns)) <= MOST_AT_ONCE
    assert len(taken) == MANY


def test_what_was_closed_before_its_turn_is_not_handed_over(pipes):
    with FewAtOnce() as selector:
        for reading, writing in pipes:
            selector.register(reading, selectors.EVENT_READ)
            os.write(writing, b"x")
        first = {key.fd for key, _ in selector.select(0)}
        (gone, again, *_) = [reading for reading, _ in pipes if reading not in first]
        selector.unregister(gone)
        selector.unregister(again)
        selector.register(again, selectors.EVENT_READ, "another's")
        rest = [key for _ in range(2) for key, _ in selector.select(0)]
        assert gone not in {key.fd for key in rest}
        assert all(key.data == "another's" for key in rest if key.fd == again)
        assert len(first) + len({key.fd for key in rest}) <= MANY - 1
