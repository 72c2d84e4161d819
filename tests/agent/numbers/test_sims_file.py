"""What the rows of the operator's file say, and what is wrong with them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.numbers import sims_file

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
        "sims.csv:4:21: number: hello is not a number; write + and the country code",
        "sims.csv:5:34: rent: maybe must be 0 or 1",
        "sims.csv:6:1: iccid: is missing",
        "sims.csv:6:2: number: +4670 is not a number of any country; check the digits after the +",
    ]
    assert [entry.sim for entry in sims_file.parse(text, "sims.csv")[0]] == [A]


@pytest.mark.parametrize("sim", ["8.94612E+18", "8,94612E+18"])
def test_recognises_that_a_spreadsheet_has_rounded_an_iccid(sim):
    [problem] = bad(f"iccid;number\n{sim};+46701740000\n")
    assert problem.startswith(f"sims.csv:2:1: iccid: {sim} is neither")
    assert "a spreadsheet has rounded it" in problem


def test_recognises_that_a_spreadsheet_has_rounded_a_number():
    [problem] = bad(f"{A},4.67017E+10\n")
    assert problem.startswith("sims.csv:1:21: number: 4.67017E+10 is not a number; a spreadsheet")


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
    assert bad(f"iccid,phone no\n{A},+46701740000\n") == [
        "sims.csv:1:1: the header must name iccid and number"
    ]


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


def test_a_file_is_read_without_its_byte_order_mark(tmp_path):
    (tmp_path / "sims.csv").write_bytes("\ufefficcid,номер\r\n".encode())
    assert sims_file._read_text(tmp_path / "sims.csv") == "iccid,номер\n"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_a_device_is_not_read(device):
    with pytest.raises(OSError, match="it is a device"):
        sims_file._read_text(Path(device))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe"):
        sims_file._read_text(tmp_path / "pipe")


def test_a_folder_or_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(IsADirectoryError):
        sims_file._read_text(tmp_path)
    with pytest.raises(FileNotFoundError):
        sims_file._read_text(tmp_path / "nothing")


def test_another_encoding_is_an_error(tmp_path):
    (tmp_path / "sims.csv").write_bytes("iccid".encode("utf-16"))
    with pytest.raises(UnicodeDecodeError):
        sims_file._read_text(tmp_path / "sims.csv")
