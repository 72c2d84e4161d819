"""Whether the engine answers is known from its answers alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from agent.fleet.answers import EngineAway
from agent.fleet.conversation import Conversation


class Silent:
    """An engine that is away."""

    answers = 0

    async def turn(self, *_):
        raise EngineAway("nobody is there")

    async def bell(self):
        raise EngineAway("nobody is there")
        yield ""


class Hearer:
    def __init__(self):
        self.heard_with = []
        self.was_away = 0

    def refresh(self):
        pass

    def heard(self, *, answered):
        self.heard_with.append(answered)

    def away(self, _why):
        self.was_away += 1


def standing():
    own = SimpleNamespace(host="a", run="1", started=False, held=None, untold=None, beat=lambda _stage: "")
    return SimpleNamespace(
        settings=SimpleNamespace(times=SimpleNamespace(renew=5.0)),
        own=own,
        name=SimpleNamespace(allowed=lambda _now: ""),
        election=SimpleNamespace(leads=lambda _now: False, bid_at=lambda: None),
        joined=False,
        answered_at=float("-inf"),
        stage=lambda _now: None,
        watches=lambda: "",
        may_bid=lambda: False,
    )


async def test_to_be_woken_is_no_answer():
    now, at, hearer = 0.0, standing(), Hearer()
    talk = Conversation(Silent(), at, hearer, clock=lambda: now, chance=lambda: 0.5, watched=lambda: False)
    running = asyncio.ensure_future(talk.run())
    for _turn in range(5):
        talk.wake()
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert hearer.was_away == 1
    assert hearer.heard_with
    assert not any(hearer.heard_with)
    assert at.answered_at == float("-inf")
