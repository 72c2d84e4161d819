from __future__ import annotations

from drivers.module.profile import Every, Lines, Profile
from drivers.vendors import by_name


def test_what_changes_slowly_is_asked_in_the_first_look_and_every_sixth() -> None:
    every = Every()
    asked = []

    for _ in range(13):
        asked.append(every.due)
        if every.due:
            every.done()
        else:
            every.passed()

    assert [place for place, due in enumerate(asked) if due] == [0, 6, 12]


def test_a_change_hurries_it() -> None:
    every = Every()
    every.done()

    every.hurry()

    assert every.due


def test_a_line_is_given_up_after_two_failures_in_a_row() -> None:
    lines = Lines()
    verdicts = []

    for outcome in (lines.failed, lines.worked, lines.failed, lines.failed):
        lines.each_answered = True
        outcome()
        lines.each_answered = True
        verdicts.append(lines.worth_trying)

    assert verdicts == [True, True, True, False]


def test_a_line_is_tried_only_where_each_question_was_answered() -> None:
    assert not Lines().worth_trying


def test_a_module_without_any_registration_is_asked_for_all_of_them_again() -> None:
    experience, dialect = Profile(), by_name("quectel-4g")
    assert dialect.lte is not None

    experience.refuses_domain(dialect.lte, dialect)
    assert experience.unsupported == {dialect.lte}
    experience.refuses_domain(dialect.circuit, dialect)

    assert experience.unsupported == set()


def test_a_module_that_gives_no_verdict_is_asked_so_that_its_line_ends_the_answer() -> None:
    experience, dialect = Profile(), by_name("generic")
    assert experience.sim_question(dialect) is dialect.sim_state

    experience.gives_no_verdict(dialect)

    closes = experience.sim_question(dialect).closes
    assert closes is not None
    assert closes.match("+CPIN: SIM PIN")
