"""The sims_file as a sheet: its lines, their cells, and which column is what.

Responsible for what spreadsheets and people make of a CSV file: separators, headers, quotes, comments. Must not know
what may stand in a cell.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = ("iccid", "imsi", "number", "rent", "source", "module", "last_seen")
"""The columns of a sheet of our own; of others the first four are used, and the rest passed over."""
WITHOUT_HEADER: Final = {"iccid": 0, "number": 1, "rent": 2}

_NAMES: Final = {
    "iccid": ("iccid", "icc", "sim", "simid", "ccid"),
    "imsi": ("imsi",),
    "number": ("number", "msisdn", "phone", "phonenumber", "номер", "телефон"),
    "rent": ("rent", "аренда"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line that tells something: its number from 1, its text, its cells."""

    line: int
    text: str
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The lines that tell something; `columns` says where each column that we know stands."""

    header: Row | None
    rows: list[Row]
    columns: dict[str, int]
    separator: str

    def cell(self, row: Row, name: str) -> str:
        """The cell under a column's name, empty where the row or the sheet has none."""
        column = self.columns.get(name, len(row.cells))
        return row.cells[column] if column < len(row.cells) else ""


def sheet(text: str) -> Sheet:
    """Take a file apart.

    A header is known by its names, any order; without one the columns are iccid, number, rent. Commas,
    semicolons and tabs separate. Empty lines and lines with # at their beginning are passed over. Line by line,
    so that a forgotten quote spoils one row and not the file.
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
    rows = [Row(number, line, _cells(line, separator)) for number, line in told]
    named = _named(rows[0].cells) if rows else {}
    return Sheet(
        header=rows[0] if named else None,
        rows=rows[1:] if named else rows,
        columns=named or dict(WITHOUT_HEADER),
        separator=separator,
    )


def _cells(line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator))
    except (csv.Error, StopIteration):
        cells = [line]
    return [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    """The cell without blanks around it, a spreadsheet's ="…" or its leading apostrophe."""
    cell = cell.replace("\u00a0", " ").strip()
    if formula := re.fullmatch(r'="?([^"]*)"?', cell):
        cell = formula[1]
    return cell.removeprefix("'").strip().strip('"').strip()


def _named(cells: list[str]) -> dict[str, int]:
    """The columns by name, none where this row is no header."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(cells):
        word = re.sub(r"[\s_\-]", "", cell.lower())
        for name, spellings in _NAMES.items():
            if word in spellings:
                columns.setdefault(name, index)
    return columns
