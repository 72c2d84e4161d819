"""Getting acquainted with a module: the settings of this port, who it is, and which dialect it speaks.

Responsible for the questions that are asked once for a connection and again after a restart. Must not
know the SIM.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from drivers.at import commands
from drivers.at.commands import Command
from drivers.at.replies.identity import parse_ati, parse_imei, parse_named
from drivers.errors import NoAnswer, Nonsense, Refused
from drivers.module.questions import Questions
from drivers.observation import Identity
from drivers.vendors import GENERIC, Dialect, recognise


@dataclass(frozen=True, slots=True)
class Identification:
    """Who is there, and how to talk to it; not `whole` when it fell silent in between."""

    identity: Identity
    dialect: Dialect
    whole: bool = True
    settings: tuple[Command, ...] = ()
    """Those that the module took."""


async def identify(questions: Questions, forced: Dialect | None) -> Identification:
    """Make the settings of this port and learn who is there; about ten questions.

    `forced` is the dialect that the operator named; a vendor's own one leaves the choice of the family to the
    module. NoAnswer when nothing answers AT twice.
    """
    taken = list(await _first_contact(questions))  # kept up to date, since silence may end the rest
    identity, dialect = Identity(), forced or GENERIC
    try:
        # Errors with numbers: without, "no card", "busy" and "locked" are one ERROR (docs/at-field-guide.md §3.2).
        if await questions.tell(commands.NUMERIC_ERRORS):
            taken.append(commands.NUMERIC_ERRORS)
        identity, said = await _named(questions)
        dialect = _choose(said, forced)
        if identity.imei is None:
            identity = replace(identity, imei=await questions.read_any(dialect.imei, parse_imei))
        for setting in _news_settings(dialect):
            taken += [setting] if await questions.tell(setting) else []
    except NoAnswer:
        return Identification(identity, dialect, whole=False, settings=tuple(taken))
    return Identification(identity, dialect, settings=tuple(taken))


async def _named(questions: Questions) -> tuple[Identity, tuple[str, ...]]:
    """What the module calls itself, and all lines in which it did."""
    said = await _lines(questions, commands.ATI)
    identity = parse_ati(said)
    if identity.manufacturer is not None and identity.model is not None:
        return identity, said
    named = [await _lines(questions, c) for c in (commands.CGMI, commands.CGMM, commands.CGMR)]
    maker, model, revision = map(parse_named, named)
    identity = replace(
        identity,
        manufacturer=maker or identity.manufacturer,
        model=model or identity.model,
        revision=revision or identity.revision,
    )
    return identity, (*said, *(line for lines in named for line in lines))


async def _first_contact(questions: Questions) -> tuple[Command, ...]:
    """Proof that AT is spoken; and no echo, words and verdicts, whatever the port was left in; the settings taken.

    One line for both: a module left in Q1 hears a bare AT and says nothing, for ever. It begins with AT,
    so that it serves for finding the rate too; the second try is for a module that was just starting.
    """
    try:
        taken = await questions.tell(commands.SESSION_SETTINGS)
    except NoAnswer:
        taken = await questions.tell(commands.SESSION_SETTINGS)
    if taken:
        return (commands.SESSION_SETTINGS,)
    one_by_one = (commands.ECHO_OFF, commands.VERBOSE, commands.RESULTS_ON)
    return tuple([setting for setting in one_by_one if await questions.tell(setting)])


async def _lines(questions: Questions, command: Command) -> tuple[str, ...]:
    try:
        return await questions.ask(command)
    except (Refused, Nonsense):
        return ()


def _choose(said: tuple[str, ...], forced: Dialect | None) -> Dialect:
    if forced is None:
        return recognise(said)
    return recognise(said, vendor=forced.vendor) if forced.name == forced.vendor else forced


def _news_settings(dialect: Dialect) -> tuple[Command, ...]:
    """What makes this port tell news, and fixes the form of registrations (n=2: docs/at-field-guide.md §7.4)."""
    lte = (commands.CEREG_URCS,) if dialect.lte is not None else ()
    return (commands.CREG_URCS, *lte, *dialect.urc_switches)
