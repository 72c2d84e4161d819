from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reads import cut, one_by_one

from drivers.at.framing import LineSplitter, Overlong, Piece, Prompt


def split(*reads: bytes, limit: int = 4096) -> list[Piece]:
    splitter = LineSplitter(limit)
    return [piece for read in reads for piece in splitter.feed(read)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\r\nOK\r\n", ["OK"]),
        (b"\r\nOK\r", ["OK"]),
        (b"+CSQ: 30,99\r\n0\r", ["+CSQ: 30,99", "0"]),
        (b"ATI\r\r\nSIM800 R14.18\r\n\r\nOK\r\n", ["ATI", "SIM800 R14.18", "OK"]),
        (b"\r\r\n+CRING: VOICE\r\r\n", ["+CRING: VOICE"]),
        (b"\nNO CARRIER\r\n", ["NO CARRIER"]),
        (b"\0\0\r\nOK\0\r\n", ["OK"]),
        (b"OK\r\n\r\n+CMTI: 1\r\n", ["OK", "+CMTI: 1"]),
        (b"\r\n> ", [Prompt()]),
        (b">\r\n", [Prompt()]),
        (b"\r\n> OK\r\n", [Prompt(), "OK"]),
        (b"\xff\xfe\x80\r\n", ["\xff\xfe\x80"]),
        (b"no end", []),
        (b"", []),
    ],
)
def test_bytes_become_lines(data, expected):
    assert split(data) == expected
    assert split(*one_by_one(data)) == expected
    assert split(data + b"\r\nmore\r\n")[: len(expected)] == expected


def test_an_endless_line_is_reported_once_and_dropped_to_its_end():
    assert split(b"x" * 50, b"x" * 60, b"x" * 5000, b"\r\nOK\r\n", limit=100) == [Overlong("x" * 64), "OK"]
    assert split(b"x" * 5110 + b"\r\nOK\r\n", limit=100) == [Overlong("x" * 64), "OK"]


def test_a_line_of_exactly_the_limit_is_a_line():
    assert split(b"x" * 100 + b"\r", limit=100) == ["x" * 100]


def test_a_flood_keeps_no_more_than_the_limit_in_memory():
    splitter = LineSplitter(limit=100)
    for _ in range(1000):
        splitter.feed(b"\0\xffnoise without an end" * 50)
        assert len(splitter._tail) <= 100


soup = st.lists(
    st.sampled_from([b"\r", b"\n", b"\0", b"> ", b">", b" ", b"OK", b"AT", b"\xff", b"a" * 30])
    | st.binary(max_size=6)
).map(b"".join)


@given(data=soup, cuts=st.lists(st.integers(0, 300)))
def test_fuzz_any_split_into_reads_gives_the_same_lines(data, cuts):
    whole = split(data, limit=40)
    assert split(*cut(data, cuts), limit=40) == whole
    assert split(*one_by_one(data), limit=40) == whole
