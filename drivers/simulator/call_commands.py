"""Calls (V.250 §6.3), data mode, and USSD as far as a SIM's own number needs it (3GPP TS 27.007 §7.15)."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulator.encoding import from_gsm7_packed, gsm7_packed, ucs2_hex
from drivers.simulator.error_codes import NO_SERVICE, FinalText, Refusal
from drivers.simulator.lifecycle import REGISTERED
from drivers.simulator.session import Mode, Session
from drivers.simulator.state import Handler, ModuleState
from drivers.simulator.syntax import Command, Form

USSD_SECONDS = 1.5
"""How long the network takes to answer a USSD request, at --speed 1."""


def _dial(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    """Begin a voice call (`;` at the end), which nobody answers, or a data call, which ends in CONNECT."""
    state.need_card()
    if state.life.stat not in REGISTERED:
        raise FinalText("NO CARRIER")
    if command.value.endswith(";"):
        state.in_call = True
        return []
    session.mode = Mode.DATA
    raise FinalText("CONNECT")


def _hang_up(state: ModuleState, _session: Session, _command: Command) -> Iterable[str]:
    state.in_call = False
    return []


def _answer_call(_state: ModuleState, _session: Session, _command: Command) -> Iterable[str]:
    raise FinalText("NO CARRIER")


def _ussd(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.READ:
        return [f"+CUSD: {session.settings['+CUSD']}"]
    if command.form is Form.TEST:
        return ["+CUSD: (0-2)"]
    state.need_card()
    level, *request = command.arguments
    session.settings["+CUSD"] = "0" if level == "0" else "1"
    if not request:
        return []
    if state.life.stat not in REGISTERED:
        raise Refusal(*NO_SERVICE)
    line = _ussd_answer(state, _request(state, request[0]))
    state.later(USSD_SECONDS / state.life.speed, lambda: state.send_urc(line))
    return []


def _request(state: ModuleState, text: str) -> str:
    """Read a request; a Huawei stick takes it packed and in hex (docs/at-field-guide.md §6.3)."""
    if state.personality.ussd != "packed":
        return text
    try:
        return from_gsm7_packed(bytes.fromhex(text))
    except ValueError:
        raise Refusal from None


def _ussd_answer(state: ModuleState, request: str) -> str:
    if not request.startswith("*") or not request.endswith("#"):
        return "+CUSD: 4"
    text = f"Your number is {state.card.e164}"
    match state.personality.ussd:
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
