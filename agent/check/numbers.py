"""Numbers that the operator gave, in `sims` of config.yaml and in sims_file: bad rows, doubles, conflicts, typos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.check.finding import Finding, good, problem, warning
from agent.config import Config, Problem
from agent.formats import e164, iccid
from agent.formats.number_fault import Objection
from agent.formats.written_number import read
from agent.language import _, ngettext
from agent.numbers.home import in_e164
from agent.numbers.resolve import FileEntry

MOST_LISTED: Final = 100
"""Mistakes of the sims_file that are listed: more are of one kind."""


@dataclass(frozen=True, slots=True)
class GivenNumber:
    """The number (E.164) given for a SIM (ICCID or IMSI), and where ("sims.csv:12")."""

    sim: str
    number: str
    place: str
    in_file: bool


def check_numbers(
    config: Config, rows: Sequence[FileEntry] = (), problems: Sequence[Problem] = ()
) -> Iterator[Finding]:
    """Check both sources, alone and together. `rows` and `problems` are what reading sims_file gave."""
    for bad in problems[:MOST_LISTED]:
        message = f"{bad.key}: {bad.message}" if bad.key and not bad.text else bad.message
        yield problem("sims_file", f"{bad.file}:{bad.line}: {message}", bad.hint or _("correct this row"))
    if len(problems) > MOST_LISTED:
        rest = len(problems) - MOST_LISTED
        more = ngettext("{n} more mistake in it", "{n} more mistakes in it", rest).format(n=rest)
        yield problem("sims_file", more, _("correct these first, then run check again"))
    given = [*_in_config(config), *_in_file(config, rows)]
    doubts = [*_shared_numbers(given), *_conflicting_numbers(given), *_implausible_numbers(given)]
    yield from doubts
    if given and not doubts:
        text = ngettext(
            "{n} SIM with a number from you", "{n} SIMs with a number from you, no number twice", len(given)
        )
        yield good("numbers", text.format(n=len(given)))


def _in_config(config: Config) -> Iterator[GivenNumber]:
    for sim, entry in config.sims.items():
        if entry.number is not None:
            line = config.places.of_key(("sims", sim)).line
            yield GivenNumber(sim, entry.number, f"{config.places.file}:{line}", in_file=False)


def _in_file(config: Config, rows: Sequence[FileEntry]) -> Iterator[GivenNumber]:
    for row in rows:
        number = _number_of(row.sim, row.number) if row.number is not None else None
        if number is not None:
            yield GivenNumber(row.sim, number, f"{config.sims_file}:{row.line}", in_file=True)


def _number_of(sim: str, text: str) -> str | None:
    """The number of a row of the file in E.164; None where its country is in doubt."""
    written = read(text)
    if isinstance(written, Objection):
        return None
    is_card = sim.startswith("89")
    number = in_e164(written, sim if is_card else None, None if is_card else sim)
    return number if isinstance(number, str) else None


def _shared_numbers(given: Sequence[GivenNumber]) -> Iterator[Finding]:
    """One number for two SIMs; doubles within `sims` are already among the configuration's warnings."""
    owners: defaultdict[str, list[GivenNumber]] = defaultdict(list)
    for one in given:
        twin = next((other for other in owners[one.number] if _certainly_different(one, other)), None)
        owners[one.number].append(one)
        if twin is not None and (one.in_file or twin.in_file):
            text = _("{number} belongs to {sim} ({place}) and to {other_sim} ({other_place})").format(
                number=one.number, sim=twin.sim, place=twin.place, other_sim=one.sim, other_place=one.place
            )
            fix = _("keep one: while both SIMs are in modules, neither is reported")
            yield warning("numbers", text, fix)


def _certainly_different(one: GivenNumber, other: GivenNumber) -> bool:
    """Whether they are two cards. An ICCID and an IMSI may name the same one."""
    if one.sim.startswith("89") != other.sim.startswith("89"):
        return False
    return not iccid.same_card(one.sim, other.sim) if one.sim.startswith("89") else one.sim != other.sim


def _conflicting_numbers(given: Sequence[GivenNumber]) -> Iterator[Finding]:
    """A SIM with one number in `sims` and another in the file."""
    configured: defaultdict[str, list[GivenNumber]] = defaultdict(list)
    for one in given:
        if not one.in_file:
            configured[iccid.card_key(one.sim)].append(one)
    for row in given:
        twins = configured[iccid.card_key(row.sim)] if row.in_file else []
        for twin in twins:
            same_kind = twin.sim.startswith("89") == row.sim.startswith("89")
            if same_kind and not _certainly_different(twin, row) and twin.number != row.number:
                text = _("{place} gives {sim} the number {number}, {other_place} gives it {other}").format(
                    place=row.place, sim=row.sim, number=row.number, other_place=twin.place, other=twin.number
                )
                yield warning("numbers", text, _("config.yaml takes precedence; remove the wrong one"))


def _implausible_numbers(given: Sequence[GivenNumber]) -> Iterator[Finding]:
    fix = _("check it against the SIM's documents; it is sent as written")
    for one in given:
        if not e164.is_possible(one.number):
            if one.in_file:  # for `sims` it is among the configuration's warnings
                text = _("{place}: {number} has the wrong length for its country")
                yield warning("numbers", text.format(place=one.place, number=one.number), fix)
        elif not e164.is_assigned(one.number):
            text = _("{place}: {number} is not in any number range known for its country")
            yield warning("numbers", text.format(place=one.place, number=one.number), fix)
