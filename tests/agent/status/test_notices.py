"""The agent's own faults on the page, in both languages."""

from __future__ import annotations

import pytest

from agent.status.notices import Notices
from agent.status.snapshot import Bilingual


def notices(not_kept="", not_shared="", **facts):
    return Notices(not_kept=lambda: not_kept, not_shared=lambda: not_shared, **facts)


def test_there_are_none_while_all_is_well():
    assert notices().current() == []


@pytest.mark.parametrize(
    ("faults", "en", "ru"),
    [
        ({"not_kept": "full {disk}"}, "full {disk}", "Хранилище: full {disk}"),
        (
            {"not_shared": "no directory"},
            "Ports are not shared: no directory",
            "Общие порты не работают: no directory",
        ),
        (
            {"clash": "two are called 'A'"},
            "New ports are ignored: two are called 'A'",
            "Новые порты не используются: two are called 'A'",
        ),
        (
            {"bad_rows": 3},
            "3 bad rows in sims_file; `simbank-agent check` lists them",
            "Строк с ошибками в sims_file: 3; их покажет `simbank-agent check`",
        ),
    ],
)
def test_each_fault_is_named(faults, en, ru):
    assert notices(**faults).current() == [Bilingual(en=en, ru=ru)]


def test_an_outage_is_named_while_it_lasts():
    (notice,) = notices().current(outage=16)
    assert notice.en == "16 modules went off the air together: row switch, hub, power?"
    assert "16" in notice.ru
    assert notices().current(outage=None) == []


def test_a_fault_that_ended_is_gone():
    faults = notices(not_kept="full", clash="two", bad_rows=1)
    assert len(faults.current()) == 3
    faults.clash, faults.bad_rows = "", 0
    assert [notice.en for notice in faults.current()] == ["full"]
