"""Identification of a module: the settings of its port, manufacturer, model, IMEI, and the dialect it speaks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies import errors
from drivers.at.replies.identity import parse_ati, parse_imei, parse_named
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.questions import Questions
from drivers.observation import Identity
from drivers.vendors import GENERIC, Dialect, recognise

_DOUBTED_FOR: Final = 2.0
"""Seconds for an answer behind an OK that came alone; what is slower is asked again as a modem."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Which module it is and how to talk to it; not `whole` if it fell silent in between."""

    identity: Identity
    dialect: Dialect
    whole: bool = True
    settings: tuple[Command, ...] = ()
    """Those that the module accepted."""


async def identify(questions: Questions, forced: Dialect | None, *, may_chain: bool = True) -> Identification:
    """Make the settings of this port and identify the module, in about ten questions, or three lines of chains.

    `forced` is the dialect from config.yaml; with a vendor's own one the family is still recognised. Silence to one of
    the questions leaves its answer open. Raises LinkLost and Interrupted, and NoAnswer if AT is not answered twice, or
    if what answers it is no modem.
    """
    accepted = list(await _first_contact(questions))  # kept up to date, since silence may end the rest
    identity, dialect = Identity(), forced or GENERIC
    try:
        lines = await _lines(questions, commands.ATI)
        unproven = None
        if forced is None and recognise(lines) is GENERIC and parse_ati(lines).imei is None:
            unproven = await _doubt(questions)
        identity, lines = await _read_identity(questions, lines)
        dialect = _choose(lines, forced)
        settings = _settings(dialect)
        if dialect.chains and may_chain:
            with suppress(Silence):
                await questions.ask_ahead(*settings, dialect.imei[0])  # its answer proves all before it
        if identity.imei is None:
            identity = replace(identity, imei=await _imei(questions, dialect))
        if identity == Identity():
            _refuse(unproven)
        for setting in settings:
            accepted += [setting] if await questions.apply(setting) else []
    except _NotAModem as proven:
        raise Silence(proven.command) from None
    except NoAnswer:
        return Identification(identity, dialect, whole=False, settings=tuple(accepted))
    return Identification(identity, dialect, settings=tuple(accepted))


class _NotAModem(Exception):
    """What is behind the port says OK or ERROR to AT, and knows no question of a modem."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command


def _refuse(unproven: str | None) -> None:
    if unproven is not None:
        raise _NotAModem(unproven)


async def _doubt(questions: Questions) -> str | None:
    """For something that names no vendor: None if +CPIN? proves a modem, else the question that it does not know.

    Printers and shells say "ok" to every line, also where an answer has to come before it (docs/at-field-guide.md §13):
    _NotAModem is raised for what does so twice.
    """
    await questions.apply(commands.NUMERIC_ERRORS)
    within = min(questions.answer_timeout, _DOUBTED_FOR)
    for question in (commands.CPIN, commands.CGSN):
        try:
            if await questions.ask(question, timeout=within):
                return None
        except Refused as refused:
            return question.text if errors.sim_state(refused.code) is None else None
        except Silence as silence:
            if not silence.ok_alone:
                return None
    raise _NotAModem(commands.CPIN.text)


async def _read_identity(questions: Questions, lines: tuple[str, ...]) -> tuple[Identity, tuple[str, ...]]:
    """The identity by `lines`, which answered ATI, or +CGMI, +CGMM and +CGMR, and all lines of these answers."""
    identity = parse_ati(lines)
    if identity.manufacturer is not None and identity.model is not None:
        return identity, lines
    answers = [await _lines(questions, c) for c in (commands.CGMI, commands.CGMM, commands.CGMR)]
    manufacturer, model, revision = map(parse_named, answers)
    identity = replace(
        identity,
        manufacturer=manufacturer or identity.manufacturer,
        model=model or identity.model,
        revision=revision or identity.revision,
    )
    return identity, (*lines, *(line for answer in answers for line in answer))


async def _imei(questions: Questions, dialect: Dialect) -> str | None:
    try:
        return await questions.read_any(dialect.imei, parse_imei)
    except Silence:
        return None


async def _first_contact(questions: Questions) -> tuple[Command, ...]:
    """Switch echo off and result codes in words on, whatever state the port was left in; returns what was accepted."""
    # One line for both: a module left in Q1 gets a bare AT and never answers it. It begins with AT, so that it
    # serves for detecting the rate too; the second try is for a module that was just starting.
    for _ in range(2):
        try:
            await questions.ask(commands.SESSION_SETTINGS)
        except Silence:
            continue
        except Refused:
            break
        return (commands.SESSION_SETTINGS,)
    one_by_one = (commands.ECHO_OFF, commands.VERBOSE, commands.RESULTS_ON)
    accepted = tuple([setting for setting in one_by_one if await questions.apply(setting)])
    if not accepted and questions.was_silent(commands.RESULTS_ON):
        raise Silence(commands.SESSION_SETTINGS.text)
    return accepted


async def _lines(questions: Questions, command: Command) -> tuple[str, ...]:
    try:
        return await questions.ask(command)
    except Refused:
        return ()
    except Silence as silence:
        return silence.lines


def _choose(lines: tuple[str, ...], forced: Dialect | None) -> Dialect:
    if forced is None:
        return recognise(lines)
    return recognise(lines, vendor=forced.vendor) if forced.name == forced.vendor else forced


def _settings(dialect: Dialect) -> tuple[Command, ...]:
    """What makes this port send numbered errors and URCs, and fixes the form of registrations.

    Without numbers "no card", "busy" and "locked" are one ERROR (docs/at-field-guide.md §3.2); n=2: §7.4 there.
    """
    lte = (commands.CEREG_URCS,) if dialect.lte is not None else ()
    return (commands.NUMERIC_ERRORS, commands.CREG_URCS, *lte, *dialect.urc_switches)
