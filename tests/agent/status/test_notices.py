"""What the operator hears of the agent's own faults, in both languages."""

from __future__ import annotations

import pytest

from agent.status.notices import Notices
from agent.status.snapshot import Words


def notices(not_kept="", not_shared="", **facts):
    return Notices(not_kept=lambda: not_kept, not_shared=lambda: not_shared, **facts)


def test_nothing_is_told_while_all_is_well():
    assert notices().told() == []


@pytest.mark.parametrize(
    ("faults", "en", "ru"),
    [
        ({"not_kept": "full {disk}"}, "full {disk}", "Хранилище: full {disk}"),
        (
            {"not_shared": "no directory"},
            "Ports are not shared: no directory",
            "Порты не разделяются: no directory",
        ),
        (
            {"clash": "two are called 'A'"},
            "New ports are not taken: two are called 'A'",
            "Новые порты не приняты: two are called 'A'",
        ),
        (
            {"bad_rows": 3},
            "3 bad rows in sims_file; `simbank-agent check` names them",
            "В sims_file плохих строк: 3; их назовёт `simbank-agent check`",
        ),
    ],
)
def test_each_fault_is_told_with_what_it_is(faults, en, ru):
    assert notices(**faults).told() == [Words(en=en, ru=ru)]


def test_a_fault_that_ended_is_told_no_more():
    told = notices(not_kept="full", clash="two", bad_rows=1)
    assert len(told.told()) == 3
    told.clash, told.bad_rows = "", 0
    assert [words.en for words in told.told()] == ["full"]
