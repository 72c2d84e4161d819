"""What a module answers about network and radio.

Responsible for registration (27.007 §7.2, §10.1.20, §10.1.22), operator and functionality. Must not know
how a registration comes about: `life.py` has its state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulator.error_codes import INCORRECT_PARAMETERS, NOT_ALLOWED, Refusal, refusal
from drivers.simulator.syntax import Command, Form
from drivers.simulator.template import REGISTERED, Facts, filled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.simulator.engine import Handler
    from drivers.simulator.module import SimulatedModule
    from drivers.simulator.personality import Personality
    from drivers.simulator.session import Session

DOMAINS = ("+CREG", "+CGREG", "+CEREG")
PACKET_ONLY = -1
"""A state of our own: attached for packets, not for calls and messages."""


def stat_in(domain: str, stat: int, personality: Personality) -> int:
    """Return what one of the three commands says while the module as a whole is in `stat`.

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


def registration_urc(module: SimulatedModule, session: Session, domain: str) -> str | None:
    """Write the URC that a session hears after a change, None where it asked for none."""
    level = session.settings.get(domain, "0").partition(",")[0]
    if level == "0" or not _has(module, domain):
        return None
    return _line(module, session, domain, module.personality.registration["urc"], level)


def _has(module: SimulatedModule, domain: str) -> bool:
    return module.personality.refusal_of(domain, domain) is None


def _line(module: SimulatedModule, session: Session, domain: str, template: str, level: str) -> str:
    words = module.personality.registration
    stat = stat_in(domain, module.life.stat, module.personality)
    line = filled(template.replace("{stat}", str(stat)), Facts(module, session, domain))
    if stat in REGISTERED:
        if level == "2" or "location_always" in module.personality.quirks:
            line += filled(words["located"] + words["act"], Facts(module, session))
    elif level == "2":
        line += words["unlocated"]
    return line


def _registration(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    match command.form:
        case Form.READ:
            level = session.settings[command.name].partition(",")[0]
            return [_line(module, session, command.name, module.personality.registration["answer"], level)]
        case Form.SET if command.value in {"0", "1", "2"}:
            session.settings[command.name] = command.value
            return []
        case _:
            raise Refusal(*INCORRECT_PARAMETERS)


def _operator(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    words = module.personality.operator
    match command.form:
        case Form.READ:
            known = module.life.stat in REGISTERED and module.life.card is not None
            return [filled(words["here" if known else "nowhere"], Facts(module, session))]
        case Form.TEST:
            module.need_card()
            return [filled(words["list"], Facts(module, session))]
        case Form.SET:
            mode, *rest = command.arguments
            if mode == "3":
                module.operator_format = rest[0] if rest else "0"
            elif mode in {"0", "1", "2", "4"}:
                module.operator_mode = mode
                module.life.grant(0 if mode == "2" else 1)
            else:
                raise Refusal(*INCORRECT_PARAMETERS)
    return []


def _functionality(module: SimulatedModule, _session: Session, command: Command) -> Iterable[str]:
    if command.form is not Form.SET:
        raise Refusal(*INCORRECT_PARAMETERS)
    level, *reset = command.arguments
    if level not in {"0", "1", "4"}:
        raise Refusal(*NOT_ALLOWED)
    if reset == ["1"]:
        module.later(0, module.reboot)
    else:
        module.life.switch_radio(level)
    return []


def _power_down(module: SimulatedModule, _session: Session, _command: Command) -> Iterable[str]:
    if module.personality.vendor not in {"simcom", "quectel"}:
        raise refusal(module.personality.unknown)
    module.later(0, module.power_down)
    return []


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(DOMAINS, _registration),
    "+COPS": _operator,
    "+CFUN": _functionality,
    "+CPOWD": _power_down,
    "+QPOWD": _power_down,
}
