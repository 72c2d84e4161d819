"""Calls, data mode and USSD.

Responsible for dialling (V.250 §6.3), hanging up and own-number USSD (27.007 §7.15). A call reaches nobody.
Must not know how bytes are carried in data mode: the session's mode says that they are no commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulator.encoding import from_gsm7_packed, gsm7_packed, ucs2_hex
from drivers.simulator.error_codes import NO_SERVICE, FinalText, Refusal
from drivers.simulator.session import Mode
from drivers.simulator.syntax import Command, Form
from drivers.simulator.template import REGISTERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.simulator.engine import Handler
    from drivers.simulator.module import SimulatedModule
    from drivers.simulator.session import Session

USSD_SECONDS = 1.5
"""How long the network takes to answer a USSD request, at --speed 1."""


def _dial(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    """A voice call (`;` at the end) is taken at once; a data call ends in CONNECT."""
    module.need_card()
    if module.life.stat not in REGISTERED:
        raise FinalText("NO CARRIER")
    if command.value.endswith(";"):
        module.in_call = True
        return []
    session.mode = Mode.DATA
    raise FinalText("CONNECT")


def _hang_up(module: SimulatedModule, _session: Session, _command: Command) -> Iterable[str]:
    module.in_call = False
    return []


def _answer_call(_module: SimulatedModule, _session: Session, _command: Command) -> Iterable[str]:
    raise FinalText("NO CARRIER")


def _ussd(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.READ:
        return [f"+CUSD: {session.settings['+CUSD']}"]
    if command.form is Form.TEST:
        return ["+CUSD: (0-2)"]
    module.need_card()
    level, *request = command.arguments
    session.settings["+CUSD"] = "0" if level == "0" else "1"
    if not request:
        return []
    if module.life.stat not in REGISTERED:
        raise Refusal(*NO_SERVICE)
    line = _ussd_answer(module, _request(module, request[0]))
    module.later(USSD_SECONDS / module.life.speed, lambda: module.say(line))
    return []


def _request(module: SimulatedModule, text: str) -> str:
    """Read a request; a Huawei stick takes it packed and in hex (docs/at-field-guide.md §6.3)."""
    if module.personality.ussd != "packed":
        return text
    try:
        return from_gsm7_packed(bytes.fromhex(text))
    except ValueError:
        raise Refusal from None


def _ussd_answer(module: SimulatedModule, request: str) -> str:
    if not request.startswith("*") or not request.endswith("#"):
        return "+CUSD: 4"
    text = f"Your number is {module.card.e164}"
    match module.personality.ussd:
        case "packed":
            return f'+CUSD: 0,"{gsm7_packed(text).hex().upper()}",15'
        case "ucs2":
            return f'+CUSD: 0,"{ucs2_hex(text)}",15'
        case _:
            return f'+CUSD: 0,"{text}",15'


HANDLERS: dict[str, Handler] = {
    "D": _dial,
    "H": _hang_up,
    "A": _answer_call,
    "O": _answer_call,
    "+CHUP": _hang_up,
    "+CUSD": _ussd,
}
