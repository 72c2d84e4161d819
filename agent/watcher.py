"""One module's life: open a port, ask who is there, look again and again, and begin anew when the port ends.

Responsible for when a module is asked, and for telling every observation at once; a port that cannot be opened is
an observation too. Must not know other modules, verdicts, numbers or reports.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

from agent.place import Place
from drivers.errors import LinkLost, NoAnswer, PortProblem, PortUnavailable
from drivers.observation import Observation, PortState, SaidNumber
from drivers.vendors.dialect import Meaning

if TYPE_CHECKING:
    import re

    from agent.own_numbers import Errand

_log = logging.getLogger(__name__)

RETRY_OPEN: Final = 1.0
"""Seconds until a port that is gone or held is looked at again; asking the kernel costs the module nothing."""
TRIES: Final = 2
"""So often a port may fail to answer AT before it counts as something else than a modem (DESIGN §3.4)."""
RARELY: Final = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds between further tries on ports that never answered: a module may still be starting up."""
KNOWN_MODEM: Final = 10.0
"""The same at most for what has answered before: it is a module, and back in the report soon after it recovers."""
LOOK_TWICE_AFTER: Final = 1.5
"""After a URC a module may answer from its cache for a moment (field guide §3.4, §9), so look once more."""
SHORTEST_GAP: Final = 0.1
"""Seconds between two looks, whatever a flood of URCs says."""

_STATE: Final = {
    PortProblem.GONE: PortState.GONE,
    PortProblem.BUSY: PortState.BUSY,
    PortProblem.FORBIDDEN: PortState.FORBIDDEN,
    PortProblem.BROKEN: PortState.MUTE,
}
_TELLING: Final = (
    PortState.BUSY,
    PortState.FORBIDDEN,
    PortState.MUTE,
    PortState.NOT_A_MODEM,
    PortState.GONE,
    PortState.UNPROBED,
)
"""Of several ports' states, which one says most about the module."""
_LOOK_NOW: Final = frozenset({
    Meaning.RESTARTED,
    Meaning.STOPPED,
    Meaning.SIM_GONE,
    Meaning.SIM_CHANGED,
    Meaning.NUMBER_READY,
    Meaning.REGISTRATION,
})  # fmt: skip

Tell = Callable[[Observation], None]
News = Callable[[Meaning, Observation | None], None]


class Conversing(Protocol):
    """An open port with a module behind it."""

    async def introduce(self) -> object:
        """Ask who is there. Raises NoAnswer, LinkLost."""

    async def look(self, tell: Tell) -> Observation:
        """Ask how things are; tells partial news at once. Raises LinkLost."""

    async def own_number(self, code: str, match: re.Pattern[str]) -> SaidNumber | None:
        """Ask the network for the SIM's number. Raises LinkLost."""

    async def close(self) -> None:
        """Let the port go; never waits long."""


Connect = Callable[[Place, str, News], Awaitable[Conversing]]
"""Opens one port of a place. Raises PortUnavailable."""


class Watcher:
    """Watches the module of one place until it is cancelled."""

    def __init__(
        self,
        place: Place,
        *,
        connect: Connect,
        clock: Callable[[], float],
        tell: Tell,
        pace: Callable[[], float],
    ) -> None:
        """`pace` returns the seconds that should lie between two looks as things are now."""
        self.place = place
        self.reconnects = 0
        self.restarts = 0
        self._connect = connect
        self._clock = clock
        self._tell = tell
        self._pace = pace
        self._stir = asyncio.Event()
        self._asked_for = 0.0
        """A look is wanted at this time, although the pace does not call for one yet; 0 for none."""
        self._answered_once = False
        self._said: tuple[PortState, str] | None = None
        self._errand: tuple[Errand, Callable[[SaidNumber], None]] | None = None

    def send_on(self, errand: Errand, told: Callable[[SaidNumber], None]) -> None:
        """Ask the network for a SIM's number between two looks; `told` hears it if the SIM is still the same."""
        self._errand = (errand, told)
        self._stir.set()

    def move(self, place: Place) -> None:
        """Take note of other ports: the module was replugged, or another of its ports is missing."""
        self.place = place
        self._stir.set()

    def look_again(self) -> None:
        """Ask the module as soon as the question under way is answered."""
        self._asked_for = self._clock()
        self._stir.set()

    def stir(self) -> None:
        """Compute the time of the next look anew: the pace has changed."""
        self._stir.set()

    async def run(self) -> None:
        """Watch; never returns."""
        barren = 0
        while True:
            outcomes = [await self._use(address) for address in self.place.ports]
            answered = None in outcomes
            barren = 0 if answered else barren + 1
            if not answered:
                self._say_best([outcome for outcome in outcomes if outcome is not None])
            await self._pause(self._rest(outcomes, barren))

    async def _use(self, address: str) -> tuple[PortState, str] | None:
        """Watch the module through one port as long as that goes; None if it has answered there."""
        try:
            module = await self._connect(self.place, address, self._news)
        except PortUnavailable as problem:
            return _STATE[problem.problem], problem.holder or problem.detail
        try:
            if not await self._introduced(module, address):
                return (PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM), ""
            self._answered_once = True
            self.reconnects += 1
            self._said = None
            await self._look_on(module, address)
        except LinkLost as lost:
            self._say(PortState.GONE, str(lost))
            return None
        finally:
            await module.close()
        return None

    async def _introduced(self, module: Conversing, address: str) -> bool:
        """Learn who is there. The only port of a module stays open meanwhile: opening it anew might disturb."""
        tries = 0
        while address in self.place.ports:
            try:
                await module.introduce()
            except NoAnswer:
                tries += 1
                if len(self.place.ports) > 1 and tries >= TRIES:
                    return False
                if tries >= TRIES:
                    self._say(PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM, "")
                    await self._pause(self._rarely(tries - TRIES))
            else:
                return True
        return False

    async def _look_on(self, module: Conversing, address: str) -> None:
        while address in self.place.ports:
            started = self._clock()
            self._asked_for = 0.0 if self._asked_for <= started else self._asked_for
            seen = await module.look(self._tell)
            self._tell(seen)
            await self._run_errand(module, seen)
            await self._until_next(started, address)
        raise LinkLost("the port is gone")

    async def _run_errand(self, module: Conversing, before: Observation) -> None:
        """Ask for the number of the SIM that is there; an answer counts only if it is there afterwards too."""
        if self._errand is None:
            return
        (errand, told), self._errand = self._errand, None
        if before.iccid != errand.iccid:
            return
        said = await module.own_number(errand.code, errand.match)
        after = await module.look(self._tell)
        self._tell(after)
        if said is not None and after.iccid == errand.iccid:
            told(said)

    async def _until_next(self, last: float, address: str) -> None:
        while address in self.place.ports:
            due = last + self._pace()
            if self._asked_for:
                due = min(due, max(self._asked_for, last + SHORTEST_GAP))
            wait = due - self._clock()
            if wait <= 0 or self._errand is not None:
                return
            await self._pause(wait)

    def _news(self, meaning: Meaning, seen: Observation | None) -> None:
        """Take an unsolicited line's meaning: tell what it says for sure, and look."""
        if meaning is Meaning.RESTARTED:
            self.restarts += 1
        if seen is not None:
            self._tell(seen)
        if meaning in _LOOK_NOW:
            self.look_again()
            asyncio.get_running_loop().call_later(LOOK_TWICE_AFTER, self.look_again)

    def _say_best(self, outcomes: list[tuple[PortState, str]]) -> None:
        state, detail = min(outcomes, key=lambda one: _TELLING.index(one[0]), default=(PortState.GONE, ""))
        self._say(state, detail)

    def _say(self, state: PortState, detail: str) -> None:
        """Tell a port's state once, not every second anew: its standing does not expire."""
        if self._said != (state, detail) or state is PortState.MUTE:
            self._said = (state, detail)
            self._tell(Observation(module=self.place.name, at=self._clock(), port=state, detail=detail))

    def _rest(self, outcomes: list[tuple[PortState, str] | None], barren: int) -> float:
        deaf = [
            one for one in outcomes if one is not None and one[0] in {PortState.NOT_A_MODEM, PortState.MUTE}
        ]
        if len(deaf) < len(outcomes) or not deaf:
            return RETRY_OPEN
        return self._rarely(barren - 1)

    def _rarely(self, already: int) -> float:
        pause = RARELY[min(already, len(RARELY) - 1)]
        return min(pause, KNOWN_MODEM) if self._answered_once else pause

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until something stirs."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stir.wait()
        self._stir.clear()
