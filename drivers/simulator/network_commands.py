"""Registration (3GPP TS 27.007 §7.2, §10.1.20, §10.1.22), operator, functionality and power down."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulator.error_codes import INCORRECT_PARAMETERS, NOT_ALLOWED, Refusal, refusal
from drivers.simulator.lifecycle import PACKET_ONLY, REGISTERED
from drivers.simulator.personality import Personality
from drivers.simulator.session import Session
from drivers.simulator.state import Handler, ModuleState
from drivers.simulator.syntax import Command, Form
from drivers.simulator.template import TemplateValues, filled

DOMAINS = ("+CREG", "+CGREG", "+CEREG")


def stat_in(domain: str, stat: int, personality: Personality) -> int:
    """Return the <stat> of one of the three commands while the module as a whole is in `stat`.

    SMS over SGs shows as 6 or 7 in the CS domain alone; packet-only shows in the packet domains alone.
    """
    if stat == PACKET_ONLY:
        packet_domain = "+CEREG" if personality.generation == "lte" else "+CGREG"
        return 1 if domain == packet_domain else 0
    if "eps_only" in personality.quirks:
        return {6: 1, 7: 5}.get(stat, stat) if domain == "+CEREG" else 0
    if domain == "+CREG":
        return stat
    return {6: 1, 7: 5}.get(stat, stat)


def registration_urc(state: ModuleState, session: Session, domain: str) -> str | None:
    """Write the URC that a session gets after a change, None where it has not switched it on."""
    level = session.settings.get(domain, "0").partition(",")[0]
    if level == "0" or not _has(state, domain):
        return None
    return _line(state, session, domain, state.personality.registration["urc"], level)


def _has(state: ModuleState, domain: str) -> bool:
    return state.personality.refusal_of(domain, domain) is None


def _line(state: ModuleState, session: Session, domain: str, template: str, level: str) -> str:
    templates = state.personality.registration
    stat = stat_in(domain, state.life.stat, state.personality)
    line = filled(template.replace("{stat}", str(stat)), TemplateValues(state, session, domain))
    if stat in REGISTERED:
        if level == "2" or "location_always" in state.personality.quirks:
            line += filled(templates["located"] + templates["act"], TemplateValues(state, session))
    elif level == "2":
        line += templates["unlocated"]
    return line


def _registration(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    match command.form:
        case Form.READ:
            level = session.settings[command.name].partition(",")[0]
            return [_line(state, session, command.name, state.personality.registration["answer"], level)]
        case Form.SET if command.value in {"0", "1", "2"}:
            session.settings[command.name] = command.value
            return []
        case _:
            raise Refusal(*INCORRECT_PARAMETERS)


def _operator(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    templates = state.personality.operator
    match command.form:
        case Form.READ:
            known = state.life.stat in REGISTERED and state.life.card is not None
            return [filled(templates["here" if known else "nowhere"], TemplateValues(state, session))]
        case Form.TEST:
            state.need_card()
            return [filled(templates["list"], TemplateValues(state, session))]
        case Form.SET:
            mode, *rest = command.arguments
            if mode == "3":
                state.operator_format = rest[0] if rest else "0"
            elif mode in {"0", "1", "2", "4"}:
                state.operator_mode = mode
                state.life.set_network(0 if mode == "2" else 1)
            else:
                raise Refusal(*INCORRECT_PARAMETERS)
    return []


def _functionality(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    if command.form is not Form.SET:
        raise Refusal(*INCORRECT_PARAMETERS)
    level, *reset = command.arguments
    if level not in {"0", "1", "4"}:
        raise Refusal(*NOT_ALLOWED)
    if reset == ["1"]:
        state.later(0, state.restart)
    else:
        state.life.switch_radio(level)
    return []


def _power_down(state: ModuleState, _session: Session, _command: Command) -> Iterable[str]:
    if state.personality.vendor not in {"simcom", "quectel"}:
        raise refusal(state.personality.unknown)
    state.later(0, state.life.power_down)
    return []


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(DOMAINS, _registration),
    "+COPS": _operator,
    "+CFUN": _functionality,
    "+CPOWD": _power_down,
    "+QPOWD": _power_down,
}
