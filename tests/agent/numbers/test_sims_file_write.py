"""The file to fill in can be read again."""

from agent.numbers import sims_file, sims_file_write
from agent.numbers.resolve import FileEntry
from agent.numbers.sims_file_write import SimRow

A, B, C = "8946120000005000016", "8946120000005000024", "8946120000005000032"


def test_what_is_written_can_be_read():
    seen = [
        SimRow(
            iccid=A,
            imsi="240120000000017",
            number="+46701740000",
            rent=True,
            source="cnum",
            module="Port 1, a",
        ),
        SimRow(iccid=B, module="Port2", last_seen="2024-01-01 12:00"),
        SimRow(iccid=C, number="+46701740002", rent=False),
    ]
    text = sims_file_write.write(seen)
    assert text.splitlines()[0] == "iccid,imsi,number,rent,told,source,module,last_seen"
    entries, problems = sims_file.parse(text, "sims.csv")
    assert problems == ()
    assert entries == (FileEntry(A, "+46701740000", True, 2), FileEntry(C, "+46701740002", False, 4))


def test_a_cell_is_one_line_whatever_a_module_is_called():
    text = sims_file_write.write([SimRow(iccid=A, module="two\n lines")])
    assert text.splitlines()[1] == f"{A},,,,,,two lines,"


def test_new_rows_have_the_columns_of_a_file_whose_rows_are_shorter_than_its_header():
    text, count = sims_file_write.added(f"module\tnote\tSIM\n\t\t{A}\n", [SimRow(iccid=B, module="Port2")])
    assert text == f"module\tnote\tSIM\n\t\t{A}\nPort2\t\t{B}\n"
    assert count == 1


def test_what_the_card_tells_stands_beside_the_number_and_is_not_read_as_one():
    text = sims_file_write.write([SimRow(iccid=A, told="+46701740000", source="cnum")])
    assert text.splitlines()[1] == f"{A},,,,+46701740000,cnum,,"
    assert sims_file.parse(text, "sims.csv") == ((), ())
