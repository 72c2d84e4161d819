"""The life of a module: power, card, registration and phone book, and the time that each step takes."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

from drivers.simulator.personality import Times
from drivers.simulator.sim import Lock, Sim
from drivers.simulator.wirelog import Clock, boottime


class CardState(enum.StrEnum):
    """State of the card in its module; the keys of `cpin` and `card_refusals` in a personality."""

    ABSENT = "absent"
    STARTING = "starting"
    BUSY = "busy"
    PIN = "pin"
    PUK = "puk"
    READY = "ready"
    OFF = "off"


NOT_SEARCHING, HOME, SEARCHING, DENIED, UNKNOWN, ROAMING, SMS_ONLY = 0, 1, 2, 3, 4, 5, 6
EMERGENCY_ONLY = 8
PACKET_ONLY = -1
"""<stat> of 3GPP TS 27.007 §7.2, and one of our own: attached for packets, not for calls and messages."""
REGISTERED = frozenset({HOME, ROAMING, SMS_ONLY, 7, 9, 10})
ROAMING_STATS = frozenset({ROAMING, 7, 10})


class Timer(Protocol):
    """What `later` returns."""

    def cancel(self) -> None:
        """Drop the call."""


class Lifecycle:
    """The state of one module and its card. `later(seconds, call)` must not call at once."""

    def __init__(
        self,
        times: Times,
        later: Callable[[float, Callable[[], None]], Timer],
        announce: Callable[[str], None],
        *,
        speed: float = 1.0,
        clock: Clock = boottime,
    ) -> None:
        self.times, self.speed = times, speed
        self.awake = True
        """Powered and booted, so that it answers and sends URCs."""
        self._later, self._announce, self._clock = later, announce, clock
        self.card: Sim | None = None
        self.card_ready = False
        self.card_busy = False
        self.phonebook_ready = False
        self.functionality = "1"
        self.stat = NOT_SEARCHING
        self.network = HOME
        """The <stat> that the network gives a card which registers."""
        self.since = dict.fromkeys(("power", "card", "registration"), clock())
        self._timers: list[Timer] = []

    @property
    def card_state(self) -> CardState:
        """The state that the module reports for its card now."""
        if self.functionality == "0":
            return CardState.OFF
        if self.card is None:
            return CardState.ABSENT
        if self.card_busy:
            return CardState.BUSY
        if not self.card_ready:
            return CardState.STARTING
        return {Lock.NONE: CardState.READY, Lock.PIN: CardState.PIN, Lock.PUK: CardState.PUK}[self.card.lock]

    def wake_settled(self, card: Sim | None) -> None:
        """Start as a module that has long been up: card read, registered, phone book loaded."""
        self._cancel()
        self.card = card
        self.card_ready = self.phonebook_ready = card is not None
        self.stat = self.network if self.card_state is CardState.READY else NOT_SEARCHING
        self.since = dict.fromkeys(self.since, self._clock())

    def boot(self) -> None:
        """Start from power: silence, the banner, then card and network."""
        self._cancel()
        self.awake = self.card_ready = self.phonebook_ready = False
        self.functionality, self.stat = "1", NOT_SEARCHING
        self.since = dict.fromkeys(self.since, self._clock())
        self._after(self.times.banner, self._booted)

    def _booted(self) -> None:
        self.awake = True
        self._announce("boot")
        if self.card is None:
            self._announce("sim_missing")
        else:
            self._after(self.times.sim, self._card_read)

    def take_card(self, *, quiet: bool) -> None:
        """Pull the card; `quiet` as from a holder without a switch, so that no URC comes."""
        self._cancel()
        self.card, self.card_ready, self.phonebook_ready = None, False, False
        self._touched("card")
        if not quiet:
            self._announce("sim_gone")
        self.register_as(NOT_SEARCHING, quiet=quiet)

    def put_card(self, card: Sim) -> None:
        """Insert a card into a running module: it is read, then the network is searched."""
        self._cancel()
        self.card, self.card_ready, self.phonebook_ready = card, False, False
        self._touched("card")
        self._announce("sim_in")
        self._after(self.times.sim, self._card_read)

    def exchange_card(self, card: Sim) -> None:
        """Change the card without a URC; everything else stays as it was."""
        self.card = card
        self._touched("card")

    def lock(self, lock: Lock) -> None:
        """Have the card ask for its PIN or PUK, or open it."""
        if self.card is None:
            return
        self.card.lock = lock
        self._touched("card")
        if lock is Lock.NONE:
            self._card_read()
            return
        self._cancel()
        self.phonebook_ready = False
        self._announce("sim_locked")
        self.register_as(NOT_SEARCHING)

    def switch_radio(self, functionality: str) -> None:
        """Do what +CFUN=0, 1 and 4 do."""
        if functionality == self.functionality:
            return
        self.functionality = functionality
        self._cancel()
        if functionality == "1" and self.card is not None:
            self._after(self.times.sim, self._card_read)
        elif functionality != "1":
            self._announce("radio_off")
            self.register_as(NOT_SEARCHING)

    def set_network(self, stat: int) -> None:
        """Set what the network gives a card, the one that is in the module included."""
        self.network = stat
        if self.card_state in {CardState.READY, CardState.BUSY}:
            self._cancel_registration()
            self.register_as(stat)

    def register_as(self, stat: int, *, quiet: bool = False) -> None:
        """Enter a registration state, with a URC unless `quiet`."""
        if stat == self.stat:
            return
        self.stat = stat
        self._touched("registration")
        if not quiet:
            self._announce("registration")

    def _card_read(self) -> None:
        if self.card is None:
            return
        self.card_ready = True
        self._touched("card")
        if self.card.lock is not Lock.NONE:
            self._announce("sim_locked")
            return
        self._announce("sim_ready")
        self.register_as(SEARCHING)
        self._registration = self._after(
            max(0.0, self.times.registration - self.times.sim), lambda: self.register_as(self.network)
        )
        self._after(max(0.0, self.times.phonebook - self.times.sim), self._phonebook_read)

    def _phonebook_read(self) -> None:
        self.phonebook_ready = True
        self._announce("phonebook_ready")

    _registration: Timer | None = None

    def _cancel_registration(self) -> None:
        if self._registration is not None:
            self._registration.cancel()

    def _touched(self, what: str) -> None:
        self.since[what] = self._clock()

    def _after(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = self._later(seconds / self.speed, call)
        self._timers.append(timer)
        return timer

    def _cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def power_down(self) -> None:
        """Switch off, with the vendor's URC; `boot` brings the module back."""
        self._announce("power_down")
        self.end()
        self.awake = False

    def end(self) -> None:
        """Cut the power: nothing happens any more."""
        self._cancel()
