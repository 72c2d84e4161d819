"""What the rows of the operator's file say, and what is wrong with them."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.numbers import file_text, sims_file
from agent.numbers.file_text import UnreadableFile
from agent.numbers.resolve import FileEntry, NumberBook, resolve
from agent.store.records import FileRow
from drivers.observation import NumberOrigin, NumberReading

A, B, C = "8946120000005000016", "8946120000005000024", "8946120000005000032"


def good(text):
    entries, problems = sims_file.parse(text, "sims.csv")
    assert problems == ()
    return [(entry.sim, entry.number, entry.rent) for entry in entries]


def bad(text):
    return [str(problem) for problem in sims_file.parse(text, "sims.csv")[1]]


@pytest.mark.parametrize(
    "text",
    [
        f"iccid,number,rent\n{A},+46701740000,1\n",
        f"{A},+46701740000,1",
        f"\ufeffICCID;Number;Rent\r\n{A};+46701740000;yes\r\n",
        f"{A}\t+46701740000\ttrue\n",
        f"  {A} , +46 70-174 00 00 ,  1 \n",
        f'"{A}","+46701740000","1"\n',
        f"sep=;\n{A};+46701740000;1\n",
        f"# ours\n\n,,\n{A},+46701740000,1\n",
        f"number,source,iccid,rent\n+46701740000,cnum,{A},1\n",
        f'="{A}","\'+46701740000",1\n',
        f"{A}F,+46701740000,1\n",
        f"номер;ICC_ID;аренда\n+46701740000;{A};да\n",
    ],
)
def test_reads_what_people_and_spreadsheets_write(text):
    assert good(text) == [(A, "+46701740000", True)]


def test_keeps_a_national_number_for_the_sims_country():
    assert good(f"{A},070 174 00 00\n") == [(A, "0701740000", None)]


def test_a_number_with_a_plus_stays_as_written():
    assert good(f"{A},+46050910804\n") == [(A, "+46050910804", None)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("46701740000.0", "46701740000"),
        ("+46701740000.0", "+46701740000"),
        ("+46 (0)70 174 00 00", "+46701740000"),
        ("+44(0)7700900123", "+447700900123"),
        ("+39 (0)347 123 4567", "+393471234567"),
        ("+46 70–174–00–00", "+46701740000"),
        ("\u202a+46701740000\u202c", "+46701740000"),
        ("+46701740000\u200b", "+46701740000"),
        ("0046701740000", "0046701740000"),
        ("46 (0)70 174 00 00", "46(0)701740000"),
    ],
)
def test_a_number_is_read_as_people_and_programs_write_it(text, number):
    assert good(f"iccid;number\n{A};{text}\n") == [(A, number, None)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0701740000/01", "0701740000/01 is not one number: something follows it"),
        ("06.12.2026", "06.12.2026 is a date, not a number; format the column as text and enter it again"),
        (
            "8 (070) 174-00-09",
            "8 (070) 174-00-09 is not a possible number of the SIM's country; write it with +",
        ),
        ("070174 00O0", '070174 00O0 is not a number: it holds "O" (U+004F)'),
        ("070174\x070000", "070174 0000 is not a number: it holds an invisible character, U+0007"),
        (B, f"{B} is an ICCID or IMSI, not a number; the ICCID comes first"),
        ("+39 (0)6 6982 1234", "+39 (0)6 6982 1234 may be two different numbers; write it with +"),
    ],
)
def test_names_what_is_wrong_with_a_number(text, wrong):
    [problem] = bad(f"iccid;number\n{A};{text}\n")
    assert problem.startswith(f"sims.csv:2:21: number: {wrong}")


def test_the_verdict_of_a_sim_names_the_row_whose_number_is_none():
    entries, _ = sims_file.parse(f"iccid;number\n{A};06.12.2026\n{B};070174\x070000\n", "sims.csv")
    book = NumberBook({}, entries)
    found = [resolve(book, card, "240120000000017", None, None).rejected for card in (A, B)]
    assert found == ["06.12.2026 [date line 2]", "070174 0000 [character U+0007 line 3]"]
    told = (NumberReading("+46701740000", NumberOrigin.CNUM),)
    assert resolve(book, A, "240120000000017", told, None).number.text == "+46701740000"


def test_a_number_without_its_plus_needs_the_country_of_its_sim():
    [problem] = bad("8988303000000000000,0701740000\n")
    assert "0701740000 has no country: the SIM does not name one; write it with +" in problem
    assert good("8988303000000000000,+46701740000\n8988303000000000018,0046701740000\n")
    assert good("iccid,imsi,number\n8988303000000000000,240120000000017,0701740000\n")
    [problem] = bad(f"iccid,imsi,number\n{A},262010000000001,0701740000\n")
    assert "0701740000 has no certain country: the SIM's ICCID and IMSI name two" in problem


def test_a_number_in_the_column_of_the_imsi_is_named():
    text = f"iccid,imsi,number,rent,source,module,last_seen\n{A},0701999999\n{B},0701999998,,,,,\n"
    assert bad(text) == [
        "sims.csv:2:21: imsi: 0701999999 is not an IMSI; a number belongs in the column number",
        "sims.csv:3:21: imsi: 0701999998 is not an IMSI; a number belongs in the column number",
    ]
    assert good(f"iccid,imsi,number\n{A},2.40120E+14,+46701740000\n{B},240120000000017.0,+46701740001\n")


@pytest.mark.parametrize(
    ("header", "row", "number"),
    [
        ("ICCID;Номер;Телефон", "701740099;+46701740000", "+46701740000"),
        ("ICCID;Телефон;Номер", "+46701740000;701740099", "+46701740000"),
        ("ICCID;number;phone", "+46701740000;", "+46701740000"),
        ("ICCID;number;phone", ";+46701740000", "+46701740000"),
        ("ICCID;number;phone", "+46701740000;070-174 00 00", "+46701740000"),
        ("ICCID;phone;phone", "+46701740000;+46701740000", "+46701740000"),
        ("ICCID;Телефон 1;Телефон 2", "+46701740000;", "+46701740000"),
        ("SIM ICCID;№;Моб. телефон", "701740099;+46701740000", "+46701740000"),
        ("ICC-ID;Номер SIM;Phone No.", "701740099;+46701740000", "+46701740000"),
        ("ICCID;number;support phone", "+46701740000;+46701740099", "+46701740000"),
        ("ICCID;№;Тел.", "701740099;+46701740000", "+46701740000"),
    ],
)
def test_of_two_columns_of_numbers_one_counts(header, row, number):
    assert good(f"{header}\n{A};{row}\n") == [(A, number, None)]


def test_a_remark_does_not_make_a_header():
    assert good(f"{A};+46701740000;0;мой телефон\n") == [(A, "+46701740000", False)]


def test_two_numbers_in_two_columns_are_named():
    [problem] = bad(f"iccid;number;phone\n{A};+46701740000;+46701740001\n")
    assert "number: +46701740000 and +46701740001 are two numbers; keep one of them" in problem
    [problem] = bad(f"iccid;Phone;Mobile\n{A};0812345678;+46701740000\n")
    assert "0812345678 and +46701740000 are two numbers" in problem


def test_the_column_sim_may_be_a_slot_beside_the_iccid():
    assert good(f"sim;iccid;number\n12;{A};+46701740000\n") == [(A, "+46701740000", None)]


def test_what_cannot_be_seen_does_no_harm_anywhere():
    assert good(f"\u200biccid,number,rent\n\ufeff{A}\u200b,+46701740000,\u200b1.0\n") == [
        (A, "+46701740000", True)
    ]


@pytest.mark.parametrize("sim", ["8946120000005000000.0", "8946120000005000000,0"])
def test_an_iccid_with_a_decimal_point_was_rounded(sim):
    [problem] = bad(f"iccid;number\n{sim};+46701740000\n")
    assert "a spreadsheet has rounded it" in problem


def test_a_letter_in_an_iccid_is_named():
    [problem] = bad("894612OO00005000016,+46701740000\n")
    assert problem.endswith('it holds "O" (U+004F)')


def test_a_row_without_a_number_is_no_mistake():
    assert good(f"iccid,number,rent\n{A},,\n{B},,1\n") == [(B, None, True)]


def test_a_sim_may_be_named_by_its_imsi():
    assert good("240120000000017,+46701740000\n") == [("240120000000017", "+46701740000", None)]
    assert good("iccid,imsi,number\n,240120000000017,+46701740000\n") == [
        ("240120000000017", "+46701740000", None)
    ]


def test_names_each_bad_row_by_its_line_all_at_once():
    text = (
        f"iccid,number,rent\n{A},+46701740000\n0044,+46701740001\n{B},hello\n{C},+46701740002,maybe\n,+4670\n"
    )
    assert bad(text) == [
        "sims.csv:3:1: iccid: 0044 is neither an ICCID (89…, 18 to 20 digits) nor an IMSI",
        'sims.csv:4:21: number: hello is not a number: it holds "h" (U+0068); write it with + and country code',
        "sims.csv:5:34: rent: maybe must be 0 or 1",
        "sims.csv:6:1: iccid: is missing",
        "sims.csv:6:2: number: +4670 is not a number of any country; check the digits after the +",
    ]
    entries, _ = sims_file.parse(text, "sims.csv")
    assert entries == (FileEntry(A, "+46701740000", None, 2), FileEntry(B, "hello", None, 4))


@pytest.mark.parametrize("sim", ["8.94612E+18", "8,94612E+18"])
def test_recognises_that_a_spreadsheet_has_rounded_an_iccid(sim):
    [problem] = bad(f"iccid;number\n{sim};+46701740000\n")
    assert problem.startswith(f"sims.csv:2:1: iccid: {sim} is neither")
    assert "a spreadsheet has rounded it" in problem


def test_recognises_that_a_spreadsheet_has_rounded_a_number():
    [problem] = bad(f"{A},4.67017E+10\n")
    assert problem.startswith("sims.csv:1:21: number: 4.67017E+10 is not a number: a spreadsheet")


def test_several_iccids_that_end_in_zeros_were_rounded():
    text = "8946120000005000000,+46701740000\n8946120000006000000,+46701740001\n"
    entries, problems = sims_file.parse(text, "sims.csv")
    assert entries == ()
    assert [problem.line for problem in problems] == [1, 2]
    assert good("8946120000005000000,+46701740000\n")


def test_one_card_twice_with_two_numbers_is_a_mistake():
    assert bad(f"{A},+46701740000\n{A}3,+46701740001\n") == [
        f"sims.csv:2:1: iccid: {A}3 is in line 1 too, with another number or rent; keep one of them"
    ]
    assert good(f"{A},+46701740000\n{A},+46701740000\n") == [(A, "+46701740000", None)]


def test_a_header_without_the_needed_names_is_a_mistake():
    assert bad(f"iccid,contact\n{A},+46701740000\n") == [
        "sims.csv:1:1: the header must name iccid and number"
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"iccid,contact\n{A},+46701740000\n", ["+46701740000"]),
        (f"ICCID;№;Абонент\n{A};701740099;+46701740000\n", []),
        (f"Карта;Модуль;Номер\n{A};701740099;+46701740000\n", ["+46701740000"]),
    ],
)
def test_no_column_among_several_is_guessed_to_be_that_of_the_numbers(text, numbers):
    entries, problems = sims_file.parse(text, "sims.csv")
    assert [entry.number for entry in entries] == numbers
    assert [problem.message for problem in problems] == ["the header must name iccid and number"]


def test_swapped_columns_are_recognised():
    assert "the ICCID comes first" in bad(f"+46701740000,{A}\n")[0]


def test_an_unclosed_quote_costs_one_row():
    entries, problems = sims_file.parse(f'{A},"+46701740000\n{B},+46701740001\n"x,1\n', "sims.csv")
    assert [entry.sim for entry in entries] == [A, B]
    assert [problem.line for problem in problems] == [3]


@given(
    st.text(alphabet=st.characters(), max_size=300)
    | st.text(alphabet='89461200,;\t\n\r"=+E.#\x00', max_size=300)
)
def test_no_text_raises_and_every_problem_lies_in_the_file(text):
    entries, problems = sims_file.parse(text, "sims.csv")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    assert all(entry.number or entry.rent is not None for entry in entries)


def test_the_line_of_each_sim_is_found_whatever_its_row_lacks(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text(f"iccid,imsi,number\n{A},240120000000017,\n{B},,hello\n{A},,+46701740000\nnothing,,\n")
    assert sims_file.lines_of_sims(path) == {A[:18]: 2, "240120000000017": 2, B[:18]: 3}
    assert sims_file.lines_of_sims(tmp_path / "none.csv") == {}


def test_a_file_is_read_without_its_byte_order_mark(tmp_path):
    (tmp_path / "sims.csv").write_bytes("\ufefficcid,номер\r\n".encode())
    assert sims_file._read_text(tmp_path / "sims.csv").lstrip("\ufeff") == "iccid,номер\r\n"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_a_device_is_not_read(device):
    with pytest.raises(UnreadableFile, match="it is a device"):
        sims_file._read_text(Path(device))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UnreadableFile, match="it is a folder"):
        sims_file._read_text(tmp_path)


BEFORE = (FileRow(2, A, "+46701740000", None), FileRow(3, B, "+46701740001", True))


def counting(read):
    return [(row.sim, row.number, row.rent) for row in read.rows]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251", "cp866"])
def test_a_file_is_read_as_spreadsheets_save_it(tmp_path, codec):
    text = f"iccid;номер;аренда;комментарий\r\n{A};+46701740000;да;полка 3\r\n"
    (tmp_path / "sims.csv").write_bytes(text.encode(codec))
    read = sims_file.read_sims_file(tmp_path / "sims.csv")
    assert counting(read) == [(A, "+46701740000", True)]
    assert (read.bad_rows, read.trouble) == ((), None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (b"PK\x03\x04\x14", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "workbook"),
        (bytes(4096), "not text"),
        (f"{A},+4670\0\0\0".encode(), "not text"),
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"a," * 1_100_000, "larger"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_rows_that_it_had(tmp_path, content, words):
    path = tmp_path / "sims.csv"
    if content is not None:
        path.write_bytes(content)
    read = sims_file.read_sims_file(path, BEFORE)
    assert counting(read) == [(A, "+46701740000", None), (B, "+46701740001", True)]
    assert words in str(read.trouble)
    assert read.rows == BEFORE
    assert "2" in read.meanwhile.en


def test_an_empty_file_that_had_no_rows_is_no_trouble(tmp_path):
    (tmp_path / "sims.csv").write_bytes(b"")
    assert sims_file.read_sims_file(tmp_path / "sims.csv") == sims_file.SimsFile()


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "sims.csv")
    assert "a pipe" in str(sims_file.read_sims_file(tmp_path / "sims.csv").trouble)


def test_while_a_row_is_bad_the_others_count_and_so_does_what_its_card_had(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text(f"iccid,number\n{C},+46701740002\n{A},nonsense\n")
    read = sims_file.read_sims_file(path, BEFORE)
    assert counting(read) == [
        (C, "+46701740002", None),
        (A, "+46701740000", None),
        (B, "+46701740001", True),
    ]
    assert len({row.line for row in read.entries}) == 4
    book = NumberBook({}, read.entries)
    told = (NumberReading("+46701740099", NumberOrigin.CNUM),)
    assert resolve(book, A, None, told, None).number.text == "+46701740000"
    path.write_text(f"iccid,number\n{C},+46701740002\n")
    assert counting(sims_file.read_sims_file(path, read.rows)) == [(C, "+46701740002", None)]


def test_a_number_that_another_card_got_does_not_stay_with_the_one_before(tmp_path):
    (tmp_path / "sims.csv").write_text(f"iccid,number\n{C},+46701740000\n{A},nonsense\n")
    read = sims_file.read_sims_file(tmp_path / "sims.csv", BEFORE)
    assert counting(read) == [(C, "+46701740000", None), (B, "+46701740001", True)]


def test_a_good_row_replaces_the_one_that_its_card_had(tmp_path):
    (tmp_path / "sims.csv").write_text(f"iccid,number\n{A[:18]},+46701740009\nnonsense,1\n")
    read = sims_file.read_sims_file(tmp_path / "sims.csv", BEFORE)
    assert counting(read) == [(A[:18], "+46701740009", None), (B, "+46701740001", True)]


@given(st.binary(max_size=400))
def test_no_bytes_are_too_much(content):
    with contextlib.suppress(UnreadableFile):
        entries, problems = sims_file.parse(file_text.decode(content).text, "sims.csv")
        assert all(entry.line >= 1 for entry in entries)
        assert all(problem.message for problem in problems)


def test_a_line_without_end_is_one_bad_row_and_is_not_taken_apart():
    text = f"iccid,number\n{A},+46701740000\n" + "a," * 500_000 + "\n" + f"{B},{' ' * 100_000}+46701740001\n"
    entries, problems = sims_file.parse(text, "sims.csv")
    assert [entry.sim for entry in entries] == [A]
    assert [(one.line, "longer than 4096" in one.message) for one in problems] == [(3, True), (4, True)]
