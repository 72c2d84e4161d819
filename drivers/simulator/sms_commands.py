"""Short messages: a small store in memory, and sending into nowhere.

Responsible for the commands of 27.005 that SMS programs use, in PDU and text mode. A sent message is kept
and counted; nothing leaves the process. Must not know the network: whether a message can be sent is asked
of `life`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.simulator.encoding import gsm7_packed, swapped
from drivers.simulator.error_codes import Refusal
from drivers.simulator.lifecycle import CardState
from drivers.simulator.session import Mode
from drivers.simulator.syntax import Command, Form
from drivers.simulator.template import REGISTERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.simulator.engine import Handler
    from drivers.simulator.module import SimulatedModule
    from drivers.simulator.session import Session

SIZE = 20
MEMORIES = ("SM", "ME")
UNREAD, READ, UNSENT, SENT, ALL = range(5)
STATUS_WORDS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")
CMS_OF_STATE = {
    CardState.ABSENT: 310,
    CardState.PIN: 311,
    CardState.PUK: 316,
    CardState.OFF: 313,
    CardState.STARTING: 314,
    CardState.BUSY: 314,
}
TIME_OF_DELIVERY = ("24/05/14,12:00:00+08", "42504121000080")
"""One moment, in text mode's form and as SCTS: without a clock, runs can be compared."""


@dataclass(slots=True)
class Message:
    """A stored message. `pdu` is hex with the service centre in front, as +CMGL prints it."""

    status: int
    address: str
    text: str
    pdu: str

    @property
    def tpdu_length(self) -> int:
        """Octets after the service centre address, which +CMGS, +CMGL and +CMT count."""
        return len(self.pdu) // 2 - 1 - int(self.pdu[:2] or "0", 16)


@dataclass(slots=True)
class MessageStore:
    """The messages of one module. `chosen` holds the memories to read from, to write to and to receive into."""

    memories: dict[str, dict[int, Message]] = field(default_factory=lambda: {name: {} for name in MEMORIES})
    chosen: list[str] = field(default_factory=lambda: ["SM"] * 3)
    sent: list[Message] = field(default_factory=list)
    service_centre: str = "+46705008999"

    @property
    def stored(self) -> dict[int, Message]:
        """The memory that +CMGL, +CMGR and +CMGD work on."""
        return self.memories[self.chosen[0]]

    def keep(self, message: Message, memory: str) -> int:
        """Store a message in the first free place; CMS 322 when there is none."""
        places = self.memories[memory]
        for index in range(1, SIZE + 1):
            if index not in places:
                places[index] = message
                return index
        raise Refusal("CMS", 322)

    def send(self, message: Message) -> int:
        """Count a message as sent; return its reference."""
        message.status = SENT
        self.sent.append(message)
        return len(self.sent) & 0xFF


def delivered(sender: str, text: str) -> Message:
    """Make an incoming message: SMS-DELIVER in the default alphabet (23.040 §9.2.2.1)."""
    digits = sender.lstrip("+")
    text = text[:160]
    body = gsm7_packed(text).hex().upper()
    number_type = "91" if sender.startswith("+") else "81"
    address = f"{len(digits):02X}{number_type}{swapped(digits)}"
    return Message(UNREAD, sender, text, f"0004{address}0000{TIME_OF_DELIVERY[1]}{len(text):02X}{body}")


def _need_service(module: SimulatedModule, *, network: bool = False) -> None:
    state = module.life.card_state
    if state is not CardState.READY:
        raise Refusal("CMS", CMS_OF_STATE[state])
    if network and module.life.stat not in REGISTERED:
        raise Refusal("CMS", 331)


def _ask_for_body(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    """+CMGS and +CMGW: show the prompt, take the body, send or store it."""
    if command.form is Form.TEST:
        return []
    _need_service(module)
    argument = command.arguments[0]
    text_mode = session.settings["+CMGF"] == "1"
    if not text_mode and not argument.isdecimal():
        raise Refusal("CMS", 304)

    def take(body: str | None) -> Iterable[str]:
        if body is None:
            return []
        message = _composed(session, argument, body, text_mode=text_mode)
        if command.name == "+CMGW":
            return [f"+CMGW: {module.messages.keep(message, module.messages.chosen[1])}"]
        _need_service(module, network=True)
        return [f"+CMGS: {module.messages.send(message)}"]

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
    """Read the address of an SMS-SUBMIT (23.040 §9.2.2.2), so that a test can see to whom it went."""
    at = 1 + pdu[0] + 2
    length, kind = pdu[at], pdu[at + 1]
    digits = swapped(pdu[at + 2 : at + 2 + (length + 1) // 2].hex())[:length]
    return ("+" if kind == 0x91 else "") + digits


def _send_stored(module: SimulatedModule, _session: Session, command: Command) -> Iterable[str]:
    _need_service(module, network=True)
    message = module.messages.stored.get(_index(command))
    if message is None:
        raise Refusal("CMS", 321)
    return [f"+CMSS: {module.messages.send(message)}"]


def _list(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return [
            "+CMGL: (0-4)" if session.settings["+CMGF"] == "0" else f"+CMGL: {STATUS_WORDS}".replace("'", '"')
        ]
    _need_service(module)
    wanted = _wanted(command)
    lines: list[str] = []
    for index, message in sorted(module.messages.stored.items()):
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


def _read(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return []
    _need_service(module)
    message = module.messages.stored.get(_index(command))
    if message is None:
        raise Refusal("CMS", 321)
    lines = _shown(session, "+CMGR: ", message)
    message.status = READ if message.status == UNREAD else message.status
    return lines


def _delete(module: SimulatedModule, _session: Session, command: Command) -> Iterable[str]:
    stored = module.messages.stored
    if command.form is Form.TEST:
        return [f"+CMGD: ({','.join(map(str, sorted(stored)))}),(0-4)"]
    _need_service(module)
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


def _memory(module: SimulatedModule, _session: Session, command: Command) -> Iterable[str]:
    store = module.messages
    match command.form:
        case Form.TEST:
            return ["+CPMS: " + ",".join(['("SM","ME")'] * 3)]
        case Form.READ:
            _need_service(module)
            return ["+CPMS: " + ",".join(f'"{name}",{_used(store, name)}' for name in store.chosen)]
        case _:
            _need_service(module)
            chosen = command.arguments[:3]
            if not set(chosen) <= set(MEMORIES):
                raise Refusal("CMS", 302)
            store.chosen[: len(chosen)] = chosen
            return ["+CPMS: " + ",".join(_used(store, name) for name in store.chosen)]


def _used(store: MessageStore, memory: str) -> str:
    return f"{len(store.memories[memory])},{SIZE}"


def _service_centre(module: SimulatedModule, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return []
    _need_service(module)
    if command.form is Form.SET:
        module.messages.service_centre = session.decoded(command.arguments[0])
        return []
    return [f'+CSCA: "{session.encoded(module.messages.service_centre)}",145']


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
