"""The judge of lists finds what it is for: each promise, broken once."""

from __future__ import annotations

import pytest
from engine_watch import Beat, EngineWatch
from fleet_judge import FleetJudge
from fleet_market import List

LEASE = 6.0
RUN, OTHER_RUN = "1" * 16, "2" * 16
A1, A2, B1 = ("P1", "+1001"), ("P2", "+1002"), ("P3", "+2001")


def beat(at, seq, run=RUN, stage="running"):
    return Beat(at, f"{run}|{seq}|1|{stage}|2|2|6|1|1|1")


@pytest.fixture
def judge():
    """Two hosts that have beaten each second since 0, seen at 100; a leads."""
    watch = EngineWatch(0)
    for host, claims in (("a", {A1, A2}), ("b", {B1})):
        watch.beats[host] = [beat(at, at) for at in range(100)]
        watch.sets[host] = [(0.5, frozenset(claims))]
    watch.records.append((1.0, {"host": "a"}))
    judge = FleetJudge(
        watch=watch,
        lease=LEASE,
        modules={"a": ("P1", "P2"), "b": ("P3",)},
        truth_within=5.0,
        grown=lambda: 0.0,
    )
    judge.saw({"a/P1": "+1001", "a/P2": "+1002", "b/P3": "+2001"}, 0.0)
    return judge


def given(*claims, at=100.0, host="a"):
    return List(at, host, frozenset(claims), len(claims))


ALL = (("a/P1", "+1001"), ("a/P2", "+1002"), ("b/P3", "+2001"))


def test_a_whole_true_list_of_the_leader_is_right(judge):
    assert judge.judged(given(*ALL)) == []


@pytest.mark.parametrize("lacking", [ALL[:2], ALL[1:], ALL[:1] + ALL[2:], ()])
def test_a_list_that_lacks_a_living_host_or_part_of_it_is_wrong(judge, lacking):
    assert any("lives and is not there as it told" in words for words in judge.judged(given(*lacking)))


def test_a_host_whose_lease_has_lapsed_must_not_be_there(judge):
    judge.watch.beats["b"] = judge.watch.beats["b"][:93]
    assert any("b beat 8.00 s ago" in words for words in judge.judged(given(*ALL)))
    assert judge.judged(given(*ALL[:2])) == []


def test_a_host_may_be_there_or_not_while_its_lease_ends(judge):
    judge.watch.beats["b"] = judge.watch.beats["b"][:96]
    assert judge.judged(given(*ALL)) == []
    assert judge.judged(given(*ALL[:2])) == []


def test_a_host_that_has_just_come_may_be_missing_for_a_moment(judge):
    judge.watch.beats["b"] = judge.watch.beats["b"][97:]
    assert judge.judged(given(*ALL[:2])) == []


def test_a_restarted_host_is_not_asked_for_before_it_has_told_its_set(judge):
    judge.watch.beats["b"] = [
        *judge.watch.beats["b"][:90],
        *(beat(at, at, OTHER_RUN, "starting") for at in range(91, 100)),
    ]
    assert judge.judged(given(*ALL[:2])) == []


@pytest.mark.parametrize("leader", ["b", None])
def test_who_does_not_lead_must_not_speak(judge, leader):
    judge.watch.records.append((99.0, {"host": "b"} if leader else {"host": "a", "released": True}))
    assert any(f"{leader or 'nobody'} leads" in words for words in judge.judged(given(*ALL)))


def test_a_number_that_its_module_no_longer_holds_is_wrong_after_a_while(judge):
    judge.saw({"b/P3": "+2002"}, 98.0)
    assert judge.judged(given(*ALL)) == []
    judge.saw({"a/P1": "+1009"}, 90.0)
    assert any("+1001 in a/P1: untrue for 10.00 s" in words for words in judge.judged(given(*ALL)))


def test_what_a_host_sleeps_through_is_bounded_by_its_lease(judge):
    judge.watch.beats["b"] = judge.watch.beats["b"][:96]
    judge.saw({"b/P3": "+2002"}, 94.5)
    assert judge.judged(given(*ALL)) == []


def test_a_host_that_beats_answers_for_what_its_modules_hold(judge):
    judge.saw({"b/P3": "+2002"}, 90.0)
    assert any("+2001 in b/P3: untrue for 9.00 s" in words for words in judge.judged(given(*ALL)))


def test_a_number_that_two_hosts_claim_must_be_in_neithers_part(judge):
    judge.doubtful.add("+2001")
    assert any("is claimed by two hosts" in words for words in judge.judged(given(*ALL)))
    assert judge.judged(given(*ALL[:2])) == []


def test_a_module_of_nobody_is_wrong(judge):
    assert any("is no module of this fleet" in words for words in judge.judged(given(*ALL, ("P9", "+9"))))
