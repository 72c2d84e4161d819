"""One line for each mistake, and where it is."""

import pytest

from agent.config.problem import ConfigError, KeyPlace, Places, Problem, excerpt, spell
from agent.formats.near_miss import near_miss


def test_a_problem_is_one_line_with_place_key_message_and_hint():
    problem = Problem(file="c", line=12, column=7, key="bank.x", message="unknown key", hint="leave it out")
    assert str(problem) == "c:12:7: bank.x: unknown key; leave it out"
    assert str(Problem(file="c", message="not found")) == "c: not found"


def test_problems_come_in_the_order_of_the_file():
    second, first = (Problem(file="c", line=line, column=1, message="m") for line in (2, 1))
    assert ConfigError([second, first]).problems == (first, second)
    assert str(ConfigError([second, first])) == "c:1:1: m\nc:2:1: m"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("modlues", 'did you mean "modules"?'), ("MODULES", 'did you mean "modules"?'), ("fleet", "")],
)
def test_a_near_miss_is_guessed_and_a_far_one_is_not(word, meant):
    assert meant == near_miss(word, ["modules", "lease"])


def test_an_excerpt_is_one_short_line():
    assert excerpt("a\n\tb\x00c") == "a b c"
    assert len(excerpt("x" * 1000)) == 60


def test_a_key_that_is_not_written_is_where_its_group_is():
    places = Places("c", {("bank",): KeyPlace(3, 1)}, {(): KeyPlace(1, 1), ("bank",): KeyPlace(4, 3)})
    assert places.of(("bank", "lease")) == KeyPlace(4, 3)
    assert places.of_key(("bank",)) == KeyPlace(3, 1)
    assert places.of(("log", "level")) == KeyPlace(1, 1)


def test_a_key_is_spelled_as_people_write_it():
    assert Places("c").problem(("ports", 2, "name"), "m").key == "ports[2].name"
    assert spell(("sims", "a\nb", "number")) == "sims.a b.number"
