"""One simulated module, from its ports to its card."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable
from typing import Any, Self

from drivers.simulator import card_issuer, lifecycle, urc
from drivers.simulator.faults import MUTING, Faults
from drivers.simulator.messages import delivered
from drivers.simulator.personality import Personality, load
from drivers.simulator.port import Port
from drivers.simulator.pty_watch import PtyWatch
from drivers.simulator.session import Session
from drivers.simulator.sim import Sim
from drivers.simulator.state import ModuleState
from drivers.simulator.usb_tree import PortPlan
from drivers.simulator.wirelog import WireLog, boottime


class SimulatedModule:
    """A module on real pseudo-terminals; use as `async with SimulatedModule("EC25") as module:`.

    `latency` is in seconds, None for the personality's own. At speed 10 everything that takes a module time
    takes a tenth of it; answers keep their latency.
    """

    def __init__(
        self,
        personality: str | Personality = "SIM800",
        *,
        name: str = "Module",
        card: Sim | None = None,
        empty: bool = False,
        ports: PortPlan = (),
        latency: float | None = 0.0,
        speed: float = 1.0,
        seed: int = 0,
        imei: str | None = None,
        pty_watch: PtyWatch | None = None,
        wire_log: WireLog | None = None,
    ) -> None:
        """Without `card` one is issued from `seed`, unless the holder is to be `empty`."""
        kind = load(personality) if isinstance(personality, str) else personality
        chance = random.Random(f"{seed}/{name}")  # noqa: S311 - cards, not secrets
        self.name, self.personality = name, kind
        self.life = lifecycle.Lifecycle(kind.times, self.later, self._announce, speed=speed)
        self.state = ModuleState(
            name=name,
            personality=kind,
            chance=chance,
            life=self.life,
            faults=Faults(chance),
            latency=kind.latency if latency is None else latency,
            later=self.later,
            send_urc=self.send_urc,
            restart=self.reboot,
            imei=imei or "",
        )
        self._times = {"plugged": boottime(), "answers": boottime()}
        self._first_card = None if empty else card or card_issuer.issue(1, chance)[0]
        self._pulled: Sim | None = None
        self._given = pty_watch, wire_log
        self._ends = contextlib.ExitStack()
        self._pending: set[asyncio.TimerHandle] = set()
        self.ports = [Port(self.state, *plan) for plan in ports or ((name, "at", None),)]

    # Coming and going

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def start(self, *, booting: bool = False) -> None:
        """Plug in, as a module that has long been up unless it is `booting`."""
        pty_watch, wire_log = self._given
        self._pty_watch = pty_watch or self._ends.enter_context(PtyWatch())
        self._wire_log = wire_log or self._ends.enter_context(contextlib.closing(WireLog.from_environment()))
        self._plug_ports()
        self.life.wake_settled(self._first_card)
        if booting:
            self.reboot()

    def _plug_ports(self) -> None:
        for port in self.ports:
            port.plug(self._pty_watch, self._wire_log)

    def close(self) -> None:
        """Pull the plug for good and give every descriptor back."""
        self.unplug()
        for timer in list(self._pending):
            timer.cancel()
        self._ends.close()

    def unplug(self) -> None:
        """Take the module off USB: its ports vanish, its clients see a hang-up."""
        if not self.plugged:
            return
        self.life.end()
        for port in self.ports:
            port.unplug()
        self._times["plugged"] = boottime()

    def replug(self) -> None:
        """Put it back; it boots, and its ports have other paths than before."""
        if self.plugged:
            return
        self._plug_ports()
        self._times["plugged"] = boottime()
        self.reboot()

    @property
    def plugged(self) -> bool:
        """Whether its ports are there."""
        return any(port.terminal is not None for port in self.ports)

    @property
    def path(self) -> str:
        """The path of its first AT port."""
        return next(port.path for port in self.ports if port.role == "at")

    # What may happen to it

    def pull(self, *, quiet: bool = False) -> None:
        """Take the card out; `quiet` as from a holder without a switch, with no URC at all."""
        self._pulled = self.life.card or self._pulled
        self.life.take_card(quiet=quiet)

    def insert(self, card: Sim | None = None) -> None:
        """Put a card in; without one, the card that was pulled."""
        card = card or self._pulled or self.life.card or self._first_card
        if card is not None:
            self.life.put_card(card)

    def reboot(self) -> None:
        """Restart: silence, banner, settings of a fresh start."""
        for port in self.ports:
            port.restart()
        self.state.reset_commands()
        self.life.boot()

    def fault(self, name: str, on: bool = True, *, seconds: float | None = None, once: bool = False) -> None:
        """Switch a fault of `faults.MEANINGS`; a KeyError names an unknown one."""
        answered, faults = self.answers, self.state.faults
        faults.switch(name, on, seconds=seconds, once=once)
        self.life.card_busy = "busy" in faults
        for port in self.ports:
            port.apply_faults()
        if self.answers != answered:
            self._times["answers"] = boottime()

    def faults_off(self) -> None:
        """End every fault."""
        for name in list(self.state.faults.on):
            self.fault(name, on=False)

    def receive_message(self, sender: str, text: str) -> None:
        """Have a message come in; it is stored, and announced as +CNMI says."""
        messages = self.state.messages
        memory = messages.chosen[2]
        index = messages.keep(delivered(sender, text), memory)
        self._send_lines(lambda session: urc.message_lines(session, memory, index))

    def ring(self, caller: str) -> None:
        """Have somebody call."""
        self._send_lines(lambda session: urc.call_lines(self.state, session, caller))

    def hang_up(self) -> None:
        """End every call and data connection from the network's side."""
        self.state.in_call = False
        for port in self.ports:
            port.end_call()

    # URCs and time

    def send_urc(self, text: str, line_end: str = "\r\n") -> None:
        """Send a line unasked to each port that gets URCs."""
        self._send_lines(lambda _: [(text, line_end)])

    def _announce(self, event: str) -> None:
        if self.life.awake:
            self._send_lines(lambda session: urc.event_lines(self.state, session, event))

    def _send_lines(self, lines_for: Callable[[Session], Iterable[urc.UrcLine]]) -> None:
        """Send to every AT port, or to the first one where the vendor has one port for URCs."""
        ports = [port for port in self.ports if port.role == "at" and port.terminal is not None]
        for port in ports[:1] if "urcs_on_first_port" in self.personality.quirks else ports:
            for text, line_end in lines_for(port.session):
                port.send_urc(text, line_end)

    def later(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        """Call after a time, unless the module is closed before."""

        def run() -> None:
            self._pending.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._pending = {known for known in self._pending if not known.cancelled()} | {timer}
        return timer

    # Truth

    @property
    def answers(self) -> bool:
        """Whether a client that asks gets an answer which it can read."""
        muted = any(name in MUTING for name in self.state.faults.on)
        return self.plugged and self.life.awake and not muted

    def truth(self) -> dict[str, Any]:
        """Return the real state; `since` holds the time of each last change, in seconds on CLOCK_BOOTTIME."""
        card = self.life.card
        return {
            "name": self.name,
            "personality": self.personality.name,
            "paths": [port.path for port in self.ports if port.terminal is not None],
            "plugged": self.plugged,
            "answers": self.answers,
            "faults": sorted(self.state.faults.on),
            "imei": self.state.imei,
            "sim": str(self.life.card_state),
            "sim_present": card is not None,
            "iccid": card and card.iccid,
            "imsi": card and card.imsi,
            "number": card and card.e164,
            "stored_number": card and card.number,
            "stat": self.life.stat,
            "registered": self.life.stat in lifecycle.REGISTERED,
            "messages_sent": len(self.state.messages.sent),
            "since": {**self.life.since, **self._times},
        }
