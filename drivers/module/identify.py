"""Identification of a module: the settings of its port, manufacturer, model, IMEI, and the dialect it speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies.identity import parse_ati, parse_imei, parse_named
from drivers.errors import NoAnswer, Refused
from drivers.module.questions import Questions
from drivers.observation import Identity
from drivers.vendors import GENERIC, Dialect, recognise


@dataclass(frozen=True, slots=True)
class Identification:
    """Which module it is and how to talk to it; not `whole` if it fell silent in between."""

    identity: Identity
    dialect: Dialect
    whole: bool = True
    settings: tuple[Command, ...] = ()
    """Those that the module accepted."""


async def identify(questions: Questions, forced: Dialect | None) -> Identification:
    """Make the settings of this port and identify the module, in about ten questions.

    `forced` is the dialect from config.yaml; with a vendor's own one the family is still recognised. Raises NoAnswer
    if AT is not answered twice, LinkLost and Interrupted.
    """
    accepted = list(await _first_contact(questions))  # kept up to date, since silence may end the rest
    identity, dialect = Identity(), forced or GENERIC
    try:
        # Errors with numbers: without, "no card", "busy" and "locked" are one ERROR (docs/at-field-guide.md §3.2).
        if await questions.apply(commands.NUMERIC_ERRORS):
            accepted.append(commands.NUMERIC_ERRORS)
        identity, lines = await _read_identity(questions)
        dialect = _choose(lines, forced)
        if identity.imei is None:
            identity = replace(identity, imei=await questions.read_any(dialect.imei, parse_imei))
        for setting in _urc_settings(dialect):
            accepted += [setting] if await questions.apply(setting) else []
    except NoAnswer:
        return Identification(identity, dialect, whole=False, settings=tuple(accepted))
    return Identification(identity, dialect, settings=tuple(accepted))


async def _read_identity(questions: Questions) -> tuple[Identity, tuple[str, ...]]:
    """The identity by ATI or +CGMI, +CGMM and +CGMR, and all lines of these answers."""
    lines = await _lines(questions, commands.ATI)
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


async def _first_contact(questions: Questions) -> tuple[Command, ...]:
    """Switch echo off and result codes in words on, whatever state the port was left in; returns what was accepted."""
    # One line for both: a module left in Q1 gets a bare AT and never answers it. It begins with AT, so that it
    # serves for detecting the rate too; the second try is for a module that was just starting.
    try:
        accepted = await questions.apply(commands.SESSION_SETTINGS)
    except NoAnswer:
        accepted = await questions.apply(commands.SESSION_SETTINGS)
    if accepted:
        return (commands.SESSION_SETTINGS,)
    one_by_one = (commands.ECHO_OFF, commands.VERBOSE, commands.RESULTS_ON)
    return tuple([setting for setting in one_by_one if await questions.apply(setting)])


async def _lines(questions: Questions, command: Command) -> tuple[str, ...]:
    try:
        return await questions.ask(command)
    except Refused:
        return ()


def _choose(lines: tuple[str, ...], forced: Dialect | None) -> Dialect:
    if forced is None:
        return recognise(lines)
    return recognise(lines, vendor=forced.vendor) if forced.name == forced.vendor else forced


def _urc_settings(dialect: Dialect) -> tuple[Command, ...]:
    """What makes this port send URCs, and fixes the form of registrations (n=2: docs/at-field-guide.md §7.4)."""
    lte = (commands.CEREG_URCS,) if dialect.lte is not None else ()
    return (commands.CREG_URCS, *lte, *dialect.urc_switches)
