"""The card: +CPIN (3GPP TS 27.007 §8.3), +CNUM (§7.1), +CRSM (§8.18) and the phone book (§8.11 to §8.14)."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulator.error_codes import INCORRECT_PARAMETERS, NOT_ALLOWED, NOT_FOUND, Refusal, refusal
from drivers.simulator.lifecycle import CardState
from drivers.simulator.session import Session
from drivers.simulator.sim import MSISDN_RECORD, Lock, NumberAt
from drivers.simulator.state import Handler, ModuleState
from drivers.simulator.syntax import Command, Form
from drivers.simulator.template import TemplateValues, filled

NO_SUCH_FILE = '+CRSM: 106,130,""'
NO_SUCH_RECORD = '+CRSM: 106,131,""'
BOOKS = {"SM": 250, "ON": 4, "ME": 100}


def _cpin(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    match command.form:
        case Form.READ:
            answer = state.personality.cpin[state.life.card_state]
            if answer.startswith("+CPIN"):
                return [answer]
            raise refusal(answer)
        case Form.SET:
            return _unlock(state, command.arguments)
        case _:
            return []


def _unlock(state: ModuleState, arguments: list[str]) -> list[str]:
    """Accept any PIN of four digits, or any PUK of eight and a new PIN; attempts are not counted."""
    card_state = state.life.card_state
    fits = {CardState.PIN: [4], CardState.PUK: [8, 4]}.get(card_state)
    if fits is None:
        raise Refusal(*NOT_ALLOWED)
    if [len(argument) for argument in arguments] != fits:
        raise Refusal("CME", 16)
    state.life.lock(Lock.NONE)
    return []


def _own_number(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return []
    state.need_card()
    templates = state.personality.number
    if not state.life.phonebook_ready:
        return _lines(templates["loading"])
    shown = state.card.number_at is NumberAt.CNUM and state.card.number
    lines = _lines(templates["line"] if shown else templates["none"])
    return [filled(line, TemplateValues(state, session)) for line in lines]


def _lines(words: str | list[str]) -> list[str]:
    """Return lines; raise a refusal that is in their place."""
    if isinstance(words, list):
        return words
    if words.startswith(("CME", "CMS")) or words == "ERROR":
        raise refusal(words)
    return [words]


def _restricted_access(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    if command.form is not Form.SET:
        return []
    asked, *rest = command.arguments
    if not rest or not all(value.isdecimal() for value in rest[:4]):
        raise Refusal(*INCORRECT_PARAMETERS)
    numbers = [int(value) for value in rest[:4]]
    if numbers[0] != 12258 or state.life.card_state not in {CardState.PIN, CardState.PUK}:
        state.need_card()  # EF_ICCID alone is readable before the PIN
    match asked:
        case "176":
            contents = state.card.file(numbers[0])
            length = 2 * (numbers[3] if len(numbers) > 3 and numbers[3] else 256)
            return [NO_SUCH_FILE if contents is None else f'+CRSM: 144,0,"{contents[:length]}"']
        case "178":
            record = state.card.record(numbers[0], numbers[1] if len(numbers) > 1 else 1)
            return [NO_SUCH_RECORD if record is None else f'+CRSM: 144,0,"{record}"']
        case "192":
            return [_response(state, numbers[0])]
        case _:
            raise Refusal(*NOT_ALLOWED)  # nobody may write to a simulated card


def _response(state: ModuleState, file: int) -> str:
    """Describe a file: as a SIM does (3GPP TS 51.011 §9.2.1), or with the FCP of a USIM (ETSI TS 102 221 §11.1.1.3)."""
    record = state.card.record(file, 1)
    contents = record or state.card.file(file)
    if contents is None:
        return NO_SUCH_FILE
    size = len(contents) // 2
    if "fcp" in state.personality.quirks:
        kind = f"82054221{MSISDN_RECORD:04X}01" if record else "82024121"
        inside = f"{kind}8302{file:04X}A5038001718A01058B036F06{2 if record else 4:02X}8002{size:04X}"
        return f'+CRSM: 144,0,"62{len(inside) // 2:02X}{inside}"'
    structure, length = (1, MSISDN_RECORD) if record else (0, 0)
    return f'+CRSM: 144,0,"0000{size:04X}{file:04X}0400FF55FF0102{structure:02X}{length:02X}"'


def _book(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    """+CPBS: which phone book."""
    match command.form:
        case Form.TEST:
            return ['+CPBS: ("SM","ON","ME")']
        case Form.READ:
            state.need_card()
            used = int(state.phonebook == "ON")
            return [f'+CPBS: "{session.encoded(state.phonebook)}",{used},{BOOKS[state.phonebook]}']
        case _:
            book = session.decoded(command.arguments[0])
            if book not in BOOKS:
                raise Refusal(*INCORRECT_PARAMETERS)
            state.phonebook = book
            return []


def _entries(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    """+CPBR: the own-number book has one entry, the others are empty."""
    if command.form is Form.TEST:
        return [f"+CPBR: (1-{BOOKS[state.phonebook]}),40,14"]
    state.need_card()
    if state.phonebook != "ON" or command.arguments[0] != "1" or state.card.number_at is NumberAt.NOWHERE:
        raise Refusal(*NOT_FOUND)
    return [filled('+CPBR: 1,"{number}",{type},"{alpha}"', TemplateValues(state, session))]


def _lock(state: ModuleState, _session: Session, command: Command) -> Iterable[str]:
    if command.form is Form.TEST:
        return ['+CLCK: ("SC","FD","PN","AO","OI","AI","IR")']
    state.need_card()
    return ["+CLCK: 0"] if len(command.arguments) > 1 and command.arguments[1] == "2" else []


HANDLERS: dict[str, Handler] = {
    "+CPIN": _cpin,
    "+CNUM": _own_number,
    "+CRSM": _restricted_access,
    "+CPBS": _book,
    "+CPBR": _entries,
    "+CLCK": _lock,
}
