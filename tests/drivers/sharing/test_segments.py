"""No byte of the module is lost or made up on its way to lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.sharing.segments import LIMIT, Segment, Segments

NOISE = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"OK", b"> ", b"\0", b"\xff", b"+CREG: 1"]), max_size=20
).map(b"".join)


@given(NOISE, st.lists(st.integers(1, 5), min_size=1, max_size=10))
def test_fuzz_lines_put_together_are_the_stream(stream, cuts):
    segments, told, turn = Segments(), b"", 0
    at = 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        told += b"".join(one.text + one.end for one in segments.feed(stream[at : at + size]))
        at, turn = at + size, turn + 1
    assert told + segments.unfinished == stream


def test_a_line_is_complete_with_its_cr_and_its_late_lf_follows():
    segments = Segments()
    assert segments.feed(b"\r\nOK\r") == [Segment(b"", b"\r\n"), Segment(b"OK", b"\r")]
    assert segments.feed(b"\nmore") == [Segment(b"", b"\n", late=True)]
    assert segments.take_unfinished() == b"more"
    assert segments.unfinished == b""


def test_a_line_without_an_end_is_handed_on_in_pieces():
    segments = Segments()
    told = segments.feed(b"x" * (LIMIT + 10))
    assert told == [Segment(b"x" * LIMIT, b"")]
    assert len(segments.unfinished) == 10
