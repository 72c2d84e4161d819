"""The SIM's state, from +CPIN? and the vendors' own queries, and +CFUN? (docs/at-field-guide.md §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from drivers.at.replies import errors
from drivers.at.replies.fields import fields, number, prefix_and_rest
from drivers.observation import SimState

READY, PIN, PUK = SimState.READY, SimState.PIN, SimState.PUK
ABSENT, NOT_READY, ERROR = SimState.ABSENT, SimState.NOT_READY, SimState.ERROR

_WORDS: Final[dict[str, SimState]] = {
    "READY": READY,
    "SIM READY": READY,
    "SIM PIN": PIN,
    "SIM PUK": PUK,
    "SIM PIN2": READY,
    "SIM PUK2": READY,
    "NOT INSERTED": ABSENT,
    "SIM NOT INSERTED": ABSENT,
    "SIM REMOVED": ABSENT,
    "SIM NOT PRESENT": ABSENT,
    "REMOVED": ABSENT,
    "NOT READY": NOT_READY,
    "SIM NOT READY": SimState.BUSY,
    "SIM BUSY": SimState.BUSY,
    "SIM FAIL": ERROR,
    "SIM FAILURE": ERROR,
    "SIM NET REJECT": ERROR,
    "SIM BLOCKED": PUK,
    "BLOCKED": PUK,
    "SIM MEP LOCK": SimState.LOCKED,
}
_LOCKS: Final = (
    *("PH-", "PH_", "PH ", "PHNET", "PHSIM"),
    *("NET ", "NETSUB ", "NETWORK ", "SP ", "CORP "),
)
"""The module's own locks: to a card (PH-SIM, PH-FSIM), a network, a part of it, a provider or a company; some leave
the PH out."""


def parse_sim_state(line: str) -> SimState | None:
    """The SIM state in this line; None for a line without one, such as `+CPIN:` without words."""
    # A line that reports only "a card is in" does not say whether it can be used: None. One that reports "no card"
    # may be wrong where card detection is off: a READY of +CPIN weighs more (docs/at-field-guide.md §3.4).
    prefix, rest = prefix_and_rest(line)
    read = _READERS.get(prefix)
    return read(rest) if read is not None else None


def _by_words(rest: str) -> SimState | None:
    words = fields(rest)[0].upper()
    if words in _WORDS:
        return _WORDS[words]
    if words.startswith(_LOCKS):
        return SimState.LOCKED
    return errors.sim_state(errors.cme_code(words))


def _at_field(index: int, states: Mapping[int, SimState]) -> Callable[[str], SimState | None]:
    """A reader of the field with this index; -1 is the last, since a URC in between lacks the mode in front."""

    def read(rest: str) -> SimState | None:
        given = fields(rest)
        if index >= len(given):
            return None
        value = number(given[index])
        return None if value is None else states.get(value)

    return read


# 2 and 4 mean no circuit-switched service: no message arrives. 240 is a test card in the module's memory.
_HUAWEI: Final = {0: NOT_READY, 1: READY, 2: ERROR, 3: READY, 4: ERROR, 240: ERROR, 255: ABSENT}
_REMOVED: Final = {0: ABSENT}

_READERS: Final[dict[str, Callable[[str], SimState | None]]] = {
    "+CPIN": _by_words,
    "^SYSINFO": _at_field(4, _HUAWEI),
    "^SYSINFOEX": _at_field(3, _HUAWEI),
    "+CSMINS": _at_field(1, _REMOVED),
    "+QSIMSTAT": _at_field(1, _REMOVED),
    "#QSS": _at_field(-1, {0: ABSENT, 3: READY}),
    "^SCKS": _at_field(-1, {0: ABSENT, 2: NOT_READY, 3: NOT_READY}),
}


def parse_cfun(line: str) -> int | None:
    """The <fun> of +CFUN?: 0 minimum, 1 full, 4 flight mode (3GPP TS 27.007 §8.2); else None."""
    prefix, rest = prefix_and_rest(line)
    return number(fields(rest)[0], 127) if prefix == "+CFUN" else None  # some ZTE print a range instead
