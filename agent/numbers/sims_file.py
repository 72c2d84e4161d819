"""The sims_file: its good rows, and a problem for each bad one, all at once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.config.named_file import read_file
from agent.config.problem import Places, Problem, excerpt
from agent.formats import e164, iccid
from agent.formats.number_fault import Fault, Objection, named
from agent.formats.written_number import Written, odd_character, read, visible
from agent.language import Bilingual, both, both_n
from agent.numbers.csv_sheet import LONGEST_LINE, WITHOUT_HEADER, Row, Sheet, sheet
from agent.numbers.file_text import MOST_BYTES, UnreadableFile, decode, now_empty, why_unreadable
from agent.numbers.home import in_e164
from agent.numbers.resolve import FileEntry
from agent.store.records import FileRow

_ONE_LINE = "each SIM has a line of its own"
_NO_SIM = "is neither an ICCID (89…, 18 to 20 digits) nor an IMSI"
_PLAIN_COLUMNS = 2
"""With so few columns it is plain which one has the numbers; among more a guess may take a running number."""
_ORDER = "the ICCID comes first, then the number"
_YES = {"1", "1.0", "true", "yes", "y", "да"}
_NO = {"0", "0.0", "false", "no", "n", "нет"}
_ROUNDED = re.compile(r"\d[.,]?\d*e\+?\d+|\d{17,}[.,]0*", re.IGNORECASE)
_SPREADSHEET_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number and pads it with zeros."""
_SPREADSHEET_HINT = "a spreadsheet has rounded it: format the column as text and enter it again"


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


def parse(text: str, file: str) -> tuple[tuple[FileEntry, ...], tuple[Problem, ...]]:
    """Return the good rows, and a problem for each bad one. Rows with neither number nor rent are skipped.

    A row whose number alone is bad is among the good ones too, with the text of that number.
    """
    reading = _Reading(file, sheet(text))
    reading.read()
    problems = sorted(reading.problems, key=lambda found: (found.line, found.column))
    return tuple(reading.entries), tuple(problems)


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
    return places.problem(("sims_file",), f"{path} cannot be read: {why}", why.hint)


@dataclass(slots=True)
class _Reading:
    """The rows and problems found so far."""

    file: str
    sheet: Sheet
    entries: list[FileEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _cards: dict[str, list[FileEntry]] = field(default_factory=dict)

    def read(self) -> None:
        self._check_header()
        for row in self.sheet.rows:
            if len(row.text) > LONGEST_LINE:
                self._report(row, "", "", f"the line is longer than {LONGEST_LINE} characters", _ONE_LINE)
                continue
            before = len(self.problems)
            entry = self._entry(row)
            if len(self.problems) == before:
                if entry is not None and self._is_first(entry, row):
                    self.entries.append(entry)
            elif all(found.key == "number" for found in self.problems[before:]):
                self._keep_bad_number(row)
        self._reject_rounded()

    def _check_header(self) -> None:
        header, names = self.sheet.header, self.sheet.columns.keys()
        if header is not None and ("number" not in names or not {"iccid", "imsi"} & names):
            self._report(header, "", "", "the header must name iccid and number")
            by_place = (
                WITHOUT_HEADER if len(header.cells) <= _PLAIN_COLUMNS else {"iccid": WITHOUT_HEADER["iccid"]}
            )
            self.sheet = replace(self.sheet, columns={**by_place, **self.sheet.columns})

    def _entry(self, row: Row) -> FileEntry | None:
        sim = self._sim(row)
        number = self._number(row)
        text = self.sheet.cell(row, "rent")
        rent = self._rent(row, text) if text else None
        if sim is None or (number is None and rent is None):
            return None
        return FileEntry(sim, number, rent, row.line)

    def _sim(self, row: Row) -> str | None:
        imsi = self.sheet.cell(row, "imsi")
        if imsi and iccid.as_imsi(imsi) is None and not _ROUNDED.fullmatch(imsi):
            is_number = isinstance(read(imsi), Written)
            self._report(
                row,
                "imsi",
                imsi,
                "is not an IMSI",
                "a number belongs in the column number" if is_number else "",
            )
        text, name = self.sheet.cell(row, "iccid"), "iccid"
        if not text and imsi:
            text, name = imsi, "imsi"
        sim = iccid.as_sim(text)
        if sim is None and not (name == "imsi" and self.problems and self.problems[-1].key == "imsi"):
            self._report(row, name, text, _NO_SIM if text else "is missing", _sim_hint(text))
        return sim

    def _number(self, row: Row) -> str | None:
        """The number of a row as `resolve` takes it; reports one that is none, or whose country is in doubt."""
        cells = self.sheet.numbers(row)
        read_as = [self._read(row, text) for text in cells]
        if len({number for number, _ in read_as if isinstance(number, str)}) > 1:
            self._report(row, "number", cells[0], f"and {cells[1]} are two numbers", "keep one of them")
        for text, (number, written) in zip(cells, read_as, strict=True):
            if isinstance(number, str):
                return written
            is_sim = number.fault is not Fault.ROUNDED and iccid.as_sim(text) is not None
            message = "is an ICCID or IMSI, not a number" if is_sim else number.message()
            self._report(row, "number", text, message, _ORDER if is_sim else number.hint())
        return None

    def _read(self, row: Row, text: str) -> tuple[str | Objection, str]:
        """A number in E.164 form, as far as the row tells the country; and as it is kept until its SIM is seen."""
        written = read(text)
        if isinstance(written, Objection):
            return written, ""
        card = iccid.as_iccid(self.sheet.cell(row, "iccid"))
        imsi = iccid.as_imsi(self.sheet.cell(row, "imsi")) or iccid.as_imsi(self.sheet.cell(row, "iccid"))
        number = in_e164(written, card, imsi)
        if written.plus:
            return number, number if isinstance(number, str) else ""
        return number, str(written)

    def _rent(self, row: Row, text: str) -> bool | None:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        self._report(row, "rent", text, "must be 0 or 1")
        return None

    def _keep_bad_number(self, row: Row) -> None:
        """Keep a number that is none, so that its SIM's verdict can tell it and the row."""
        sim = iccid.as_sim(self.sheet.cell(row, "iccid") or self.sheet.cell(row, "imsi"))
        text = self.sheet.numbers(row)[0]
        if sim is not None and isinstance(self._read(row, text)[0], Objection):
            self.entries.append(FileEntry(sim, text, None, row.line))

    def _is_first(self, entry: FileEntry, row: Row) -> bool:
        cards = self._cards.setdefault(iccid.card_key(entry.sim), [])
        other = next((one for one in cards if iccid.same_card(one.sim, entry.sim)), None)
        cards.append(entry)
        if other is None:
            return True
        if (other.number, other.rent) != (entry.number, entry.rent):
            hint = _SPREADSHEET_HINT if _may_be_rounded(entry.sim) else "keep one of them"
            message = f"is in line {other.line} too, with another number or rent"
            self._report(row, "iccid", entry.sim, message, hint)
        return False

    def _reject_rounded(self) -> None:
        """Reject ICCIDs that end in zeros from the 16th digit on, if there are several: cards have no such numbers."""
        rounded = [entry for entry in self.entries if _may_be_rounded(entry.sim)]
        if len(rounded) < 2:
            return
        for entry in rounded:
            row = Row(entry.line, entry.sim, [])
            self._report(row, "iccid", entry.sim, "ends in zeros, and so do others", _SPREADSHEET_HINT)
        self.entries = [entry for entry in self.entries if entry not in rounded]

    def _report(self, row: Row, key: str, text: str, message: str, hint: str = "") -> None:
        column = max(row.text.find(text), 0) + 1
        text = excerpt(text)
        self.problems.append(
            Problem(
                file=self.file,
                line=row.line,
                column=column,
                key=key,
                text=text,
                message=f"{text} {message}" if text else message,
                hint=hint,
            )
        )


def _sim_hint(text: str) -> str:
    if _ROUNDED.fullmatch(text):
        return _SPREADSHEET_HINT
    if e164.is_international(text):
        return _ORDER
    odd = odd_character(visible(text), " -ABCDEFabcdef")
    return f"it holds {named(odd)}" if odd else ""


def _may_be_rounded(sim: str) -> bool:
    tail = sim[_SPREADSHEET_DIGITS:]
    return len(tail) >= 4 and set(tail) == {"0"}


def _read_text(path: Path) -> str:
    """Raises UnreadableFile."""
    try:
        return decode(read_file(path, MOST_BYTES)).text
    except OSError as why:
        raise why_unreadable(why, shlex.quote(str(path))) from why
