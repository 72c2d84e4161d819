"""The life of one module: open a port, identify the module, poll it, and start again when the port ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from agent.bank.open_module import Connect, OpenModule, Publish
from agent.bank.place import Place
from agent.bank.port_retry import PortRetry
from agent.bank.rate_limit import Allowance
from agent.bank.serial_server import LONGEST_BACKOFF, Deafness, is_network
from agent.bank.spare_port import SparePorts
from agent.bank.ussd import UssdQuery
from drivers.errors import LinkLost, NoAnswer, PortProblem, PortUnavailable, TurnedAway
from drivers.observation import NumberReading, Observation, PortState
from drivers.vendors.dialect import UrcMeaning

RETRY_OPEN: Final = 1.0
"""Seconds until a port that is gone or busy is tried again; opening costs the module nothing."""
MAX_TRIES: Final = 2
"""How often a port may fail to answer AT before it counts as not a modem (docs/design.md §3.4)."""
BACKOFF: Final = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds between further tries on ports that never answered: a module may still be starting up."""
MAX_BACKOFF_KNOWN: Final = 10.0
"""Seconds; what has answered before is a module, and is back in the report soon after it recovers."""
RETRY_BETTER: Final = 10.0
"""Seconds until a preferred port that could not be opened is tried again, while another one is in use."""
SECOND_POLL_AFTER: Final = 1.5
"""Seconds after a URC; until then a module may answer from its cache (docs/at-field-guide.md §3.4, §9)."""
QUIET: Final = 0.5
"""Seconds in which nothing was heard, between two looks that prove a SIM by being equal (docs/design.md §4)."""
MIN_INTERVAL: Final = 0.1
"""Seconds between two polls, however many URCs arrive."""
URCS_AT_ONCE: Final = 4
"""URCs of one meaning, and polls after them, without a pause: inserting or removing a SIM causes several."""
URC_EVERY: Final = 1.0  # A7600E-H: docs/at-field-guide.md §10.3
"""Seconds between further ones: some modules send a URC about their SIM in every poll, a broken one without end."""

_STATE: Final = {
    PortProblem.GONE: PortState.GONE,
    PortProblem.BUSY: PortState.BUSY,
    PortProblem.FORBIDDEN: PortState.FORBIDDEN,
    PortProblem.NOT_YET: PortState.UNPROBED,
    PortProblem.BROKEN: PortState.MUTE,
}
_MOST_SPECIFIC_FIRST: Final = (
    PortState.BUSY,
    PortState.FORBIDDEN,
    PortState.MUTE,
    PortState.NOT_A_MODEM,
    PortState.GONE,
    PortState.UNPROBED,
)
"""Where the ports of a module are in several states, the first of these is the module's."""
_POLL_AFTER: Final = frozenset({
    UrcMeaning.RESTARTED,
    UrcMeaning.STOPPED,
    UrcMeaning.SIM_GONE,
    UrcMeaning.SIM_CHANGED,
    UrcMeaning.NUMBER_READY,
    UrcMeaning.REGISTRATION,
})  # fmt: skip


def _allowance() -> Allowance:
    return Allowance(URCS_AT_ONCE, URC_EVERY)


class _Deaf(LinkLost):
    """A connection to a serial server fell silent: a new one may be answered."""


class Watcher:
    """Watches the module of one place until it is cancelled, and publishes each observation at once."""

    def __init__(
        self,
        place: Place,
        *,
        connect: Connect,
        clock: Callable[[], float],
        publish: Publish,
        interval: Callable[[], float],
        second_look: Callable[[], bool] = lambda: False,
    ) -> None:
        """`interval` returns the seconds between two polls as things are now.

        `second_look` says whether the SIM lacks only a look equal to the last one, which then comes after QUIET.
        """
        self.place = place
        self.reconnects = 0
        self.restarts = 0
        self._connect = connect
        self._clock = clock
        self._publish = publish
        self._interval = interval
        self._second_look = second_look
        self._awake = asyncio.Event()
        self._poll_at = 0.0
        """A poll is wanted at this time, although the interval is not over; 0 for none."""
        self._polls: defaultdict[UrcMeaning, Allowance] = defaultdict(_allowance)
        self._news: defaultdict[UrcMeaning, Allowance] = defaultdict(_allowance)
        self._folded: dict[UrcMeaning, Observation | None] = {}
        """What URCs proved that wait for their time, by meaning: only the newest of each."""
        self._second_poll: asyncio.TimerHandle | None = None
        self._polled_at = 0.0
        """When the last poll began."""
        self._heard_at = 0.0
        """When the last poll ended, or a URC came after it."""
        self._retry = PortRetry()
        self._spare_ports = SparePorts(connect, clock)
        self._deafness = Deafness()
        self._answered_once = False
        self._hint = ""
        """What may be the cause of the last silence, for people."""
        self._published: tuple[PortState, str] | None = None
        self._ussd: tuple[UssdQuery, Callable[[NumberReading], None]] | None = None

    def schedule_ussd(self, query: UssdQuery, on_number: Callable[[NumberReading], None]) -> None:
        """Send a USSD query after the next poll; `on_number` gets its result if the SIM is still the same."""
        self._ussd = (query, on_number)
        self._awake.set()

    def cancel_ussd(self) -> None:
        """Drop a USSD query that has not been sent yet."""
        self._ussd = None

    def move(self, place: Place) -> None:
        """Use the ports of `place` from now on: the module was replugged, or one of its ports came or went."""
        self.place = place
        self._awake.set()

    def poll_now(self) -> None:
        """Poll the module as soon as the poll under way has ended."""
        self._poll_at = self._clock()
        self._awake.set()

    def wake(self) -> None:
        """Compute the time of the next poll again: the interval has changed."""
        self._awake.set()

    async def run(self) -> None:
        """Watch; never returns."""
        while True:
            address = self._retry.due(self.place.ports, self._clock())
            if address is not None:
                await self._watch(address)
                continue
            wait = self._retry.wait(self.place.ports, self._clock())
            if wait is None:
                self._publish_state(PortState.GONE, "")
            await self._pause(RETRY_OPEN if wait is None else wait)

    async def _watch(self, address: str) -> None:
        """Watch the module through one port, changing to any preferred one, until the port ends."""
        module = await self._opened(address)
        if module is None:
            self._publish_outcome()
            return
        try:
            while True:
                better = await self._keep_polling(module, address)
                other = await self._opened(better, instead=True)
                if other is not None:
                    address, module, left = better, other, module
                    await left.close()
        except LinkLost as lost:
            if not isinstance(lost, _Deaf):  # what it said holds to its lease
                self._publish_state(PortState.GONE, str(lost))
        finally:
            await module.close()
        moved = address not in self.place.ports
        self._retry.start_over(self.place.ports, self._clock() + (0.0 if moved else RETRY_OPEN))

    async def _opened(self, address: str, *, instead: bool = False) -> OpenModule | None:
        """Open a port, identify the module and poll it; None if that failed, and the port is tried again later.

        With `instead` it is to replace a port that works: its failure means nothing for the module then.
        """
        try:
            module = await self._connect(self.place, address, self._on_urc)
        except PortUnavailable as problem:
            self._failed(address, _STATE[problem.problem], problem.holder or problem.detail, instead=instead)
            return None
        usable = False
        try:
            usable = await self._is_usable(module, address, instead=instead)
            if not usable:
                state = PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM
                self._failed(address, state, self._hint, instead=instead)
        except TurnedAway as away:
            self._failed(address, PortState.BUSY, away.words, instead=instead)
        except LinkLost as lost:
            self._failed(address, PortState.GONE, str(lost), instead=instead)
        finally:
            if not usable:
                await module.close()
        return module if usable else None

    async def _is_usable(self, module: OpenModule, address: str, *, instead: bool) -> bool:
        """Poll through a port for the first time; one that is to replace another must report a SIM state."""
        if not await self._identified(module, address, tries=1 if instead else MAX_TRIES):
            return False
        self._answered_once = True
        self._published = None
        seen = await self._poll(module)
        if instead and seen.sim is None:
            return False
        self.reconnects += 1
        return True

    def _failed(self, address: str, state: PortState, detail: str, *, instead: bool) -> None:
        """Note what became of a port, and when it is tried again."""
        times = self._retry.times(address, state)
        if is_network(address) and state is not PortState.GONE:
            pause = min(self._backoff(times, wanted=False), LONGEST_BACKOFF)
        elif state in {PortState.NOT_A_MODEM, PortState.MUTE}:
            pause = self._backoff(times, wanted=not instead)
        else:
            pause = RETRY_BETTER if instead else RETRY_OPEN
        self._retry.failed(address, state, detail, self._clock() + pause)

    async def _identified(self, module: OpenModule, address: str, tries: int) -> bool:
        """Identify the module. Its only port stays open meanwhile: opening it again might disturb it.

        Not one of a serial server: a connection may be deaf where a new one is not.
        """
        failed = 0
        keep = len(self.place.ports) == 1 and not is_network(address)
        while address in self.place.ports:
            try:
                await module.identify()
            except NoAnswer as silence:
                failed, self._hint = failed + 1, silence.hint
                if not keep and failed >= tries:
                    return False
                if failed >= tries:
                    state = PortState.MUTE if self._answered_once else PortState.NOT_A_MODEM
                    self._publish_state(state, self._hint)
                    await self._pause(self._backoff(failed - tries))
            else:
                return True
        return False

    async def _keep_polling(self, module: OpenModule, address: str) -> str:
        """Poll until a preferred port is due; return that port. Raises LinkLost."""
        while address in self.place.ports:
            await self._until_due(address)
            if address not in self.place.ports:
                break
            # First, since trying the preferred port takes time, and may fail each time.
            seen = await self._poll(module)
            if is_network(address) and self._deafness.notes(seen, self._clock(), shared=self.place.share):
                raise _Deaf(f"{address}: says nothing any more")
            await self._spare_ports.look(self.place, address, seen)
            better = self._retry.before(address, self.place.ports, self._clock())
            if better is not None and not self.place.share:  # its client may be in the middle of a message
                return better
        raise LinkLost("unplugged")

    async def _poll(self, module: OpenModule) -> Observation:
        self._polled_at = self._clock()
        self._poll_at = 0.0  # whatever it was wanted for, this is the poll
        seen = await module.poll(self._publish)
        self._heard_at = self._clock()
        self._publish(seen)
        await self._send_ussd(module, seen)
        return seen

    async def _send_ussd(self, module: OpenModule, before: Observation) -> None:
        """Send the USSD query for the SIM that is there; its result counts only if the SIM is there afterwards too."""
        if self._ussd is None:
            return
        (query, on_number), self._ussd = self._ussd, None
        if before.iccid != query.iccid:
            return
        number = await module.own_number(query.code, query.match)
        after = await module.poll(self._publish)
        self._publish(after)
        if number is not None and after.iccid == query.iccid:
            on_number(number)

    async def _until_due(self, address: str) -> None:
        while address in self.place.ports:
            due = self._polled_at + self._interval()
            if self._second_look():
                due = min(due, self._heard_at + QUIET)
            if self._poll_at:
                due = min(due, max(self._poll_at, self._polled_at + MIN_INTERVAL))
            wait = due - self._clock()
            if wait <= 0 or self._ussd is not None:
                return
            await self._pause(wait)

    def _on_urc(self, meaning: UrcMeaning, seen: Observation | None) -> None:
        """Publish what a URC proves, and poll; at once, but of a flood of one meaning only the newest, now and then.

        Such a flood must not cost the other modules anything, and what it proves is known since its first URC.
        """
        now = self._heard_at = self._clock()
        at = self._news[meaning].take(now)
        if at is None or at > now:
            self._folded[meaning] = seen
        if at is not None and at > now:
            asyncio.get_running_loop().call_later(at - now, self._act_on_folded, meaning)
        elif at is not None:
            self._act_on(meaning, seen)

    def _act_on_folded(self, meaning: UrcMeaning) -> None:
        self._act_on(meaning, self._folded.pop(meaning, None))

    def _act_on(self, meaning: UrcMeaning, seen: Observation | None) -> None:
        if meaning is UrcMeaning.RESTARTED:
            self.restarts += 1
        if seen is not None:
            self._publish(seen)
        if meaning in _POLL_AFTER:
            self._poll_after(meaning)
            if self._second_poll is not None:
                self._second_poll.cancel()
            self._second_poll = asyncio.get_running_loop().call_later(
                SECOND_POLL_AFTER, self._poll_after, meaning
            )

    def _poll_after(self, meaning: UrcMeaning) -> None:
        """Poll at once, or later where URCs of this meaning never cease."""
        at = self._polls[meaning].take(self._clock())
        if at is not None:
            self._poll_at = min(at, self._poll_at or at)
            self._awake.set()

    def _publish_outcome(self) -> None:
        """Publish what became of the ports, as soon as every one has been tried."""
        outcomes = self._retry.outcomes(self.place.ports)
        if outcomes:
            self._publish_state(*min(outcomes, key=lambda one: _MOST_SPECIFIC_FIRST.index(one[0])))

    def _publish_state(self, state: PortState, detail: str) -> None:
        """Publish a port's state once, not every second again: it does not expire."""
        if self._published != (state, detail) or state is PortState.MUTE:
            self._published = (state, detail)
            self._publish(Observation(module=self.place.name, at=self._clock(), port=state, detail=detail))

    def _backoff(self, already: int, *, wanted: bool = True) -> float:
        """Return seconds until a further try; soon where the module is missing in the report."""
        pause = BACKOFF[min(already, len(BACKOFF) - 1)]
        return min(pause, MAX_BACKOFF_KNOWN) if wanted and self._answered_once else pause

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until `wake`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        self._awake.clear()
