"""The SMS commands of 3GPP TS 27.005, in PDU and text mode. A sent message is kept and counted."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulator.encoding import swapped
from drivers.simulator.error_codes import Refusal
from drivers.simulator.lifecycle import REGISTERED, CardState
from drivers.simulator.messages import (
    ALL,
    MEMORIES,
    READ,
    SENT,
    SIZE,
    TIME_OF_DELIVERY,
    UNREAD,
    UNSENT,
    Message,
    MessageStore,
)
from drivers.simulator.session import Mode, Session
from drivers.simulator.state import Handler, ModuleState
from drivers.simulator.syntax import Command, Form

STATUS_WORDS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")
CMS_OF_STATE = {
    CardState.ABSENT: 310,
    CardState.PIN: 311,
    CardState.PUK: 316,
    CardState.OFF: 313,
    CardState.STARTING: 314,
    CardState.BUSY: 314,
}


def _need_service(state: ModuleState, *, network: bool = False) -> None:
    card_state = state.life.card_state
    if card_state is not CardState.READY:
        raise Refusal("CMS", CMS_OF_STATE[card_state])
    if network and state.life.stat not in REGISTERED:
        raise Refusal("CMS", 331)


def _ask_for_body(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    """+CMGS and +CMGW: show the prompt, take the body, send or store it."""
    if command.form is Form.TEST:
        return []
    _need_service(state)
    argument = command.arguments[0]
    text_mode = session.settings["+CMGF"] == "1"
    if not text_mode and not argument.isdecimal():
        raise Refusal("CMS", 304)

    def take(body: str | None) -> Iterable[str]:
        if body is None:
            return []
        message = _composed(session, argument, body, text_mode=text_mode)
        if command.name == "+CMGW":
            return [f"+CMGW: {state.messages.keep(message, state.messages.chosen[1])}"]
        _need_service(state, network=True)
        return [f"+CMGS: {state.messages.send(message)}"]

    session.mode, session.take_body = Mode.BODY, take
    return []


def _composed(session: Session, argument: str, body: str, *, text_mode: bool) -> Message:
    if text_mode:
        return Message(UNSENT, session.decoded(argument), session.decoded(body), "")
    pdu = "".join(body.split())
    try:
        message = Message(UNSENT, _destination(bytes.fromhex(pdu)), "", pdu.upper())
    except (ValueError, IndexError):
        raise Refusal("CMS", 304) from None
    if message.tpdu_length != int(argument):
        raise Refusal("CMS", 304)
    return message


def _destination(pdu: bytes) -> str:
    """Read the address of an SMS-SUBMIT (3GPP TS 23.040 §9.2.2.2), so that a test can see to whom it went."""
    at = 1 + pdu[0] + 2
    length, kind = pdu[at], pdu[at + 1]
    digits = swapped(pdu[at + 2 : at + 2 + (length + 1) // 2].hex())[:length]
    return ("+" if kind == 0x91 else "") + digits


def _send_stored(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    _need_service(state, network=True)
    message = state.messages.stored.get(_index(command))
    if message is None:
        raise Refusal("CMS", 321)
    return [f"+CMSS: {state.messages.send(message)}"]


def _list(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return [
            "+CMGL: (0-4)" if session.settings["+CMGF"] == "0" else f"+CMGL: {STATUS_WORDS}".replace("'", '"')
        ]
    _need_service(state)
    wanted = _wanted(command)
    lines: list[str] = []
    for index, message in sorted(state.messages.stored.items()):
        if wanted in {ALL, message.status}:
            lines += _shown(session, f"+CMGL: {index},", message)
            message.status = READ if message.status == UNREAD else message.status
    return lines


def _wanted(command: Command) -> int:
    asked = command.arguments[0] if command.form is Form.SET else "0"
    if asked in STATUS_WORDS:
        return STATUS_WORDS.index(asked)
    if asked.isdecimal() and int(asked) <= ALL:
        return int(asked)
    raise Refusal("CMS", 305)


def _shown(session: Session, head: str, message: Message) -> list[str]:
    if session.settings["+CMGF"] == "0":
        return [f"{head}{message.status},,{message.tpdu_length}", message.pdu]
    address, text = session.encoded(message.address), session.encoded(message.text)
    return [f'{head}"{STATUS_WORDS[message.status]}","{address}",,"{TIME_OF_DELIVERY[0]}"', text]


def _read(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return []
    _need_service(state)
    message = state.messages.stored.get(_index(command))
    if message is None:
        raise Refusal("CMS", 321)
    lines = _shown(session, "+CMGR: ", message)
    message.status = READ if message.status == UNREAD else message.status
    return lines


def _delete(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    stored = state.messages.stored
    if command.form is Form.TEST:
        return [f"+CMGD: ({','.join(map(str, sorted(stored)))}),(0-4)"]
    _need_service(state)
    which = command.arguments[1] if len(command.arguments) > 1 else "0"
    spared = {"1": {UNREAD, UNSENT, SENT}, "2": {UNREAD, UNSENT}, "3": {UNREAD}, "4": set[int]()}.get(which)
    if spared is None:
        stored.pop(_index(command), None)
    else:
        for at in [at for at, message in stored.items() if message.status not in spared]:
            del stored[at]
    return []


def _index(command: Command) -> int:
    index = command.arguments[0] if command.form is Form.SET else ""
    if not index.isdecimal():
        raise Refusal("CMS", 321)
    return int(index)


def _memory(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    store = state.messages
    match command.form:
        case Form.TEST:
            return ["+CPMS: " + ",".join(['("SM","ME")'] * 3)]
        case Form.READ:
            _need_service(state)
            return ["+CPMS: " + ",".join(f'"{name}",{_used(store, name)}' for name in store.chosen)]
        case _:
            _need_service(state)
            chosen = command.arguments[:3]
            if not set(chosen) <= set(MEMORIES):
                raise Refusal("CMS", 302)
            store.chosen[: len(chosen)] = chosen
            return ["+CPMS: " + ",".join(_used(store, name) for name in store.chosen)]


def _used(store: MessageStore, memory: str) -> str:
    return f"{len(store.memories[memory])},{SIZE}"


def _service_centre(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return []
    _need_service(state)
    if command.form is Form.SET:
        state.messages.service_centre = session.decoded(command.arguments[0])
        return []
    return [f'+CSCA: "{session.encoded(state.messages.service_centre)}",145']


HANDLERS: dict[str, Handler] = {
    "+CMGS": _ask_for_body,
    "+CMGW": _ask_for_body,
    "+CMSS": _send_stored,
    "+CMGL": _list,
    "+CMGR": _read,
    "+CMGD": _delete,
    "+CPMS": _memory,
    "+CSCA": _service_centre,
}
