"""From a command line to the bytes of its answer."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.simulator import call_commands, network_commands, sim_commands, sms_commands
from drivers.simulator.error_codes import FinalText, Refusal, refusal
from drivers.simulator.session import Mode, Session
from drivers.simulator.state import ModuleState
from drivers.simulator.syntax import Command, Form, commands_of
from drivers.simulator.template import TemplateValues, filled

HANDLERS = network_commands.HANDLERS | sim_commands.HANDLERS | sms_commands.HANDLERS | call_commands.HANDLERS
IGNORED_BASICS = frozenset(
    {"L", "M", "P", "T", "X", "&C", "&D", "&K", "&S", "&W", "&R", "S0", "S3", "S4", "S5", "S7"}
)
"""Basic commands that are answered with OK and change nothing that a client could see."""


def respond(state: ModuleState, session: Session, item: str) -> bytes:
    """Answer one command line or body; return the bytes for the client."""
    if session.mode is Mode.DATA:
        session.mode = Mode.COMMAND
        return session.printed((), "OK")
    if session.mode is Mode.BODY:
        return _body(session, item)
    commands = commands_of(item)
    if commands is None:
        return b""
    if len(commands) > 1 and ";" in item and "no_chains" in state.personality.quirks:
        commands = (Command("", Form.EXECUTE, "", item),)
    blocks: list[list[str]] = []
    final: str | None = "OK"
    for command in commands:
        try:
            blocks.append(list(_answer(state, session, command)))
        except Refusal as no:
            final = session.refused(no)
            break
        except FinalText as result:
            final = result.text
            break
        if session.wants_body:
            return session.printed(blocks, None) + b"\r\n> "
        if command.key == "+CPIN?" and "cpin_without_ok" in state.personality.quirks:
            final = None
    return session.printed(blocks, final)


def _body(session: Session, item: str) -> bytes:
    """Hand a body to the command that asked for it; ESC drops it (3GPP TS 27.005 §3.5.1)."""
    take, session.take_body, session.mode = session.take_body, None, Mode.COMMAND
    if take is None:
        return b""
    try:
        lines = list(take(item[:-1] if item.endswith("\x1a") else None))
    except Refusal as no:
        return session.printed((), session.refused(no))
    return session.printed((lines,), "OK")


def _answer(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    personality, key = state.personality, command.key
    if (no := personality.refusal_of(key, command.name)) is not None:
        raise refusal(no)
    lines = personality.answers.get(key)
    if lines is None and (lines := personality.card_answers.get(key)) is not None:
        state.need_card()
    if lines is not None:
        values = TemplateValues(state, session, command.name)
        return [filled(line, values) for line in lines]
    handler = HANDLERS.get(command.name)
    if handler is not None:
        return handler(state, session, command)
    if command.name in session.settings:
        return _setting(state, session, command)
    return _basic(state, session, command)


def _setting(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    setting = state.personality.settings[command.name]
    match command.form:
        case Form.READ:
            values = TemplateValues(state, session, command.name)
            return [f"{command.name}: {filled(setting.read, values)}"]
        case Form.TEST:
            return [f"{command.name}: {setting.test}"] if setting.test else []
        case Form.EXECUTE:
            session.settings[command.name] = setting.value
        case Form.SET:
            session.settings[command.name] = (
                command.value.strip('"') if command.name == "+CSCS" else command.value
            )
    return []


def _basic(state: ModuleState, session: Session, command: Command) -> Iterable[str]:
    value = command.value or "0"
    match command.name:
        case "E":
            session.echo = value != "0"
        case "V":
            session.verbose = value != "0"
        case "Q":
            session.quiet = value == "1"
        case "Z" | "&F":
            session.restore()
        case name if name in IGNORED_BASICS:
            return ["000"] if command.form is Form.READ else []
        case _:
            raise refusal(state.personality.unknown)
    return []
