"""Rows read straight from the pages of a file whose structure is broken: header, schema or trees.

A page of a table's rows describes itself (sqlite.org/fileformat2.html §1.6, §2), and a row's checksum tells which table
it belongs to and that it is whole. Pages that are free hold rows of the past: of two with one key the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.store.table import Row, Table, checksum
from agent.store.tables import FILE_ROW, TABLES

PAGE: Final = 4096
"""sqlite's default since 3.12, with which the file was made."""
_LEAF: Final = 0x0D
_FIRST_HEADER: Final = 100
_FRAME_HEADER: Final = 24
_WAL_HEADER: Final = 32
_WHOLE: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer by its serial type."""
# Rows of the sims_file that were deleted must not come back: it overrules what cards tell.
_RECOVERED: Final = tuple(table for table in TABLES if table is not FILE_ROW)


def recover(path: Path) -> dict[str, dict[Row, Row]]:
    """Return the rows that can be made out, by table and key. Raises OSError."""
    found: dict[str, dict[Row, Row]] = {table.name: {} for table in TABLES}
    for number, page in sorted(_pages(path).items()):
        for values in _records(page, _FIRST_HEADER if number == 1 else 0):
            for table in _RECOVERED:
                if len(values) == len(table.columns) + 1 and values[-1] == checksum(table, values[:-1]):
                    _take(found[table.name], table, values[:-1])
    return found


def _take(rows: dict[Row, Row], table: Table, row: Row) -> None:
    if table.takes(row):
        known = rows.get(table.key_of(row))
        if known is None or table.age(known) <= table.age(row):
            rows[table.key_of(row)] = row


def _pages(path: Path) -> dict[int, bytes]:
    """Return the pages by number from 1, with those of the journal in place of older ones."""
    data = path.read_bytes()
    pages = {at // PAGE + 1: data[at : at + PAGE] for at in range(0, len(data) - PAGE + 1, PAGE)}
    journal = path.with_name(path.name + "-wal")
    if journal.exists():
        frames = journal.read_bytes()
        salts = frames[16:24]
        for at in range(_WAL_HEADER, len(frames) - PAGE - _FRAME_HEADER + 1, PAGE + _FRAME_HEADER):
            if frames[at + 8 : at + 16] != salts:
                break  # from here on the frames are of an earlier round
            start = at + _FRAME_HEADER
            pages[int.from_bytes(frames[at : at + 4])] = frames[start : start + PAGE]
    return pages


def _records(page: bytes, start: int) -> Iterator[Row]:
    if page[start] != _LEAF:
        return
    count = int.from_bytes(page[start + 3 : start + 5])
    for index in range(min(count, PAGE // 4)):
        at = start + 8 + 2 * index
        try:
            yield _record(page, int.from_bytes(page[at : at + 2]))
        except (IndexError, ValueError):
            continue


def _record(page: bytes, at: int) -> Row:
    """Read a cell. Raises IndexError or ValueError for what is none, or does not lie in this page alone."""
    size, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if at + size > len(page):
        raise ValueError("it goes on in another page")
    head, types = _varint(page, at)
    body = end = at + head
    values: list[str | int | None] = []
    while types < end:
        kind, types = _varint(page, types)
        value, body = _value(page, kind, body)
        values.append(value)
    # The only column of a whole-number key is kept as the number of the row.
    return tuple([rowid, *values[1:]] if values and values[0] is None else values)


def _value(page: bytes, kind: int, at: int) -> tuple[str | int | None, int]:
    if kind in _WHOLE:
        end = at + _WHOLE[kind]
        return int.from_bytes(page[at:end], signed=True), end
    if kind in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind < 13 or kind % 2 == 0:
        raise ValueError("no column has such a value")
    end = at + (kind - 13) // 2
    if end > len(page):
        raise ValueError("it goes on in another page")
    return page[at:end].decode(), end


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for _ in range(8):
        byte = page[at]
        value, at = value << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            return value, at
    return value << 8 | page[at], at + 1
