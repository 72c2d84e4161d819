"""The list of all hosts: doubts, caps and order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.fleet.state import Claim
from agent.fleet.union import Union
from agent.fleet.words import HostSet, claimed
from agent.onlinesim.messages import NumberEntry

RUN = "a" * 16


def entry(number, module):
    return NumberEntry(number=f"+4670{number:07}", country_id=46, port_id=module, rent=0)


def host_set(host, *claims, version=1):
    """A set of (module, number, card)."""
    made = tuple(claimed(host, entry(number, module), f"{card:024x}") for module, number, card in claims)
    return HostSet(host=host, run=RUN, version=version, key="k", claims=made)


def names(listed):
    return [one.port_id for one in listed.entries]


def test_every_hosts_numbers_are_listed_with_its_name_before_the_modules():
    union = Union()
    assert union.update({"b": host_set("b", ("Port1", 2, 2)), "a": host_set("a", ("Port1", 1, 1))}, 0.0)
    assert names(union.listed(9)) == ["a/Port1", "b/Port1"]


def test_what_two_hosts_claim_is_in_neithers_part_and_both_are_named():
    union = Union()
    a = host_set("a", ("Port1", 1, 1), ("Port2", 2, 2))
    union.update({"a": a, "b": host_set("b", ("Port7", 1, 3))}, 0.0)
    listed = union.listed(9)
    assert names(listed) == ["a/Port2"]
    assert {(one.host, one.module, one.claim, one.others) for one in listed.doubts} == {
        ("a", "Port1", Claim.NUMBER, (("b", "Port7"),)),
        ("b", "Port7", Claim.NUMBER, (("a", "Port1"),)),
    }


def test_a_doubt_is_over_ten_seconds_after_the_last_clash():
    union = Union()
    a, b = host_set("a", ("Port1", 1, 1)), host_set("b", ("Port1", 2, 1))
    union.update({"a": a, "b": b}, 0.0)
    union.update({"a": a, "b": b}, 50.0)
    assert union.update({"a": a}, 60.0)
    assert union.clears_at() == 70.0
    assert not union.update({"a": a}, 69.9)
    (doubt,) = union.listed(9).doubts
    assert doubt.others == (("b", "Port1"),)
    assert union.update({"a": a}, 70.0)
    assert names(union.listed(9)) == ["a/Port1"]


def test_under_the_accounts_cap_those_already_told_stay():
    union = Union()
    b = host_set("b", ("Port1", 1, 1), ("Port2", 2, 2))
    union.update({"b": b}, 0.0)
    union.told(union.listed(2).entries)
    union.update({"b": b, "a": host_set("a", ("Port1", 3, 3))}, 1.0)
    listed = union.listed(2)
    assert names(listed) == ["b/Port1", "b/Port2"]
    assert listed.over_cap == 1
    assert names(union.listed(0)) == []


def test_a_host_may_be_left_out_as_a_whole_and_its_claims_still_count():
    union = Union()
    a = host_set("a", ("Port1", 1, 1), ("Port2", 2, 2))
    union.update({"a": a, "b": host_set("b", ("Port1", 1, 4), ("Port2", 5, 5))}, 0.0)
    assert names(union.listed(9, without=["a"])) == ["b/Port2"]


PLACES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(1, 4), st.integers(1, 6), st.integers(1, 6)),
    max_size=12,
    unique_by=lambda place: place[:2],
)


def sets_of(places):
    hosts = {}
    for host, module, number, card in places:
        hosts.setdefault(host, []).append((f"Port{module}", number, card))
    return {host: host_set(host, *claims) for host, claims in hosts.items()}


@pytest.mark.slow
@given(rounds=st.lists(PLACES, min_size=1, max_size=6), cap=st.integers(0, 8))
def test_no_list_has_a_number_or_card_that_two_places_claim_nor_more_than_the_cap(rounds, cap):
    union, now = Union(), 0.0
    for places in rounds:
        sets = sets_of(places)
        union.update(sets, now)
        entries = union.listed(cap).entries
        claims = [claim for held in sets.values() for claim in held.claims]
        numbers = Counter(claim.number for claim in claims)
        cards = Counter(claim.card for claim in claims)
        listed = {one.port_id for one in entries}
        assert len(entries) <= cap
        assert len(listed) == len({one.number for one in entries}) == len(entries)
        for claim in claims:
            if claim.port_id in listed:
                assert numbers[claim.number] == 1
                assert cards[claim.card] == 1
        order = [claim.port_id for host in sorted(sets) for claim in sets[host].claims]
        assert [one.port_id for one in entries] == sorted(listed, key=order.index)
        now += 4.0


@pytest.mark.slow
@given(places=PLACES)
def test_doubts_do_not_flap_in_a_hundred_rounds_with_the_hosts_told(places):
    """A host that hears of a doubt goes on claiming, so the list settles at once and stays."""
    union, sets = Union(), sets_of(places)
    union.update(sets, 0.0)
    first = union.listed(99)
    for second in range(1, 101):
        doubted = {(doubt.host, doubt.module) for doubt in union.listed(99).doubts}
        told = {host: {one.module for one in held.claims if (host, one.module) in doubted}
                for host, held in sets.items()}  # fmt: skip
        again = {
            host: held if not told[host] else host_set_again(held, second) for host, held in sets.items()
        }
        union.update(again, float(second))
        assert union.listed(99).entries == first.entries


def host_set_again(held, version):
    """The same claims in a newer set: doubts are shown, and never taken out of what is live."""
    return HostSet(host=held.host, run=held.run, version=version, key=held.key, claims=held.claims)
