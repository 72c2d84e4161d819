from __future__ import annotations

import re

from drivers.at.patterns import one_of


def test_one_pattern_matches_where_any_does_and_keeps_their_case():
    both = one_of([re.compile("a|b"), re.compile("x$", re.IGNORECASE)])
    assert both is not None
    assert [bool(both.match(text)) for text in ("a", "b", "A", "X", "xy")] == [True, True, False, True, False]


def test_no_patterns_are_no_pattern():
    assert one_of([]) is None
