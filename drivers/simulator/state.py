"""The state of one simulated module, as its ports, URCs and command handlers see it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from drivers.simulator import card_issuer
from drivers.simulator.error_codes import Refusal, refusal
from drivers.simulator.faults import Faults
from drivers.simulator.lifecycle import CardState, Lifecycle
from drivers.simulator.messages import MessageStore
from drivers.simulator.personality import Personality
from drivers.simulator.session import Session
from drivers.simulator.sim import Sim
from drivers.simulator.syntax import Command


@dataclass(eq=False, kw_only=True)
class ModuleState:
    """What a module is, holds and can do; `latency` in seconds."""

    name: str
    personality: Personality
    chance: random.Random
    life: Lifecycle
    faults: Faults
    latency: float
    later: Callable[[float, Callable[[], None]], asyncio.TimerHandle]
    """Call after so many seconds, unless the module is closed before."""
    send_urc: Callable[[str], None]
    """Send a line to every port that gets URCs."""
    restart: Callable[[], None]
    imei: str = ""
    """Made up from the personality's TAC unless it is given."""
    baudrate: int = 0
    """The fixed rate of its UART; 0 follows any client, as a native USB modem does."""
    messages: MessageStore = field(default_factory=MessageStore)
    phonebook: str = "SM"
    """What +CPBS chose; it belongs to the module, not to one tty."""
    operator_mode: str = "0"
    operator_format: str = "0"
    in_call: bool = False
    rssi: int = field(init=False)
    lac: str = field(init=False)
    ci: str = field(init=False)

    def __post_init__(self) -> None:
        self.imei = self.imei or card_issuer.imei(self.personality.tac, self.chance)
        self.rssi = self.chance.randrange(8, 31)
        self.lac = f"{self.chance.randrange(1 << 16):04X}"
        self.ci = f"{self.chance.randrange(1 << 28):07X}"

    @property
    def card(self) -> Sim:
        """The card; a Refusal (CME 10) where there is none."""
        if self.life.card is None:
            raise Refusal("CME", 10)
        return self.life.card

    def need_card(self) -> None:
        """Raise the personality's refusal unless the card is ready."""
        card_state = self.life.card_state
        if card_state is not CardState.READY:
            raise refusal(self.personality.card_refusals[card_state])

    def reset_commands(self) -> None:
        """Forget what commands have set, as a restart does."""
        self.operator_mode, self.operator_format, self.in_call = "0", "0", False


Handler: TypeAlias = Callable[[ModuleState, Session, Command], Iterable[str]]
"""Answers a command: returns the lines, or raises a Refusal or FinalText."""
