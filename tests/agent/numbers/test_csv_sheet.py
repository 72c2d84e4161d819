"""Lines, cells and columns, as spreadsheets and people write them."""

import pytest

from agent.numbers.csv_sheet import WITHOUT_HEADER, sheet


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_that_the_first_line_is_full_of(separator):
    read = sheet(f"a{separator}b{separator}c\nd{separator}e\n")
    assert read.separator == separator
    assert [row.cells for row in read.rows] == [["a", "b", "c"], ["d", "e"]]


def test_a_separator_that_is_named_is_used():
    read = sheet("sep=|\na,1|b\n")
    assert read.separator == "|"
    assert [row.cells for row in read.rows] == [["a,1", "b"]]


def test_rows_keep_the_numbers_of_their_lines_whatever_is_skipped():
    read = sheet("# ours\r\n\r\nx,y\r\n , ;\r\n  # more\r\nz\r\n")
    assert [(row.line, row.text) for row in read.rows] == [(3, "x,y"), (6, "z")]


def test_a_header_names_the_columns_and_is_not_a_row():
    read = sheet("note,ICC_ID,MSISDN,phone\na,b,c,d\n")
    assert read.header.line == 1
    assert read.columns == {"iccid": 1, "number": 2}
    (row,) = read.rows
    assert [read.cell(row, name) for name in ("iccid", "number", "imsi")] == ["b", "c", ""]


def test_without_a_header_the_columns_have_their_order():
    read = sheet("a,b\n")
    assert read.header is None
    assert read.columns == WITHOUT_HEADER
    assert [read.cell(read.rows[0], name) for name in ("iccid", "number", "rent")] == ["a", "b", ""]


@pytest.mark.parametrize("text", ["", "\ufeff", "# nothing\n", "sep=;\n", ",,\n"])
def test_a_file_without_content_has_no_rows(text):
    read = sheet(text)
    assert (read.header, read.rows) == (None, [])


def test_an_unclosed_quote_ends_with_its_line():
    assert [row.cells[0] for row in sheet('"a,b\nc,d\n').rows] == ["a,b", "c"]
