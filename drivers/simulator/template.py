"""The names that templates in personalities may use, and their values at this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from drivers.simulator.encoding import swapped
from drivers.simulator.lifecycle import REGISTERED, ROAMING_STATS, CardState
from drivers.simulator.session import Session
from drivers.simulator.state import ModuleState

Value: TypeAlias = Callable[[ModuleState, Session], object]


def _steps(state: ModuleState) -> int:
    """Count how far the card is: 0 out, 1 locked or starting, 2 open, 3 open with its phone book."""
    card_state = state.life.card_state
    if card_state is CardState.ABSENT:
        return 0
    if card_state is not CardState.READY:
        return 1
    return 3 if state.life.phonebook_ready else 2


def _huawei_sim(state: ModuleState, _session: Session) -> int:
    """Return the sim field of ^SYSINFO: 255 no card, 0 locked, 1 valid (docs/at-field-guide.md §3.3)."""
    card_state = state.life.card_state
    return 255 if card_state is CardState.ABSENT else int(card_state is CardState.READY)


def _usimstat(state: ModuleState, _session: Session) -> int:
    """Return u-blox' +UUSIMSTAT: 0 out, 1 PIN, 3 PUK, 4 not operational, 6 operational.

    Source: docs/at-field-guide.md §3.3.
    """
    known = {CardState.ABSENT: 0, CardState.PIN: 1, CardState.PUK: 3, CardState.READY: 6}
    return known.get(state.life.card_state, 4)


def _zte_service(state: ModuleState) -> str:
    if state.life.stat not in REGISTERED:
        return "No Service"
    return {"2g": "GSM", "3g": "UMTS"}.get(state.personality.generation, "LTE")


def _operator(state: ModuleState, _session: Session) -> str:
    card = state.life.card
    if card is None:
        return ""
    return card.plmn if state.operator_format == "2" else card.operator


VALUES: Mapping[str, Value] = {
    "imei": lambda m, _: m.imei,
    "iccid": lambda m, _: m.card.iccid,
    "iccid_f": lambda m, _: m.card.iccid.ljust(20, "F"),
    "iccid_lower": lambda m, _: m.card.iccid.lower(),
    "iccid_lower_f": lambda m, _: m.card.iccid.ljust(20, "F").lower(),
    "iccid_swapped": lambda m, _: swapped(m.card.iccid.ljust(20, "F")),
    "imsi": lambda m, _: m.card.imsi,
    "alpha": lambda m, s: s.encoded(m.card.alpha),
    "number": lambda m, s: s.encoded(m.card.number),
    "type": lambda m, _: m.card.type_of_number,
    "inserted": lambda m, _: int(m.life.card is not None),
    "card_steps": lambda m, _: _steps(m),
    "init_steps": lambda m, _: (0, 0, 1, 7)[_steps(m)],
    "init_steps_2g": lambda m, _: (0, 0, 1, 3)[_steps(m)],
    "huawei_sim": _huawei_sim,
    "usimstat": _usimstat,
    "card_mode": lambda m, _: 255 if m.life.card is None else 2,
    "zte_service": lambda m, _: _zte_service(m),
    "cpin": lambda m, _: m.personality.cpin[m.life.card_state],
    "lock_word": lambda m, _: m.personality.cpin[m.life.card_state].removeprefix("+CPIN: "),
    "stat": lambda m, _: m.life.stat,
    "lac": lambda m, _: m.lac,
    "ci": lambda m, _: m.ci,
    "in_service": lambda m, _: int(m.life.stat in REGISTERED),
    "service": lambda m, _: 2 if m.life.stat in REGISTERED else 0,
    "domain": lambda m, _: 3 if m.life.stat in REGISTERED else 0,
    "roaming": lambda m, _: int(m.life.stat in ROAMING_STATS),
    "attached": lambda m, _: int(m.life.stat in REGISTERED),
    "rssi": lambda m, _: m.rssi if m.life.stat in REGISTERED else 99,
    "rxlev": lambda m, _: m.rssi * 2 if m.life.stat in REGISTERED else 99,
    "rsrp": lambda m, _: m.rssi * 3 if m.life.stat in REGISTERED else 255,
    "cfun": lambda m, _: m.life.functionality,
    "mode": lambda m, _: m.operator_mode,
    "format": lambda m, _: m.operator_format,
    "oper": lambda m, s: s.encoded(_operator(m, s)),
    "oper_long": lambda m, s: s.encoded(m.card.operator),
    "plmn": lambda m, _: m.card.plmn,
}


class TemplateValues:
    """The mapping that a template is filled from; computes only what the template names."""

    def __init__(self, state: ModuleState, session: Session, name: str = "") -> None:
        """{n} is the setting of the command `name`."""
        self._state, self._session, self._name = state, session, name

    def __getitem__(self, name: str) -> object:
        if name == "n":
            return self._session.settings.get(self._name, "0")
        if name == "name":
            return self._name
        return VALUES[name](self._state, self._session)


def filled(template: str, values: TemplateValues) -> str:
    """Fill a template; one without braces stays as it is."""
    return template.format_map(values) if "{" in template else template
