"""The CSV file that says whose number is whose: iccid,number[,rent].

Responsible for reading what spreadsheets and people make of it, each bad row named by its line and all at
once, and for writing the same file from the SIMs that were seen. Must not open files, nor decide which source
of a number wins.
"""

from __future__ import annotations

import csv
import io
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent import e164, iccid
from agent.config.problem import Problem, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agent.config.places import Places

COLUMNS = ("iccid", "imsi", "number", "rent", "source", "module", "last_seen")
"""The columns that `write` gives; `parse` uses the first four and passes over others."""

_NAMES = {
    "iccid": ("iccid", "icc", "sim", "simid", "ccid"),
    "imsi": ("imsi",),
    "number": ("number", "msisdn", "phone", "phonenumber", "номер", "телефон"),
    "rent": ("rent", "аренда"),
}
_WITHOUT_HEADER = {"iccid": 0, "number": 1, "rent": 2}
_NO_SIM = "is neither an ICCID (89…, 18 to 20 digits) nor an IMSI"
_YES = {"1", "true", "yes", "y", "да"}
_NO = {"0", "false", "no", "n", "нет"}
_ROUNDED = re.compile(r"\d[.,]?\d*e\+?\d+", re.IGNORECASE)
_SPREADSHEET_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number and fills up with zeros."""

_SPREADSHEET_HINT = "a spreadsheet has rounded it: format the column as text and enter it again"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One row: `sim` is an ICCID or IMSI, `number` "+…" or national digits; None where it is left open."""

    sim: str
    number: str | None
    rent: bool | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSim:
    """One SIM for `write`; `last_seen` is a text for people, as is `source`."""

    iccid: str
    imsi: str = ""
    number: str = ""
    rent: bool | None = None
    source: str = ""
    module: str = ""
    last_seen: str = ""


def write(sims: Iterable[SeenSim]) -> str:
    """The file to fill in: one row for each SIM, readable by `parse`."""
    return _written(sims, COLUMNS, ",", "\n", header=True)


def added(text: str, sims: Iterable[SeenSim]) -> tuple[str, int]:
    """The text with a row below it for each SIM that it does not name yet, and how many these are.

    What stands there stays as it is; the new rows have its columns, its separator and its ends of lines.
    """
    rows, separator = _rows(text)
    header = _header(rows[0].cells) if rows else None
    columns = header or _WITHOUT_HEADER
    cards, subscribers = _named(rows, columns)
    new = [
        sim
        for sim in sims
        if sim.imsi not in subscribers
        and not any(iccid.same_card(card, sim.iccid) for card in cards.get(iccid.card_key(sim.iccid), ()))
    ]
    if not new:
        return text, 0
    newline = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    gap = newline if text.removeprefix("\ufeff") and not text.endswith(("\n", "\r")) else ""
    names = COLUMNS if not rows else _order(rows[0].cells, columns, named=header is not None)
    return text + gap + _written(new, names, separator, newline, header=not rows), len(new)


def _named(rows: list[_Row], columns: dict[str, int]) -> tuple[dict[str, list[str]], set[str]]:
    """The cards of the file by `card_key`, and its IMSIs; a row without a number names its SIM too."""
    cards: dict[str, list[str]] = {}
    subscribers: set[str] = set()
    for row in rows:
        for name in ("iccid", "imsi"):
            at = columns.get(name, len(row.cells))
            sim = iccid.as_sim(row.cells[at]) if at < len(row.cells) else None
            if sim is not None:
                cards.setdefault(iccid.card_key(sim), []).append(sim)
                subscribers.add(sim)
    return cards, subscribers


def _order(cells: list[str], columns: dict[str, int], *, named: bool) -> tuple[str, ...]:
    """The name of each column, empty for one that is not ours."""
    names = [cell if named and cell in COLUMNS[4:] else "" for cell in cells]
    names += [""] * (max(columns.values()) + 1 - len(names))
    for name, at in columns.items():
        names[at] = name
    return tuple(names)


def _written(
    sims: Iterable[SeenSim], names: tuple[str, ...], separator: str, newline: str, *, header: bool
) -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator, lineterminator=newline)
    if header:
        rows.writerow(names)
    for sim in sims:
        cells = {name: getattr(sim, name) for name in COLUMNS}
        cells["rent"] = "" if sim.rent is None else str(int(sim.rent))
        rows.writerow(" ".join(cells.get(name, "").split()) for name in names)
    return out.getvalue()


def parse(text: str, file: str) -> tuple[tuple[FileEntry, ...], tuple[Problem, ...]]:
    """Read the file: the good rows, and a problem for each bad one.

    A header is known by its names, any order; without one the columns are iccid, number, rent. Commas,
    semicolons and tabs separate. Empty lines and lines with # at their beginning are passed over, as are rows
    that tell nothing.
    """
    reading = _Reading(file)
    for row in _rows(text)[0]:
        reading.row(row)
    reading.look_for_rounding()
    return tuple(reading.entries), tuple(
        sorted(reading.problems, key=lambda found: (found.line, found.column))
    )


def unreadable(path: Path, why: OSError | UnicodeDecodeError, places: Places) -> Problem:
    """The file as a whole cannot be read: told at the line of config.yaml that names it."""
    name = shlex.quote(str(path))
    if isinstance(why, UnicodeDecodeError):
        reason, hint = "it is not UTF-8", "save it as CSV UTF-8"
    elif isinstance(why, FileNotFoundError):
        reason, hint = "there is no such file", "create it with `simbank-agent sims --write`"
    elif isinstance(why, PermissionError):
        reason = "this account may not"
        hint = f"give the agent's user the right to read it: `ls -l {name}`"
    else:
        reason, hint = why.strerror or str(why) or "the disk does not answer", "name a CSV file there"
    return places.problem(("sims_file",), f"{path} cannot be read: {reason}", hint)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line that tells something: its number from 1, its text, its cells."""

    line: int
    text: str
    cells: list[str]


def _rows(text: str) -> tuple[list[_Row], str]:
    """The cells of each line, and what separates them.

    Line by line, so that a forgotten quote spoils one row and not the file.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    told = [(number, line) for number, line in enumerate(lines, start=1) if line.strip(" \t,;")]
    told = [(number, line) for number, line in told if not line.lstrip().startswith("#")]
    separator = ","
    if told and (chosen := re.fullmatch(r"sep=([,;\t|])", told[0][1].strip(" "), re.IGNORECASE)):
        separator = chosen[1]  # Excel's own way to say it
        told = told[1:]
    elif told:
        separator = max(",;\t", key=told[0][1].count)
    rows = []
    for number, line in told:
        try:
            cells = next(csv.reader([line], delimiter=separator))
        except (csv.Error, StopIteration):
            cells = [line]
        rows.append(_Row(number, line, [_bare(cell) for cell in cells]))
    return rows, separator


def _bare(cell: str) -> str:
    """The cell without blanks around it, a spreadsheet's ="…" or its leading apostrophe."""
    cell = cell.replace("\u00a0", " ").strip()
    if formula := re.fullmatch(r'="?([^"]*)"?', cell):
        cell = formula[1]
    return cell.removeprefix("'").strip().strip('"').strip()


@dataclass(slots=True)
class _Reading:
    """The rows read so far."""

    file: str
    entries: list[FileEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _columns: dict[str, int] | None = None
    _cards: dict[str, list[FileEntry]] = field(default_factory=dict)

    def row(self, row: _Row) -> None:
        if self._columns is None:
            header = _header(row.cells)
            self._columns = header or dict(_WITHOUT_HEADER)
            if header is not None:
                if "number" not in header or not {"iccid", "imsi"} & header.keys():
                    self._complain(row, "", "", "the header needs the names iccid and number")
                    self._columns = dict(_WITHOUT_HEADER)
                return
        before = len(self.problems)
        entry = self._entry(row)
        if entry is not None and len(self.problems) == before and self._is_first(entry, row):
            self.entries.append(entry)

    def _cell(self, row: _Row, name: str) -> str:
        column = (self._columns or {}).get(name, len(row.cells))
        return row.cells[column] if column < len(row.cells) else ""

    def _entry(self, row: _Row) -> FileEntry | None:
        sim = self._sim(row)
        text = self._cell(row, "number")
        number = self._number(row, text) if text else None
        text = self._cell(row, "rent")
        rent = self._rent(row, text) if text else None
        if sim is None or (number is None and rent is None):
            return None
        return FileEntry(sim, number, rent, row.line)

    def _sim(self, row: _Row) -> str | None:
        text, name = self._cell(row, "iccid"), "iccid"
        if not text and (imsi := self._cell(row, "imsi")):
            text, name = imsi, "imsi"
        sim = iccid.as_sim(text)
        if sim is None:
            hint = _SPREADSHEET_HINT if _ROUNDED.fullmatch(text) else ""
            if e164.is_international(text):
                hint = "the ICCID comes first, then the number"
            self._complain(row, name, text, _NO_SIM if text else "is missing", hint)
        return sim

    def _number(self, row: _Row, text: str) -> str | None:
        digits = re.sub(r"[\s()./\-]", "", text)
        if _ROUNDED.fullmatch(text):
            self._complain(row, "number", text, "is no number", _SPREADSHEET_HINT)
        elif digits.startswith("+") and not e164.is_international(digits):
            self._complain(row, "number", text, "is no number of any country", "check the digits after the +")
        elif not re.fullmatch(r"\+?[0-9]{4,18}", digits, re.ASCII):
            self._complain(row, "number", text, "is no number", "write + and the country code")
        else:
            return digits
        return None

    def _rent(self, row: _Row, text: str) -> bool | None:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        self._complain(row, "rent", text, "must be 0 or 1")
        return None

    def _is_first(self, entry: FileEntry, row: _Row) -> bool:
        cards = self._cards.setdefault(iccid.card_key(entry.sim), [])
        twin = next((other for other in cards if iccid.same_card(other.sim, entry.sim)), None)
        cards.append(entry)
        if twin is None:
            return True
        if (twin.number, twin.rent) != (entry.number, entry.rent):
            hint = _SPREADSHEET_HINT if _may_be_rounded(entry.sim) else "keep one of them"
            message = f"stands in line {twin.line} too, with something else"
            self._complain(row, "iccid", entry.sim, message, hint)
        return False

    def look_for_rounding(self) -> None:
        """Several ICCIDs that end in zeros from the 16th digit on were never printed on cards."""
        rounded = [entry for entry in self.entries if _may_be_rounded(entry.sim)]
        if len(rounded) < 2:
            return
        for entry in rounded:
            row = _Row(entry.line, entry.sim, [])
            self._complain(row, "iccid", entry.sim, "ends in zeros, as others do", _SPREADSHEET_HINT)
        self.entries = [entry for entry in self.entries if entry not in rounded]

    def _complain(self, row: _Row, key: str, text: str, message: str, hint: str = "") -> None:
        column = max(row.text.find(text), 0) + 1
        text = excerpt(text)
        words = f"{text} {message}" if text else message
        self.problems.append(
            Problem(
                file=self.file, line=row.line, column=column, key=key, text=text, message=words, hint=hint
            )
        )


def _may_be_rounded(sim: str) -> bool:
    tail = sim[_SPREADSHEET_DIGITS:]
    return len(tail) >= 4 and set(tail) == {"0"}


def _header(cells: list[str]) -> dict[str, int] | None:
    """The columns by name, None where this row is no header."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(cells):
        word = re.sub(r"[\s_\-]", "", cell.lower())
        for name, spellings in _NAMES.items():
            if word in spellings:
                columns.setdefault(name, index)
    return columns or None
