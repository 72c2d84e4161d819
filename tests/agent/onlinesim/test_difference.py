"""What two lists do not have in common: as comparing each object with each other would find it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.onlinesim.difference import difference
from agent.onlinesim.messages import NumberEntry

ENTRIES = [NumberEntry(number=f"+4670{n}", country_id=46, port_id=f"Port{n}", rent=0) for n in range(8)]
LISTS = st.lists(st.sampled_from(ENTRIES), unique_by=id)


def not_in(entries, others):
    return [one for one in entries if not any(one is other for other in others)]


@given(before=LISTS, after=LISTS)
def test_it_is_what_a_comparison_of_all_with_all_finds(before, after):
    assert difference(before, after) == (not_in(before, after), not_in(after, before))


def test_equal_entries_that_are_two_objects_differ():
    twin = NumberEntry(number="+46700", country_id=46, port_id="Port0", rent=0)
    assert twin == ENTRIES[0]
    assert difference(ENTRIES[:1], [twin]) == ([ENTRIES[0]], [twin])
