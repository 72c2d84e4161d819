"""The sims_file: its good rows, and a problem for each bad one, all at once."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.config.named_file import read_file
from agent.config.problem import Places, Problem
from agent.formats import iccid
from agent.language import Bilingual, _, both, both_n
from agent.numbers.csv_sheet import sheet
from agent.numbers.file_text import MOST_BYTES, UnreadableFile, decode, now_empty, why_unreadable
from agent.numbers.resolve import FileEntry
from agent.numbers.sims_rows import parse
from agent.store.records import FileRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SimsFile:
    """What a sims_file gives: the rows that count, and what is wrong with it.

    `bad_rows` are skipped, each with its problem. `trouble` is why the file as a whole could not be read; then, and for
    the cards that no row names while one is bad, the rows count that the file had before.
    """

    entries: tuple[FileEntry, ...] = ()
    bad_rows: tuple[Problem, ...] = ()
    trouble: UnreadableFile | None = None

    @property
    def rows(self) -> tuple[FileRow, ...]:
        """The good rows, as the store keeps them."""
        bad = {one.line for one in self.bad_rows}
        return tuple(
            FileRow(one.line, one.sim, one.number, one.rent) for one in self.entries if one.line not in bad
        )

    @property
    def meanwhile(self) -> Bilingual:
        """What counts while the file as a whole cannot be read."""
        if not self.entries:
            return both("until then numbers come from the SIMs alone")
        return both_n(
            "until then what it said before counts ({n} row)",
            "until then what it said before counts ({n} rows)",
            len(self.entries),
        )

    def problems(self, path: Path, places: Places) -> tuple[Problem, ...]:
        """What is wrong, the file as a whole at the line of config.yaml that names it."""
        return self.bad_rows if self.trouble is None else (problem_of(path, self.trouble, places),)


def read_sims_file(path: Path, before: Sequence[FileRow] = ()) -> SimsFile:
    """Read a sims_file; `before` are the rows that counted when it was read last. Blocks."""
    try:
        text = _read_text(path)
        if before and not text.strip("\ufeff \t\r\n"):
            raise now_empty()
    except UnreadableFile as why:
        return as_before(why, before)
    entries, bad_rows = parse(text, str(path))
    bad = {one.line for one in bad_rows}
    good = [one for one in entries if one.line not in bad]
    behind = max(bad | {one.line for one in entries}, default=0)
    kept = _still_counting(good, before, behind=behind) if bad else ()
    return SimsFile(entries=(*entries, *kept), bad_rows=bad_rows)


def as_before(why: UnreadableFile | None, before: Sequence[FileRow]) -> SimsFile:
    """What counts while a file cannot be read."""
    return SimsFile(entries=tuple(map(_entry_of, before)), trouble=why)


def _still_counting(
    good: Sequence[FileEntry], before: Sequence[FileRow], *, behind: int
) -> tuple[FileEntry, ...]:
    """The rows of cards that a file with bad rows may still mean: a bad row may be theirs.

    They get lines `behind` those of the file, so that no two rows that count have one line.
    """
    named: dict[str, list[str]] = {}
    for one in good:
        named.setdefault(iccid.card_key(one.sim), []).append(one.sim)
    numbers = {one.number for one in good if one.number is not None}
    kept = [
        row
        for row in before
        if row.number not in numbers
        and not any(iccid.same_card(row.sim, sim) for sim in named.get(iccid.card_key(row.sim), ()))
    ]
    return tuple(replace(_entry_of(row), line=line) for line, row in enumerate(kept, start=behind + 1))


def _entry_of(row: FileRow) -> FileEntry:
    return FileEntry(row.sim, row.number, row.rent, row.line)


def lines_of_sims(path: Path) -> dict[str, int]:
    """Return the line of each SIM that a row names, by `card_key` of its ICCID and by its IMSI, whatever the row lacks.

    Empty for a file that cannot be read. Blocks.
    """
    try:
        read_sheet = sheet(_read_text(path))
    except UnreadableFile:
        return {}
    lines: dict[str, int] = {}
    for row in read_sheet.rows:
        for name in ("iccid", "imsi"):
            sim = iccid.as_sim(read_sheet.cell(row, name))
            if sim is not None:
                lines.setdefault(iccid.card_key(sim), row.line)
    return lines


def problem_of(path: Path, why: UnreadableFile, places: Places) -> Problem:
    """The problem of a file that cannot be read, at the line of config.yaml that names it."""
    message = _("{file} cannot be read: {why}").format(file=path, why=_(why.reason))
    return places.problem(("sims_file",), message, why.hint)


def _read_text(path: Path) -> str:
    """Raises UnreadableFile."""
    try:
        return decode(read_file(path, MOST_BYTES)).text
    except OSError as why:
        raise why_unreadable(why, shlex.quote(str(path))) from why
