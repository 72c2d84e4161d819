"""What one module said at one time.

Responsible for the words in which drivers speak to the agent. Every physical fact is yes, no or not known (None);
silence is never "no". Must not know how the facts were asked for, nor what follows from them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PortState(enum.StrEnum):
    """What became of the module's ports."""

    UNPROBED = "unprobed"
    """Nobody has asked yet."""
    OPEN = "open"
    """The module answers, or did so since the port was opened."""
    MUTE = "mute"
    """Open, and nothing has answered yet."""
    NOT_A_MODEM = "not_a_modem"
    """Open, but what is there never answered AT."""
    GONE = "gone"
    BUSY = "busy"
    FORBIDDEN = "forbidden"


class SimState(enum.StrEnum):
    """What the module says about its SIM (docs/at-field-guide.md §3)."""

    READY = "ready"
    PIN = "pin"
    PUK = "puk"
    ABSENT = "absent"
    NOT_READY = "not_ready"
    """An explicit "not ready": starting up, or the card was just taken."""
    ERROR = "error"
    BUSY = "busy"
    """CME 14, 515, 532: the module cannot say now. Not a "no"."""


class Registration(enum.IntEnum):
    """The <stat> of +CREG, +CGREG and +CEREG (3GPP TS 27.007 §7.2, §10.1.20, §10.1.22; docs/at-field-guide.md §7.1)."""

    NOT_SEARCHING = 0
    HOME = 1
    SEARCHING = 2
    DENIED = 3
    UNKNOWN = 4
    ROAMING = 5
    SMS_ONLY_HOME = 6
    SMS_ONLY_ROAMING = 7
    EMERGENCY_ONLY = 8
    NO_CSFB_HOME = 9
    NO_CSFB_ROAMING = 10
    LOCAL_SERVICES_ONLY = 11

    @property
    def receives(self) -> bool:
        """Whether a message would reach a SIM that is registered so."""
        return self in _RECEIVING


_RECEIVING = frozenset({
    Registration.HOME,
    Registration.ROAMING,
    Registration.SMS_ONLY_HOME,
    Registration.SMS_ONLY_ROAMING,
    Registration.NO_CSFB_HOME,
    Registration.NO_CSFB_ROAMING,
})  # fmt: skip


class NumberOrigin(enum.StrEnum):
    """Where a module has a number from."""

    CNUM = "cnum"
    EF_MSISDN = "ef_msisdn"
    USSD = "ussd"


@dataclass(frozen=True, slots=True)
class SaidNumber:
    """A number as the module said it: digits, with a leading + where it is international."""

    text: str
    origin: NumberOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the module is; asked once per connection. `imei` is 15 digits (docs/at-field-guide.md §2.2)."""

    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one module said in one look.

    `at` is the time at which the first question of the look was asked, in seconds on the agent's clock, so that an
    answer is never taken for newer than it can be. `detail` is for people: the holder of a busy port, the words of
    an error. `numbers` is None until the module was asked for the number of this very SIM.
    """

    module: str
    at: float
    port: PortState = PortState.OPEN
    detail: str = ""
    restarted: bool = False
    """A boot banner came: what the module said before holds no longer."""
    sim: SimState | None = None
    iccid: str | None = None
    """As printed on the card: 18 to 20 characters, upper case, no F padding."""
    imsi: str | None = None
    registration: Registration | None = None
    numbers: tuple[SaidNumber, ...] | None = None
    signal_dbm: int | None = None
    operator: str | None = None
    """Name or numeric code of the serving network, for people."""
    identity: Identity | None = None
    driver: str = ""
    """The name of the dialect in which the module was asked."""

    @property
    def complete(self) -> bool:
        """SIM state, ICCID, IMSI and registration were all answered in this look."""
        return (
            self.port is PortState.OPEN
            and self.sim is not None
            and self.sim is not SimState.BUSY
            and self.iccid is not None
            and self.imsi is not None
            and self.registration is not None
        )
