"""One open port of a place: its wire, link and module; feeds the AT log and the metrics on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from agent.bank.at_log import AtLog, Sender
from agent.bank.open_module import OnUrc, Publish
from agent.bank.other_reader import OtherReader
from agent.bank.place import Place
from agent.bank.serial_server import WORDS_LIMIT, is_network, server_says, words
from drivers.at.commands import Command
from drivers.errors import DriverError, LinkLost, NoAnswer, PortProblem, PortUnavailable, Refused, TurnedAway
from drivers.link import Direction, Link, find_baudrate
from drivers.module import Module
from drivers.observation import Identity, NumberReading, Observation
from drivers.ports import DeviceKind, product
from drivers.sharing import SharedPort, SharedPorts
from drivers.vendors import URCS, UrcMeaning, by_name
from drivers.wire import open_wire

USUAL_BAUDRATE: Final = 115200
_SENDER: Final = {
    Direction.TO_MODULE: Sender.AGENT,
    Direction.CLIENT_TO_MODULE: Sender.CLIENT,
    Direction.FROM_MODULE: Sender.MODULE,
    Direction.MODULE_TO_CLIENT: Sender.MODULE,
}


class Counts(Protocol):
    """What is counted on the way (see agent.status.metrics)."""

    def answered(self, took: float) -> None:
        """An answer came after `took` seconds."""

    def timed_out(self) -> None:
        """No answer came."""

    def unsolicited(self) -> None:
        """A URC came."""

    def client_waited(self, took: float) -> None:
        """A command of a shared port's client waited `took` seconds for the lock."""

    def question_waited(self, took: float) -> None:
        """A command of ours waited `took` seconds for the lock."""


class Connection:
    """A module behind an open port; lives and dies with it."""

    def __init__(
        self,
        place: Place,
        link: Link,
        *,
        on_urc: OnUrc,
        at_log: AtLog,
        counts: Counts,
        clock: Callable[[], float],
        answer_timeout: float,
        shared_ports: SharedPorts | None = None,
    ) -> None:
        """Parameters as in `connect`."""
        self.link = link
        self._shared_ports = shared_ports
        self._shared_port: SharedPort | None = None
        self._other_reader = OtherReader(
            link.wire.address, clock=clock, taken=lambda: link.wire.taken_by_others
        )
        self._unanswered = bytearray() if is_network(link.wire.address) else None
        """What a serial server sent before the first answer; None for a tty, and after that answer."""
        self._place = place
        self._publish_urc = on_urc
        self._at_log = at_log
        self._counts = counts
        self._module = Module(
            place.name,
            link,
            clock=clock,
            dialect=None if place.driver == "auto" else by_name(place.driver),
            answer_timeout=answer_timeout,
        )
        link.on_urc = self._on_urc
        link.on_lost = self._on_lost
        link.on_exchange = self._on_exchange
        link.trace = self._trace

    @property
    def answer_timeout(self) -> float:
        """Seconds for a usual answer; may be changed while the port is open."""
        return self._module.answer_timeout

    @answer_timeout.setter
    def answer_timeout(self, seconds: float) -> None:
        self._module.answer_timeout = seconds

    async def identify(self) -> Identity:
        """Find the module's baud rate where it is not known, then identify it.

        Raises NoAnswer, LinkLost, and TurnedAway for a serial server that closes with words.
        """
        try:
            if self._place.baudrate is None and not _is_native(self._place):
                await find_baudrate(self.link)
            identity = await self._module.identify()
        except NoAnswer as silence:
            silence.hint = self._other_reader.hint()
            raise
        except LinkLost as lost:
            if self._unanswered is not None and (said := words(bytes(self._unanswered))):
                raise TurnedAway(server_says(said)) from lost
            raise
        self._attach_shared_port()
        return identity

    async def poll(self, publish: Publish) -> Observation:
        """Poll the module; `publish` as in `Module.poll`. Raises LinkLost."""
        if self._shared_port is None:
            self._attach_shared_port()
        if self._shared_port is None:
            return self._explained(await self._module.poll(publish))
        self._module.may_chain = self._shared_port.client is None
        seen = await self._module.poll(publish)
        if self._module.settings:  # made anew after a restart
            self._shared_port.keep(self._module.settings)
        return self._explained(seen)

    def _explained(self, seen: Observation) -> Observation:
        """Say beside what was not answered that another program may read the port."""
        answered = (seen.sim, seen.iccid, seen.imsi, seen.registration)
        if seen.restarted or (not self._other_reader.suspected and any(one is not None for one in answered)):
            return seen
        hint = "" if seen.complete else self._other_reader.hint()
        return replace(seen, detail="; ".join(filter(None, (seen.detail, hint)))) if hint else seen

    async def own_number(self, code: str, match: re.Pattern[str]) -> NumberReading | None:
        """Ask the network for the SIM's number, with a USSD code that the operator configured. Raises LinkLost."""
        return await self._module.ask_own_number(code, match)

    async def close(self) -> None:
        """Close the port."""
        if self._shared_port is not None:
            self._shared_port.detach(self.link)
        await self.link.close()

    def _attach_shared_port(self) -> None:
        """Attach the shared port as soon as there is one: its directory may become usable only later."""
        shared_port = self._shared_ports.port(self._place.name) if self._shared_ports is not None else None
        if shared_port is None:
            return
        self._shared_port = shared_port
        self.link.on_waited = self._on_waited
        shared_port.attach(self.link, self._module.settings, on_waited=self._counts.client_waited)

    def _on_urc(self, line: str) -> None:
        self._counts.unsolicited()
        meaning = self._module.on_urc(line)
        if meaning is UrcMeaning.RESTARTED and self._shared_port is not None:
            self._shared_port.restarted()
        if meaning is not None:
            self._publish_urc(meaning, self._module.proven_by(meaning))

    def _on_lost(self, _reason: str) -> None:
        # The next poll says that the port has ended, and must not wait for its time.
        if self._shared_port is not None:
            self._shared_port.detach(self.link)
        self._publish_urc(UrcMeaning.STOPPED, None)

    def _on_exchange(self, command: Command, outcome: tuple[str, ...] | DriverError, took: float) -> None:
        match outcome:
            case tuple():
                self._counts.answered(took)
                self._unanswered = None
                lines = outcome
            case NoAnswer():
                self._counts.timed_out()
                lines = (*outcome.lines, "no answer")
            case Refused():
                self._counts.answered(took)
                self._unanswered = None
                lines = (str(outcome),)
            case _:
                lines = (str(outcome),)
        if not isinstance(outcome, LinkLost):
            self._other_reader.ended(outcome)
        self._at_log.note_answer(command.text, lines, took)

    def _trace(self, direction: Direction, data: bytes) -> None:
        self._at_log.note_bytes(_SENDER[direction], data)
        if direction is Direction.TO_MODULE:
            self._other_reader.sent(data)
        elif direction is Direction.FROM_MODULE:
            self._other_reader.received(data)
            if self._unanswered is not None:
                self._unanswered += data[: WORDS_LIMIT - len(self._unanswered)]

    def _on_waited(self, took: float) -> None:
        self._counts.question_waited(took)
        if self._shared_port is not None:
            self._shared_port.question_waited(took)


async def connect(
    place: Place,
    address: str,
    on_urc: OnUrc,
    *,
    at_log: AtLog,
    counts: Counts,
    clock: Callable[[], float],
    answer_timeout: float,
    shared_ports: SharedPorts | None = None,
) -> Connection:
    """Open a port of a place; `shared_ports` only for a place that is shared. `clock` and `answer_timeout` in seconds.

    Raises PortUnavailable.
    """
    try:
        wire = await open_wire(address, baudrate=place.baudrate or USUAL_BAUDRATE)
    except PortUnavailable as why:
        if said := words(why.said):
            raise PortUnavailable(PortProblem.BUSY, why.detail, holder=server_says(said)) from why
        raise
    return Connection(
        place,
        Link(wire, urcs=URCS),
        on_urc=on_urc,
        at_log=at_log,
        counts=counts,
        clock=clock,
        answer_timeout=answer_timeout,
        shared_ports=shared_ports,
    )


def _is_native(place: Place) -> bool:
    """Whether it is a native modem, which ignores the baud rate (docs/at-field-guide.md §1.5)."""
    vid, _, pid = place.usb_id.partition(":")
    return bool(vid) and product(vid, pid).kind is DeviceKind.MODEM
