"""The sims_file as a sheet: lines, cells and columns as spreadsheets and people write them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from agent.formats.iccid import as_sim
from agent.formats.written_number import without_invisible

COLUMNS: Final = ("iccid", "imsi", "number", "rent", "told", "source", "module", "last_seen")
"""The columns that the agent writes; in a file of somebody else the first four are read, the rest is ignored."""
LONGEST_LINE: Final = 4096
"""Characters. A longer line has no cells: taking a million of them apart would hold the agent for a minute."""
WITHOUT_HEADER: Final = {"iccid": 0, "number": 1, "rent": 2}

_NAMES: Final = {
    "iccid": ("iccid icc ccid simid", "*iccid*", "sim simcard сим симкарта"),
    "imsi": ("imsi", "*imsi*"),
    "number": (
        "number msisdn phone phonenumber mobile mobilephone mobilenumber телефон номертелефона",
        "*phone* *msisdn* *mobile* *телефон* tel тел",
        "номер",
    ),
    "rent": ("rent аренда",),
}
"""How people name the columns, by their letters: the first group that a header has counts, since номер may be a running
number and SIM a slot where another column says what it is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line with content: its number from 1, its text, its cells."""

    line: int
    text: str
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The lines with content; `columns` has the index of each known column, `more_numbers` those of further numbers."""

    header: Row | None
    rows: list[Row]
    columns: dict[str, int]
    separator: str
    more_numbers: tuple[int, ...] = ()

    def cell(self, row: Row, name: str) -> str:
        """Return the cell of a column, empty where the row or the sheet has none."""
        column = self.columns.get(name, len(row.cells))
        return row.cells[column] if column < len(row.cells) else ""

    def numbers(self, row: Row) -> list[str]:
        """Return the cells of all columns of numbers, the empty ones left out."""
        more = [row.cells[column] for column in self.more_numbers if column < len(row.cells)]
        return [cell for cell in (self.cell(row, "number"), *more) if cell]


def sheet(text: str) -> Sheet:
    """Split a file into rows and cells.

    A header has column names in any order; without one the columns are iccid, number, rent. Separators are commas,
    semicolons and tabs. Empty lines and lines that begin with # are skipped. Each line is parsed by itself, so that a
    forgotten quote costs one row and not the file.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    content = [(number, line) for number, line in enumerate(lines, start=1) if line.strip(" \t,;")]
    content = [(number, line) for number, line in content if not line.lstrip().startswith("#")]
    separator = ","
    if content and (chosen := re.fullmatch(r"sep=([,;\t|])", content[0][1].strip(" "), re.IGNORECASE)):
        separator = chosen[1]  # Excel's way to set it
        content = content[1:]
    elif content:
        separator = max(",;\t", key=content[0][1].count)
    rows = [Row(number, line, _cells(line, separator)) for number, line in content]
    named = _named(rows[0].cells) if rows else {}
    return Sheet(
        header=rows[0] if named else None,
        rows=rows[1:] if named else rows,
        columns={name: columns[0] for name, columns in named.items()} or dict(WITHOUT_HEADER),
        separator=separator,
        more_numbers=tuple(named.get("number", ())[1:]),
    )


def _cells(line: str, separator: str) -> list[str]:
    if len(line) > LONGEST_LINE:
        return []
    try:
        cells = next(csv.reader([line], delimiter=separator))
    except (csv.Error, StopIteration):
        cells = [line]
    return [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    """Strip blanks, a spreadsheet's ="…" and its leading apostrophe."""
    cell = without_invisible(cell).replace("\u00a0", " ").strip()
    if formula := re.fullmatch(r'="?([^"]*)"?', cell):
        cell = formula[1]
    return cell.removeprefix("'").strip().strip('"').strip()


def _named(cells: list[str]) -> dict[str, list[int]]:
    """Return the columns by name, none where this row is not a header."""
    if any(as_sim(cell) for cell in cells):
        return {}
    words = [re.sub(r"[\W\d_]", "", cell.lower()) for cell in cells]
    named: dict[str, list[int]] = {}
    for name, groups in _NAMES.items():
        found = ([at for at, word in enumerate(words) if _is_any(word, group)] for group in groups)
        columns = next(filter(None, found), None)
        if columns:
            named[name] = columns
    return named


def _is_any(word: str, names: str) -> bool:
    return any(fnmatchcase(word, name) for name in names.split())
