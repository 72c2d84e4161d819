"""One open port of a place, with the module behind it.

Responsible for putting a wire, a link and a module together, and for what is watched on the way: the dialogue for
people, the counts for metrics. Must not know when a module is asked, nor what its answers are worth.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, Protocol

from agent.bank.at_log import AtLog, Speaker
from agent.bank.place import Place
from agent.bank.watcher import News, Tell
from drivers.at.commands import Command
from drivers.errors import NoAnswer
from drivers.link.autobaud import find_baudrate
from drivers.link.link import Direction, Link
from drivers.module.module import Module
from drivers.observation import Identity, Observation, SaidNumber
from drivers.ports.usb_ids import Kind, product
from drivers.sharing import SharedPort
from drivers.vendors import URCS, UrcMeaning, by_name
from drivers.wire import open_wire

USUAL_BAUDRATE: Final = 115200
_SPEAKER: Final = {
    Direction.TO_MODULE: Speaker.AGENT,
    Direction.GUEST_TO_MODULE: Speaker.GUEST,
    Direction.FROM_MODULE: Speaker.MODULE,
    Direction.MODULE_TO_GUEST: Speaker.MODULE,
}


class Counts(Protocol):
    """What is counted on the way (see agent.status.metrics)."""

    def answered(self, took: float) -> None:
        """An answer came after so many seconds."""

    def timed_out(self) -> None:
        """No answer came."""

    def unsolicited(self) -> None:
        """A module spoke unasked."""

    def guest_waited(self, took: float) -> None:
        """A guest's command waited so long for its turn."""

    def question_waited(self, took: float) -> None:
        """A question of ours waited so long for a guest."""


class Overheard:
    """A link whose answers are kept for people."""

    def __init__(self, link: Link, dialogue: AtLog, counts: Counts) -> None:
        self._link = link
        self._dialogue = dialogue
        self._counts = counts

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """Ask as the link does, and note what came of it."""
        began = time.monotonic()
        lines: tuple[str, ...] = ()
        try:
            lines = await self._link.ask(command, timeout)
        except NoAnswer as silence:
            lines = (*silence.lines, "no answer")
            self._counts.timed_out()
            raise
        except Exception as error:
            lines = (str(error),)
            raise
        finally:
            self._dialogue.answered(command.text, lines, time.monotonic() - began)
        return lines


def _nobody() -> None:
    """For ports that are not shared."""


class Connection:
    """A module behind an open port; lives and dies with it."""

    def __init__(
        self,
        place: Place,
        address: str,
        link: Link,
        *,
        news: News,
        dialogue: AtLog,
        counts: Counts,
        clock: Callable[[], float],
        answer_timeout: float,
        guest: Callable[[], SharedPort | None] = _nobody,
    ) -> None:
        self.link = link
        self._find_guest = guest
        self._guest: SharedPort | None = None
        self._place = place
        self._news = news
        self._counts = counts
        self._module = Module(
            place.name,
            Overheard(link, dialogue, counts),
            clock=clock,
            used_port=address,
            dialect=None if place.driver == "auto" else by_name(place.driver),
            answer_timeout=answer_timeout,
        )
        self._dialogue = dialogue
        link.on_unsolicited = self._heard
        link.on_lost = self._lost
        link.observe = lambda took, _: counts.answered(took)
        link.trace = self._passed

    async def identify(self) -> Identity:
        """Find the module's rate where it is not known, then ask who is there. Raises NoAnswer, LinkLost."""
        if self._place.baudrate is None and not _is_native(self._place):
            await find_baudrate(self.link)
        identity = await self._module.identify()
        self._let_guest_in()
        return identity

    async def poll(self, tell: Tell) -> Observation:
        """Ask how things are. Raises LinkLost."""
        if self._guest is None:
            self._let_guest_in()
        if self._guest is None:
            return await self._module.poll(tell)
        self._module.brief = self._guest.presence is not None
        seen = await self._module.poll(tell)
        if self._module.settings:  # made anew after a restart
            self._guest.keep(self._module.settings)
        return seen

    async def own_number(self, code: str, match: re.Pattern[str]) -> SaidNumber | None:
        """Ask the network for the SIM's number, with a code that the operator configured."""
        return await self._module.ask_own_number(code, match)

    async def close(self) -> None:
        """Let the port go."""
        if self._guest is not None:
            self._guest.detach(self.link)
        await self.link.close()

    def _let_guest_in(self) -> None:
        """Lend the line to the guest's port, as soon as there is one: its directory may have been mended meanwhile."""
        guest = self._find_guest()
        if guest is None:
            return
        self._guest = guest
        self.link.on_waited = self._waited
        guest.attach(self.link, self._module.settings, on_waited=self._counts.guest_waited)

    def _heard(self, line: str) -> None:
        self._counts.unsolicited()
        meaning = self._module.heard(line)
        if meaning is UrcMeaning.RESTARTED and self._guest is not None:
            self._guest.restarted()
        if meaning is not None:
            self._news(meaning, self._module.news(meaning))

    def _lost(self, _reason: str) -> None:
        """The port has ended: the next look says so, and must not wait for its time."""
        if self._guest is not None:
            self._guest.detach(self.link)
        self._news(UrcMeaning.STOPPED, None)

    def _passed(self, direction: Direction, data: bytes) -> None:
        self._dialogue.passed(_SPEAKER[direction], data)

    def _waited(self, took: float) -> None:
        self._counts.question_waited(took)
        if self._guest is not None:
            self._guest.made_us_wait(took)


async def connect(
    place: Place,
    address: str,
    news: News,
    *,
    dialogue: AtLog,
    counts: Counts,
    clock: Callable[[], float],
    answer_timeout: float,
    guest: Callable[[], SharedPort | None] = _nobody,
) -> Connection:
    """Open a port of a place; `guest` gives who may use it too, None for nobody. Raises PortUnavailable."""
    wire = await open_wire(address, baudrate=place.baudrate or USUAL_BAUDRATE)
    return Connection(
        place,
        address,
        Link(wire, urcs=URCS),
        news=news,
        dialogue=dialogue,
        counts=counts,
        clock=clock,
        answer_timeout=answer_timeout,
        guest=guest,
    )


def _is_native(place: Place) -> bool:
    """Native modems ignore the rate (docs/at-field-guide.md §1.5)."""
    vid, _, pid = place.usb_id.partition(":")
    return bool(vid) and product(vid, pid).kind is Kind.MODEM
