"""What one poll of a module found: the values that drivers hand to the agent.

Every physical fact is yes, no or not known (None); silence is never "no".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PortState(enum.StrEnum):
    """The state of the module's ports."""

    UNPROBED = "unprobed"
    """Not polled yet."""
    OPEN = "open"
    """The module answers, or has done so since the port was opened."""
    MUTE = "mute"
    """Open, and nothing has answered yet."""
    NOT_A_MODEM = "not_a_modem"
    """Open, but AT was never answered."""
    GONE = "gone"
    BUSY = "busy"
    FORBIDDEN = "forbidden"


class SimState(enum.StrEnum):
    """The state of the SIM as the module gives it (docs/at-field-guide.md §3)."""

    READY = "ready"
    PIN = "pin"
    PUK = "puk"
    LOCKED = "locked"
    """The module is locked to another network or card; the SIM itself may be good."""
    ABSENT = "absent"
    NOT_READY = "not_ready"
    """An explicit "not ready": starting up, or the card was just removed."""
    ERROR = "error"
    BUSY = "busy"
    """CME 14, 515, 532: the module cannot tell now. Not a "no"."""


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
        """Whether a message would reach a SIM with this registration."""
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
    """Where a module read a number."""

    CNUM = "cnum"
    EF_MSISDN = "ef_msisdn"
    USSD = "ussd"


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A number as the module gave it: digits, with a leading + if it is international; in a USSD reply as written."""

    text: str
    origin: NumberOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which module it is; read once per connection. `imei` is 15 digits (docs/at-field-guide.md §2.2)."""

    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one poll of one module found.

    `at` is the time of the poll's first question in seconds on the agent's clock, so that no answer counts as newer
    than it can be. `detail` is for people: the holder of a busy port, the text of an error. `numbers` is None until
    the module was asked for the number of this very SIM.
    """

    module: str
    at: float
    port: PortState = PortState.OPEN
    detail: str = ""
    restarted: bool = False
    """A boot banner came: nothing that the module answered before is valid."""
    settings_lost: bool = False
    """A setting that was made for this session is gone: the module restarted without a banner."""
    sim: SimState | None = None
    iccid: str | None = None
    """As printed on the card: 18 to 20 characters, upper case, no F padding."""
    imsi: str | None = None
    registration: Registration | None = None
    numbers: tuple[NumberReading, ...] | None = None
    signal_dbm: int | None = None
    operator: str | None = None
    """Name or numeric code of the serving network, for people."""
    identity: Identity | None = None
    driver: str = ""
    """The name of the dialect in which the module was polled."""

    @property
    def complete(self) -> bool:
        """SIM state, ICCID, IMSI and registration were all answered in this poll."""
        return (
            self.port is PortState.OPEN
            and self.sim is not None
            and self.sim is not SimState.BUSY
            and self.iccid is not None
            and self.imsi is not None
            and self.registration is not None
        )
