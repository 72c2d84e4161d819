"""The judge must catch lies: each rule with a lie that is just too old, and with one that is not."""

from __future__ import annotations

import pytest
from bounds import Bounds
from reference_model import ReferenceModel, held_number

BOUNDS = Bounds(grown=lambda: 0.0)
NUMBER, OTHER = "+46700000001", "+46700000002"
JUST = 0.01


def module(
    number=NUMBER,
    *,
    iccid="8946120000000000019",
    sim="ready",
    stat=1,
    answers=True,
    plugged=True,
    faults=(),
    personality="SIM800",
):
    return {
        "personality": personality,
        "plugged": plugged,
        "sim": sim,
        "registered": stat in {1, 5, 6},
        "stat": stat,
        "number": number,
        "iccid": iccid,
        "answers": answers,
        "faults": list(faults),
    }


@pytest.fixture
def model():
    model = ReferenceModel(BOUNDS)
    model.saw({"Port1": module()}, 0.0)
    return model


def change(model, at, *, told=False, **facts):
    model.did("Port1", told=told, disturbs=False, at=at)
    model.saw({"Port1": module(**facts)}, at)


def test_a_number_that_a_module_told_for_two_cards_is_doubtful_until_it_restarts(model):
    assert model.doubtful() == []
    change(model, 1.0, iccid="8946120000000000027")
    assert model.doubtful() == ["Port1"]
    model.restarted("Port1")
    change(model, 2.0, iccid="8946120000000000027")
    assert model.doubtful() == []


def test_the_truth_is_no_violation(model):
    assert model.reported([("Port1", NUMBER)], 1000.0) == []


@pytest.mark.parametrize(
    ("told", "facts", "bound"),
    [
        (True, {"sim": "absent", "stat": 0}, BOUNDS.told),
        (False, {"sim": "absent", "stat": 0}, BOUNDS.polled),
        (False, {"number": OTHER}, BOUNDS.polled),
        (True, {"stat": 3}, BOUNDS.told),
        (True, {"stat": 2}, BOUNDS.told + BOUNDS.grace),
        (False, {"answers": False, "sim": "absent"}, BOUNDS.leased),
        (False, {"faults": ["slow"], "sim": "absent"}, BOUNDS.leased),
        (True, {"plugged": False, "answers": False}, BOUNDS.leased),
    ],
    ids=["pulled", "pulled quietly", "swapped", "denied", "searching", "mute", "slow", "unplugged"],
)
def test_a_claim_may_be_untrue_for_its_bound_and_no_longer(model, told, facts, bound):
    change(model, 100.0, told=told, **facts)

    assert model.reported([("Port1", NUMBER)], 100.0 + bound - JUST) == []
    assert model.reported([("Port1", NUMBER)], 100.0 + bound + JUST) != []


def test_a_silent_module_may_be_claimed_for_a_lease_though_its_sim_is_well(model):
    change(model, 100.0, answers=False)

    assert model.reported([("Port1", NUMBER)], 100.0 + BOUNDS.leased - JUST) == []
    assert model.reported([("Port1", NUMBER)], 100.0 + BOUNDS.leased + JUST) != []


def test_a_claim_that_never_was_true_is_a_violation_at_once(model):
    assert model.reported([("Port1", OTHER)], 1.0) != []
    assert model.reported([("Port9", NUMBER)], 1.0) != []


def test_one_untruth_after_the_other_counts_from_the_first(model):
    change(model, 100.0, told=True, sim="absent", stat=0)
    change(model, 100.3, told=True, number=OTHER)

    assert model.reported([("Port1", NUMBER)], 100.0 + BOUNDS.told + JUST) != []


def test_what_became_true_again_is_no_violation(model):
    change(model, 100.0, sim="absent", stat=0)
    change(model, 200.0)

    assert model.reported([("Port1", NUMBER)], 200.1) == []


def test_a_number_or_a_module_twice_is_a_violation(model):
    model.saw({"Port2": module()}, 0.0)

    assert model.reported([("Port1", NUMBER), ("Port2", NUMBER)], 1.0) == [f"{NUMBER} is there twice"]


def test_a_number_that_leaves_the_reports_has_flapped(model):
    claim = ("Port1", NUMBER)
    model.reported([claim], 1.0)
    model.reported([], 2.0)

    assert model.flaps(claim) == 1


def test_packets_alone_count_on_lte_and_not_on_2g():
    assert held_number(module(stat=-1, personality="EC25")) == NUMBER
    assert held_number(module(stat=-1, personality="SIM800")) is None


def test_only_modules_that_can_be_heard_and_receive_are_good(model):
    model.saw({"Port2": module(OTHER, answers=False), "Port3": module(stat=2)}, 1.0)

    assert model.good() == {"Port1": NUMBER}
