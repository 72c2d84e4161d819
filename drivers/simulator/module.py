"""One simulated module, from its ports to its card.

Responsible for putting life, personality, faults and ports together, for the verbs that tests and the
command line use (pull, insert, deny, fault, …), and for saying the truth about itself. Must not know other
modules or the bank.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, Self

from drivers.simulator import card_issuer, lifecycle, network_commands, urc
from drivers.simulator.error_codes import Refusal, refusal
from drivers.simulator.faults import MUTING, Faults
from drivers.simulator.personality import Personality, load
from drivers.simulator.port import Place, Port
from drivers.simulator.pty_watch import Openings
from drivers.simulator.sim import Lock, Sim
from drivers.simulator.sms_commands import MessageStore, delivered
from drivers.simulator.template import REGISTERED
from drivers.simulator.wirelog import WireLog, boottime

PortPlan = Sequence[tuple[str, str, Place | None]]
"""Name, role and USB place of each port."""


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
        openings: Openings | None = None,
        wire_log: WireLog | None = None,
    ) -> None:
        """Without `card` one is issued from `seed`, unless the holder is to be `empty`."""
        self.personality: Personality = load(personality) if isinstance(personality, str) else personality
        self.name = name
        self.chance = random.Random(f"{seed}/{name}")  # noqa: S311 - cards, not secrets
        self.latency = self.personality.latency if latency is None else latency
        self.baudrate = 0
        """The fixed rate of its UART; 0 follows any client, as a native USB modem does."""
        self.imei: str = imei or card_issuer.imei(self.personality.tac, self.chance)
        self.faults = Faults(self.chance)
        self.messages = MessageStore()
        self.phonebook: str = "SM"
        self.operator_mode: str = "0"
        self.operator_format: str = "0"
        self.rssi: int = self.chance.randrange(8, 31)
        self.lac: str = f"{self.chance.randrange(1 << 16):04X}"
        self.ci: str = f"{self.chance.randrange(1 << 28):07X}"
        self.awake, self.in_call = True, False
        self._times = {"plugged": boottime(), "answers": boottime()}
        self._first_card = None if empty else card or card_issuer.issue(1, self.chance)[0]
        self._taken: Sim | None = None
        self._owned: list[Openings | WireLog] = []
        self._given = openings, wire_log
        self._speed = speed
        self._pending: set[asyncio.TimerHandle] = set()
        self.life: lifecycle.Life = lifecycle.Life(
            self.personality.times, self.later, self._announce, speed=speed
        )
        self.ports = [Port(self, *plan) for plan in ports or ((name, "at", None),)]

    # Coming and going

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def start(self, *, booting: bool = False) -> None:
        """Plug in; a module is up since long unless it is to boot."""
        openings, wire_log = self._given
        if openings is None:
            openings = Openings()
            self._owned.append(openings)
        if wire_log is None:
            wire_log = WireLog.from_environment()
            self._owned.append(wire_log)
        self.openings, self.wire_log = openings, wire_log
        for port in self.ports:
            port.plug()
        self.life.wake_settled(self._first_card)
        if booting:
            self.reboot()

    def close(self) -> None:
        """Pull the plug for good and give every descriptor back."""
        self.unplug()
        for timer in list(self._pending):
            timer.cancel()
        for owned in self._owned:
            owned.close()
        self._owned.clear()

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
        for port in self.ports:
            port.plug()
        self._times["plugged"] = boottime()
        self.reboot()

    @property
    def plugged(self) -> bool:
        """Whether its ports are there."""
        return any(port.terminal is not None for port in self.ports)

    @property
    def path(self) -> str:
        """Name the port to talk to: the first that answers AT."""
        return next(port.path for port in self.ports if port.role == "at")

    # What may happen to it

    def pull(self, *, quiet: bool = False) -> None:
        """Take the card out; `quiet` as from a holder without a switch, with no URC at all."""
        self._taken = self.life.card or self._taken
        self.life.take_card(quiet=quiet)

    def insert(self, card: Sim | None = None) -> None:
        """Put a card in; without one, the card that was pulled."""
        card = card or self._taken or self.life.card or self._first_card
        if card is not None:
            self.life.put_card(card)

    def swap(self, card: Sim) -> None:
        """Have another card in its holder from one moment to the next, without any word."""
        self.life.exchange_card(card)

    def pin(self) -> None:
        """Have the card ask for its PIN."""
        self.life.lock(Lock.PIN)

    def puk(self) -> None:
        """Have the card ask for its PUK."""
        self.life.lock(Lock.PUK)

    def unlock(self) -> None:
        """Open the card."""
        self.life.lock(Lock.NONE)

    def register(self) -> None:
        """Have the home network take the card."""
        self.life.grant(lifecycle.HOME)

    def roam(self) -> None:
        """Have a foreign network take the card."""
        self.life.grant(lifecycle.ROAMING)

    def sms_only(self) -> None:
        """Register for messages only, as LTE without voice does (stat 6)."""
        self.life.grant(lifecycle.SMS_ONLY)

    def data_only(self) -> None:
        """Attach for packets and nothing else."""
        self.life.grant(network_commands.PACKET_ONLY)

    def deny(self) -> None:
        """Have the network refuse the card."""
        self.life.grant(lifecycle.DENIED)

    def search(self) -> None:
        """Lose the network."""
        self.life.grant(lifecycle.SEARCHING)

    def emergency(self) -> None:
        """Leave the card nothing but emergency calls."""
        self.life.grant(lifecycle.EMERGENCY_ONLY)

    def reboot(self) -> None:
        """Restart: silence, banner, settings of a fresh start."""
        self.awake = False
        for port in self.ports:
            port.restart()
        self.operator_mode, self.operator_format, self.in_call = "0", "0", False
        self.life.boot()

    def power_down(self) -> None:
        """Go off, with a last word; a reboot brings it back."""
        self._announce("power_down")
        self.life.end()
        self.awake = False

    def fault(self, name: str, on: bool = True, *, seconds: float | None = None, once: bool = False) -> None:
        """Switch a fault of `faults.MEANINGS`; a KeyError names an unknown one."""
        answered = self.answers
        self.faults.switch(name, on, seconds=seconds, once=once)
        self.life.card_busy = "busy" in self.faults
        for port in self.ports:
            port.attend()
        if self.answers != answered:
            self._times["answers"] = boottime()

    def faults_off(self) -> None:
        """End every fault."""
        for name in list(self.faults.on):
            self.fault(name, on=False)

    def say(self, text: str, line_end: str = "\r\n") -> None:
        """Send a line that nobody asked for to every AT port, or to the one that this module's URCs go to."""
        for port in urc.urc_ports(self):
            port.say(text, line_end)

    def receive_message(self, sender: str, text: str) -> None:
        """Have a message come in; it is stored, and announced as +CNMI says."""
        memory = self.messages.chosen[2]
        index = self.messages.keep(delivered(sender, text), memory)
        urc.announce_message(self, memory, index)

    def ring(self, caller: str) -> None:
        """Have somebody call."""
        urc.announce_call(self, caller)

    def hang_up(self) -> None:
        """End every call and data connection from the network's side."""
        self.in_call = False
        for port in self.ports:
            port.end_call()

    # What its other parts ask of it

    @property
    def card(self) -> Sim:
        """The card, for whoever has made sure by `need_card` that there is one."""
        if self.life.card is None:
            raise Refusal("CME", 10)
        return self.life.card

    def need_card(self) -> None:
        """Raise the module's refusal unless its card is open."""
        state = self.life.card_state
        if state is not lifecycle.CardState.READY:
            raise refusal(self.personality.card_refusals[state])

    def later(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        """Call after a time, unless the module is closed before."""

        def run() -> None:
            self._pending.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._pending = {known for known in self._pending if not known.cancelled()} | {timer}
        return timer

    def _announce(self, event: str) -> None:
        if event == "boot":
            self.awake = True
        if self.awake:
            urc.announce(self, event)

    # Truth

    @property
    def answers(self) -> bool:
        """Whether a client that asks gets an answer which it can read."""
        return self.plugged and self.awake and not any(name in MUTING for name in self.faults.on)

    def truth(self) -> dict[str, Any]:
        """Say how things really are; `since` holds seconds on CLOCK_BOOTTIME of each last change."""
        card = self.life.card
        return {
            "name": self.name,
            "personality": self.personality.name,
            "paths": [port.path for port in self.ports if port.terminal is not None],
            "plugged": self.plugged,
            "answers": self.answers,
            "faults": sorted(self.faults.on),
            "imei": self.imei,
            "sim": str(self.life.card_state),
            "sim_present": card is not None,
            "iccid": card and card.iccid,
            "imsi": card and card.imsi,
            "number": card and card.e164,
            "stored_number": card and card.number,
            "stat": self.life.stat,
            "registered": self.life.stat in REGISTERED,
            "messages_sent": len(self.messages.sent),
            "since": {**self.life.since, **self._times},
        }
