from __future__ import annotations

from drivers.module.profile import Chaining, Profile, SlowInterval
from drivers.vendors import by_name


def test_what_changes_slowly_is_asked_in_the_first_poll_and_every_sixth() -> None:
    interval = SlowInterval()
    asked = []

    for _ in range(13):
        asked.append(interval.due)
        if interval.due:
            interval.asked()
        else:
            interval.skipped()

    assert [place for place, due in enumerate(asked) if due] == [0, 6, 12]


def test_a_change_makes_it_due() -> None:
    interval = SlowInterval()
    interval.asked()

    interval.make_due()

    assert interval.due


def test_a_chain_is_given_up_after_two_failures_in_a_row() -> None:
    chaining = Chaining()
    worth_trying = []

    for outcome in (chaining.failed, chaining.succeeded, chaining.failed, chaining.failed):
        chaining.each_answered = True
        outcome()
        chaining.each_answered = True
        worth_trying.append(chaining.worth_trying)

    assert worth_trying == [True, True, True, False]


def test_a_chain_is_hoped_for_and_tried_again_where_each_question_was_answered() -> None:
    chaining = Chaining()
    assert chaining.worth_trying
    chaining.failed()
    assert not chaining.worth_trying
    chaining.each_answered = True
    assert chaining.worth_trying
    chaining.failed()
    chaining.each_answered = True
    assert not chaining.worth_trying


def test_a_module_without_any_registration_is_asked_for_all_of_them_again() -> None:
    profile, dialect = Profile(), by_name("quectel-4g")
    assert dialect.lte is not None

    profile.refuses_domain(dialect.lte, dialect)
    assert profile.unsupported == {dialect.lte}
    profile.refuses_domain(dialect.circuit, dialect)

    assert profile.unsupported == set()


def test_a_module_that_omits_the_final_result_is_asked_so_that_its_line_ends_the_answer() -> None:
    profile, dialect = Profile(), by_name("generic")
    assert profile.sim_command(dialect) is dialect.sim_state

    profile.omits_final_result(dialect)

    closes = profile.sim_command(dialect).closes
    assert closes is not None
    assert closes.match("+CPIN: SIM PIN")
