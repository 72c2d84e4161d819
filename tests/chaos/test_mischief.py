"""Scripts of trouble: repeatable, and with an end to everything they begin."""

from __future__ import annotations

import pytest
from mischief import FAULTS, Pairs, Slots, script

from drivers.simulator.console import VERBS
from drivers.simulator.faults import MEANINGS

MODULES, ROWS, LENGTH = 6, 4, 8.0
TRAP = "http://127.0.0.1:9"


def make(seed):
    return script(
        seed,
        modules=MODULES,
        rows=ROWS,
        slots=Slots(MODULES * ROWS, 999),
        pairs=Pairs(rest=LENGTH),
        length=LENGTH,
        trap=TRAP,
    )


def test_a_seed_repeats_a_script_and_another_makes_another():
    assert make("one").steps == make("one").steps
    assert make("one").steps != make("two").steps
    assert [step.name for step in make("one").server] == [step.name for step in make("one").server]


@pytest.mark.parametrize("seed", [str(number) for number in range(30)])
def test_every_step_is_a_command_within_the_time_and_the_server_ends_well(seed):
    plan = make(seed)

    assert all(0 <= step.at <= LENGTH + 0.1 for step in plan.steps)
    assert {step.line.split()[0] for step in plan.steps} <= VERBS.keys()
    assert plan.server == () or (plan.server[-1].fault is None and not plan.server[-1].down)


@pytest.mark.parametrize(
    ("begin", "end"), [("unplug", "replug"), ("pull", "insert"), ("pin", "unlock"), ("hang", "unhang")]
)
def test_what_is_begun_is_ended(begin, end):
    for seed in range(40):
        lines = [step.line.split() for step in make(str(seed)).steps]
        begun = [words[1] for words in lines if words[0] == begin]
        assert set(begun) <= {words[1] for words in lines if words[0] == end}


def test_a_few_hundred_scripts_use_every_fault_of_the_simulator():
    used = {word for seed in range(200) for step in make(str(seed)).steps for word in step.line.split()}

    assert set(FAULTS) | {"v0"} <= used
    assert set(FAULTS) | {"v0"} == MEANINGS.keys(), "a new fault of the simulator belongs into the scripts"


def test_slots_are_given_once_until_all_were_given():
    slots = Slots(10, 12)

    assert [slots.fresh() for _ in range(2)] == [10, 11]
    assert not slots.begun_anew
    assert [slots.fresh() for _ in range(2)] == [12, 10]
    assert slots.begun_anew


def test_modules_that_told_one_card_rest_before_they_do_so_again():
    pairs = Pairs(rest=20.0)
    assert pairs.take(1, 2)
    pairs.pass_time(19.0)
    assert not pairs.take(1, 3)
    assert pairs.take(3, 4)
    pairs.pass_time(1.0)
    assert pairs.take(2, 1)


def test_no_number_is_written_onto_a_card_that_may_have_told_its_own():
    def lines(slots):
        return "\n".join(
            step.line
            for seed in range(40)
            for step in script(
                str(seed),
                modules=MODULES,
                rows=ROWS,
                slots=slots,
                pairs=Pairs(rest=LENGTH),
                length=LENGTH,
                trap=TRAP,
            ).steps
        )

    once, again = Slots(MODULES * ROWS, 10**6), Slots(MODULES * ROWS, MODULES * ROWS)
    again.fresh()
    assert "same-number" in lines(once)
    assert "same-number" not in lines(again)
