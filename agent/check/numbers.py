"""The operator's own words about numbers: `sims` in config.yaml and the rows of sims_file.

Responsible for what a person mistypes there: bad rows, one number for two SIMs, two numbers for one SIM, numbers that
no country gives. Must not open files, nor know which SIMs are in modules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.check.finding import Finding, counted, good, problem, warning
from agent.config import Config, Problem
from agent.formats import e164, iccid, mcc
from agent.numbers.sims_file import FileEntry


@dataclass(frozen=True, slots=True)
class Told:
    """That a SIM has a number, and where this stands ("sims.csv:12"). `number` is in E.164 form."""

    sim: str
    number: str
    place: str
    in_file: bool


@dataclass(frozen=True, slots=True)
class SimsFile:
    """sims_file as it was read: its name, good rows, bad rows; `unreadable` says why it could not be."""

    path: str
    entries: Sequence[FileEntry] = ()
    problems: Sequence[Problem] = ()
    unreadable: Problem | None = None


def judge(config: Config, file: SimsFile | None) -> Iterator[Finding]:
    """Judge both sources, alone and together."""
    if file is not None and file.unreadable is not None:
        yield problem("sims_file", str(replace(file.unreadable, hint="")), file.unreadable.hint)
    for bad in file.problems if file is not None else ():
        place = f"{bad.file}:{bad.line}" if bad.line else bad.file
        yield problem("sims_file", f"{place}: {bad.message}", bad.hint or "correct this row")
    told = [*_in_config(config), *(_in_file(file) if file is not None else ())]
    doubts = [*_shared_numbers(told), *_contradicted_sims(told), *_strange_numbers(told)]
    yield from doubts
    if told and not doubts:
        yield good("numbers", f"{counted(len(told), 'SIM')} with a number that you gave, each its own")


def _in_config(config: Config) -> Iterator[Told]:
    for sim, entry in config.sims.items():
        if entry.number is not None:
            line = config.places.of_key(("sims", sim)).line
            yield Told(sim, entry.number, f"{config.places.file}:{line}", in_file=False)


def _in_file(file: SimsFile) -> Iterator[Told]:
    for row in file.entries:
        number = (
            row.number if row.number is None or row.number.startswith("+") else _abroad(row.sim, row.number)
        )
        if number is not None:
            yield Told(row.sim, number, f"{file.path}:{row.line}", in_file=True)


def _abroad(sim: str, national: str) -> str | None:
    """Write a national number with the country of its SIM, None where that cannot be told."""
    region = iccid.issuing_region(sim) if sim.startswith("89") else mcc.home_region(sim)
    return e164.international(national, region) if region is not None else None


def _shared_numbers(told: Sequence[Told]) -> Iterator[Finding]:
    """One number for two SIMs; those that share it within `sims` were told with the configuration."""
    owners: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        twin = next((other for other in owners[one.number] if _surely_others(one, other)), None)
        owners[one.number].append(one)
        if twin is not None and (one.in_file or twin.in_file):
            text = f"{one.number} belongs to {twin.sim} ({twin.place}) and to {one.sim} ({one.place})"
            yield warning("numbers", text, "keep one: while both SIMs are in modules, neither is reported")


def _surely_others(one: Told, other: Told) -> bool:
    """Whether two names mean two cards; the ICCID and the IMSI of one card cannot be told from those of two."""
    if one.sim.startswith("89") != other.sim.startswith("89"):
        return False
    return not iccid.same_card(one.sim, other.sim) if one.sim.startswith("89") else one.sim != other.sim


def _contradicted_sims(told: Sequence[Told]) -> Iterator[Finding]:
    """A SIM with one number in `sims` and another in the file."""
    written: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        if not one.in_file:
            written[iccid.card_key(one.sim)].append(one)
    for row in told:
        twins = written[iccid.card_key(row.sim)] if row.in_file else []
        for twin in twins:
            same_kind = twin.sim.startswith("89") == row.sim.startswith("89")
            if same_kind and not _surely_others(twin, row) and twin.number != row.number:
                text = f"{row.place} gives {row.sim} the number {row.number}, {twin.place} gives it {twin.number}"
                yield warning("numbers", text, "config.yaml counts; take the wrong one away")


def _strange_numbers(told: Sequence[Told]) -> Iterator[Finding]:
    for one in told:
        if not e164.is_possible(one.number):
            if one.in_file:  # for `sims` the configuration's own warnings say it
                text = f"{one.place}: {one.number} has a length that its country does not use"
                yield warning("numbers", text, "compare it with the SIM's papers; it is sent as it is")
        elif not e164.is_assigned(one.number):
            text = f"{one.place}: {one.number} is in no range that its country is known to give"
            yield warning("numbers", text, "compare it with the SIM's papers; it is sent as it is")
