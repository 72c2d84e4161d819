"""One module's life: open a port, ask who is there, look again and again, and begin anew when the port ends.

Responsible for when a module is asked and through which of its ports, and for telling every observation at once; a
port that cannot be opened is an observation too. Must not know other modules, verdicts, numbers or reports.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from agent.bank.place import Place
from agent.bank.port_retry import PortRetry
from agent.bank.rate_limit import TokenBucket
from agent.bank.ussd import DueQuery
from drivers.errors import LinkLost, NoAnswer, PortProblem, PortUnavailable
from drivers.observation import NumberReading, Observation, PortState
from drivers.vendors.dialect import UrcMeaning

_log = logging.getLogger(__name__)

RETRY_OPEN: Final = 1.0
"""Seconds until a port that is gone or held is looked at again; asking the kernel costs the module nothing."""
TRIES: Final = 2
"""So often a port may fail to answer AT before it counts as something else than a modem (docs/design.md §3.4)."""
RARELY: Final = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds between further tries on ports that never answered: a module may still be starting up."""
KNOWN_MODEM: Final = 10.0
"""The same at most for what has answered before: it is a module, and back in the report soon after it recovers."""
BETTER_AGAIN: Final = 10.0
"""Seconds until a better port that cannot be opened is tried again, while another one serves."""
LOOK_TWICE_AFTER: Final = 1.5
"""After a URC a module may answer from its cache for a moment (docs/at-field-guide.md §3.4, §9), so look once more."""
SHORTEST_GAP: Final = 0.1
"""Seconds between two looks, whatever a flood of URCs says."""
LOOKS_AT_ONCE: Final = 4
"""So many looks may follow news one upon the other: a card that is pulled or put in tells several times."""
LOOK_FOR_NEWS_EVERY: Final = 1.0  # A7600E-H: docs/at-field-guide.md §10.3
"""Seconds between further ones: some modules send a URC about their card in every poll."""

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
    UrcMeaning.RESTARTED,
    UrcMeaning.STOPPED,
    UrcMeaning.SIM_GONE,
    UrcMeaning.SIM_CHANGED,
    UrcMeaning.NUMBER_READY,
    UrcMeaning.REGISTRATION,
})  # fmt: skip

Tell = Callable[[Observation], None]
News = Callable[[UrcMeaning, Observation | None], None]


class Conversing(Protocol):
    """An open port with a module behind it."""

    async def identify(self) -> object:
        """Ask who is there. Raises NoAnswer, LinkLost."""

    async def poll(self, tell: Tell) -> Observation:
        """Ask how things are; tells partial news at once. Raises LinkLost."""

    async def own_number(self, code: str, match: re.Pattern[str]) -> NumberReading | None:
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
        self._looks_for_news = TokenBucket(LOOKS_AT_ONCE, LOOK_FOR_NEWS_EVERY)
        self._second_look: asyncio.TimerHandle | None = None
        self._looked_at = 0.0
        """When the last look began."""
        self._turns = PortRetry()
        self._answered_once = False
        self._said: tuple[PortState, str] | None = None
        self._errand: tuple[DueQuery, Callable[[NumberReading], None]] | None = None

    def send_on(self, errand: DueQuery, told: Callable[[NumberReading], None]) -> None:
        """Ask the network for a SIM's number between two looks; `told` hears it if the SIM is still the same."""
        self._errand = (errand, told)
        self._stir.set()

    def call_off(self) -> None:
        """Ask the network nothing that has not been asked yet."""
        self._errand = None

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
        while True:
            address = self._turns.due(self.place.ports, self._clock())
            if address is not None:
                await self._watch(address)
                continue
            wait = self._turns.wait(self.place.ports, self._clock())
            if wait is None:
                self._say(PortState.GONE, "")
            await self._pause(RETRY_OPEN if wait is None else wait)

    async def _watch(self, address: str) -> None:
        """Watch the module through one port, and from then on through any better one, as long as that goes."""
        module = await self._opened(address)
        if module is None:
            self._say_best()
            return
        try:
            while True:
                better = await self._look_on(module, address)
                other = await self._opened(better, instead=True)
                if other is not None:
                    address, module, left = better, other, module
                    await left.close()
        except LinkLost as lost:
            self._say(PortState.GONE, str(lost))
        finally:
            await module.close()
        moved = address not in self.place.ports
        self._turns.begin_anew(self.place.ports, self._clock() + (0.0 if moved else RETRY_OPEN))

    async def _opened(self, address: str, *, instead: bool = False) -> Conversing | None:
        """Open a port, learn who is there and how it is; None where that failed, and the port's turn comes later.

        With `instead` it shall take the place of one that serves: what fails says nothing about the module then.
        """
        try:
            module = await self._connect(self.place, address, self._news)
        except PortUnavailable as problem:
            self._leave(address, _STATE[problem.problem], problem.holder or problem.detail, instead=instead)
            return None
        serves = False
        try:
            serves = await self._serves(module, address, instead=instead)
            if not serves:
                state = PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM
                self._leave(address, state, "", instead=instead)
        except LinkLost as lost:
            self._leave(address, PortState.GONE, str(lost), instead=instead)
        finally:
            if not serves:
                await module.close()
        return module if serves else None

    async def _serves(self, module: Conversing, address: str, *, instead: bool) -> bool:
        """Look through a port for the first time; one that shall replace another must say something of the SIM."""
        if not await self._introduced(module, address, tries=1 if instead else TRIES):
            return False
        self._answered_once = True
        self._said = None
        seen = await self._look(module)
        if instead and seen.sim is None:
            return False
        self.reconnects += 1
        return True

    def _leave(self, address: str, state: PortState, detail: str, *, instead: bool) -> None:
        """Note what came of a port, and leave it alone: the longer, the less there is to hope for."""
        if state in {PortState.NOT_A_MODEM, PortState.MUTE}:
            pause = self._rarely(self._turns.times(address, state), wanted=not instead)
        else:
            pause = BETTER_AGAIN if instead else RETRY_OPEN
        self._turns.failed(address, state, detail, self._clock() + pause)

    async def _introduced(self, module: Conversing, address: str, tries: int) -> bool:
        """Learn who is there. The only port of a module stays open meanwhile: opening it anew might disturb."""
        failed = 0
        while address in self.place.ports:
            try:
                await module.identify()
            except NoAnswer:
                failed += 1
                if len(self.place.ports) > 1 and failed >= tries:
                    return False
                if failed >= tries:
                    self._say(PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM, "")
                    await self._pause(self._rarely(failed - tries))
            else:
                return True
        return False

    async def _look_on(self, module: Conversing, address: str) -> str:
        """Look again and again, until it is a better port's turn; return that. Raises LinkLost."""
        while address in self.place.ports:
            await self._until_next(address)
            if address not in self.place.ports:
                break
            await self._look(module)  # first: a try of the better port takes its time, and may fail each time
            better = self._turns.before(address, self.place.ports, self._clock())
            if better is not None and not self.place.share:  # its client may be in the middle of a message
                return better
        raise LinkLost("unplugged")

    async def _look(self, module: Conversing) -> Observation:
        self._looked_at = self._clock()
        self._asked_for = 0.0  # whatever was the reason, this is the look
        seen = await module.poll(self._tell)
        self._tell(seen)
        await self._run_errand(module, seen)
        return seen

    async def _run_errand(self, module: Conversing, before: Observation) -> None:
        """Ask for the number of the SIM that is there; an answer counts only if it is there afterwards too."""
        if self._errand is None:
            return
        (errand, told), self._errand = self._errand, None
        if before.iccid != errand.iccid:
            return
        said = await module.own_number(errand.code, errand.match)
        after = await module.poll(self._tell)
        self._tell(after)
        if said is not None and after.iccid == errand.iccid:
            told(said)

    async def _until_next(self, address: str) -> None:
        while address in self.place.ports:
            due = self._looked_at + self._pace()
            if self._asked_for:
                due = min(due, max(self._asked_for, self._looked_at + SHORTEST_GAP))
            wait = due - self._clock()
            if wait <= 0 or self._errand is not None:
                return
            await self._pause(wait)

    def _news(self, meaning: UrcMeaning, seen: Observation | None) -> None:
        """Take an unsolicited line's meaning: tell what it says for sure, and look."""
        if meaning is UrcMeaning.RESTARTED:
            self.restarts += 1
        if seen is not None:
            self._tell(seen)
        if meaning in _LOOK_NOW:
            self._look_for_news()
            if self._second_look is not None:
                self._second_look.cancel()
            self._second_look = asyncio.get_running_loop().call_later(LOOK_TWICE_AFTER, self._look_for_news)

    def _look_for_news(self) -> None:
        """Ask the module at once, unless it always has news; what these said for sure is told already."""
        if self._asked_for:  # that look is yet to begin
            return
        self._asked_for = self._looks_for_news.take(self._clock())
        self._stir.set()

    def _say_best(self) -> None:
        """Tell what came of the ports, as soon as every one has had its turn."""
        outcomes = self._turns.outcomes(self.place.ports)
        if outcomes:
            self._say(*min(outcomes, key=lambda one: _TELLING.index(one[0])))

    def _say(self, state: PortState, detail: str) -> None:
        """Tell a port's state once, not every second anew: its standing does not expire."""
        if self._said != (state, detail) or state is PortState.MUTE:
            self._said = (state, detail)
            self._tell(Observation(module=self.place.name, at=self._clock(), port=state, detail=detail))

    def _rarely(self, already: int, *, wanted: bool = True) -> float:
        """Return seconds until a further try; soon where the module is missing in the report."""
        pause = RARELY[min(already, len(RARELY) - 1)]
        return min(pause, KNOWN_MODEM) if wanted and self._answered_once else pause

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until something stirs."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stir.wait()
        self._stir.clear()
