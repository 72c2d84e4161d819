"""What the operator reads of the agent's own faults, in both languages."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from agent.decision.verdict import Reason
from agent.language import Bilingual, translation
from agent.onlinesim.advice import NOT_TAKEN
from agent.status.notices import Notices, clock_text, unasked_text


def notices(*, store="", shared="", clash="", bad_rows=0, not_taken=(), gap=None):
    found = Notices(
        store=SimpleNamespace(problem=store),
        shared_ports=SimpleNamespace(problem=shared),
        bank_log=SimpleNamespace(outage=gap),
    )
    found.set_clash(clash)
    found.bad_rows = bad_rows
    found.not_taken = not_taken
    return found


def test_there_are_none_while_all_is_well():
    assert notices().current() == []


@pytest.mark.parametrize(
    ("faults", "en", "ru"),
    [
        ({"store": "full {disk}"}, "Database: full {disk}", "База данных: full {disk}"),
        (
            {"shared": "no directory"},
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
            "В sims_file 3 строки с ошибками; их покажет `simbank-agent check`",
        ),
        (
            {"not_taken": ("+46701", "+46702")},
            f"Onlinesim did not take +46701, +46702: {NOT_TAKEN}",
            f"Onlinesim не принял +46701, +46702: {translation('ru').gettext(NOT_TAKEN)}",
        ),
        (
            {"gap": 5},
            "5 modules dropped out together: check the row switch, the hub, the power",
            "Одновременно пропало 5 модулей: проверьте переключатель рядов, хаб, питание",
        ),
    ],
)
def test_each_fault_is_shown_with_what_it_is(faults, en, ru):
    assert notices(**faults).current() == [Bilingual(en=en, ru=ru)]


@pytest.mark.parametrize(
    ("reasons", "en", "ru"),
    [
        ([], "no port was found", "не найдено ни одного порта"),
        (
            ["port_busy"],
            "the only port is held by another program",
            "все порты (1) заняты другими программами",
        ),
        (
            ["port_busy", "no_permission"],
            "held by other programs or may not be opened",
            "или закрыты для агента",
        ),
        (
            ["silent", "port_busy"],
            "none of 2 modules has reported the state of its SIM",
            "ни один из 2 модулей не сообщил",
        ),
    ],
)
def test_why_nobody_could_be_asked(reasons, en, ru):
    text = unasked_text(map(Reason, reasons))
    assert en in text.en
    assert ru in text.ru
    assert text.en.endswith("Run one agent for each account")


def test_what_stops_all_reports_comes_first():
    found = notices(store="full")
    found.unasked, found.wrong_clock = unasked_text([]), clock_text(-7200.0)
    assert [notice.en[:20] for notice in found.current()] == [
        "Nothing is reported,",
        "The clock of this ho",
        "Database: full",
    ]
    assert "2 hours behind Onlinesim's" in found.current()[1].en
    assert "отстают на 2 часа" in found.current()[1].ru


def test_a_fault_that_ended_is_gone():
    found = notices(store="full", clash="two", bad_rows=1)
    assert len(found.current()) == 3
    found.set_clash("")
    found.bad_rows = 0
    assert [notice.en for notice in found.current()] == ["Database: full"]


def test_too_few_descriptors_are_told_with_what_to_do():
    found = notices()
    found.set_few_descriptors((256, 64, 448))
    (notice,) = found.current()
    assert notice.en.startswith(
        "256 open files are allowed, 64 modules need 448; some ports stay closed: raise the limit"
    )
    assert notice.ru.startswith("Разрешено открытых файлов: 256, а 64 модулям нужно 448")
    found.set_few_descriptors(None)
    assert found.current() == []
