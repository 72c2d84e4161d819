"""The page cannot show another SIM or number than the decision has: one state of each module, and one rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.bank.member import Member
from agent.bank.place import Place
from agent.decision.liveset import live_set
from agent.decision.verdict import Decision, Memory, Policy
from agent.numbers.resolve import Number, Resolution, Source
from agent.status.rows import module_row, row_facts
from drivers.observation import NumberOrigin, NumberReading, Observation, PortState, Registration, SimState

CARDS = ["8946120000005000016", "8946120000005000024", "89461200000050000160"]
IMSIS = ["240120000000001", "240120000000002"]
POLICY = Policy(cap=2, settle=0.0, lease=30.0, registration_grace=15.0)
SAID = st.lists(st.sampled_from(["+46701740001", "+46701740002"]), max_size=2).map(
    lambda texts: tuple(NumberReading(text, NumberOrigin.CNUM) for text in texts)
)
observations = st.builds(
    Observation,
    module=st.sampled_from(["A", "B", "C"]),
    at=st.just(0.0),
    port=st.sampled_from([PortState.OPEN] * 8 + list(PortState)),
    restarted=st.sampled_from([False] * 9 + [True]),
    sim=st.sampled_from([SimState.READY] * 12 + [*SimState, None]),
    iccid=st.sampled_from([*CARDS, *CARDS, None]),
    imsi=st.sampled_from([*IMSIS, *IMSIS, None]),
    registration=st.sampled_from([Registration.HOME] * 12 + [*Registration, None]),
    numbers=st.one_of(st.none(), SAID),
)


def lookup(iccid: str, imsi: str | None, reported: tuple[NumberReading, ...] | None) -> Resolution:
    """Believe the module, then know one card and one subscription of it."""
    known = "+46701740009" if (iccid, imsi) == (CARDS[0], IMSIS[0]) else None
    text = reported[0].text if reported else known
    number = Number(text, 46, Source.CNUM, rent=False) if text is not None else None
    return Resolution(number=number, rejected=None, disabled=False)


def agrees(members: dict[str, Member], decision: Decision) -> None:
    for name, member in members.items():
        row = module_row(row_facts(member, decision))
        module = decision.modules[name]
        number = module.resolution.number
        assert (row.iccid, row.imsi) == (module.state.iccid, module.state.imsi)
        assert row.number == (number.text if number is not None else None)
        assert row.live == (name in decision.live)
        if name in decision.live:
            sim = decision.live[name]
            assert (row.iccid, row.imsi, row.number) == (sim.iccid, sim.imsi, sim.number.text)


@pytest.mark.slow
@given(st.lists(st.tuples(observations, st.sampled_from([0.0, 0.5, 5.0]), st.floats(0, 20)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_sim_and_number_of_a_row_are_those_of_the_decision(history):
    members = {name: Member(Place(key=name, name=name, order=1, ports=(name,))) for name in "ABC"}
    memory, now = Memory(), 100.0
    decision = live_set({name: member.input() for name, member in members.items()}, memory, POLICY, now)
    for seen, late, passed in history:
        now += passed
        member = members[seen.module]
        member.take(replace(seen, at=now - late), now)
        member.resolve(lookup)
        agrees(members, decision)  # also between an observation and the decision that it causes
        decision = live_set(
            {name: one.input() for name, one in members.items()}, decision.memory, POLICY, now
        )
        for name, one in members.items():
            one.state = decision.modules[name].state
        agrees(members, decision)


def test_module_and_hub_have_the_labels_that_people_gave_them():
    member = Member(Place(key="A", name="A", order=1, ports=("A",), group="1-1"))
    decision = live_set({"A": member.input()}, Memory(), POLICY, 0.0)
    row = module_row(row_facts(member, decision, labels={"A": "left shelf", "1-1": "upper hub"}))
    assert (row.label, row.group_label) == ("left shelf", "upper hub")
    assert module_row(row_facts(member, decision)).label == ""
