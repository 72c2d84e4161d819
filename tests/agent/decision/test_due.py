"""`Decision.due`: until then nothing changes by itself, so that nobody needs to decide before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.decision.flaps import FORGET_AFTER, Flaps
from agent.decision.verdict import Decision, Memory, ModuleInput, Reason, Recalled
from drivers.observation import Registration
from tests.agent.decision.plain_decision import decide
from tests.agent.decision.test_liveset import (
    CARD,
    CARDS,
    NO_NUMBER,
    POLICY,
    Agent,
    good,
    number,
    observations,
    resolutions,
)


def same_until_due(agent: Agent, decision: Decision, now: float, part: float) -> None:
    """Decide again at a moment before `due`, and at once: nothing is new, so nothing may be otherwise."""
    due = decision.due if decision.due is not None else now + 100_000
    assert due >= now
    for at in {now, now + part * (due - now)} if due > now else ():
        again = decide(decision.modules, decision.memory, agent.policy, at)
        assert again.verdicts == decision.verdicts, (at, due)
        assert again.live == decision.live


def test_the_end_of_a_claim_is_known_beforehand():
    """A module that is off still tells a card, until its lease ends: then the other one's SIM is nobody else's."""
    agent = Agent()
    now = agent.goes_live("Port1")
    agent.sees(good(now + 1, "Port2"), number())
    agent.modules["Port2"] = replace(agent.modules["Port2"], disabled=True)
    decision = agent.sees(good(now + 20, "Port1"))
    assert decision.verdicts["Port1"].reason is Reason.DUPLICATE_SIM
    assert decision.due == now + 31
    assert agent.at(now + 31).live.keys() == {"Port1"}


def test_that_a_flap_is_forgotten_ends_settling_and_is_known_beforehand():
    agent = Agent(memory=Memory(flaps=Flaps().after({CARD: 0.0}, 0.0)))
    agent.sees(good(FORGET_AFTER - 12))
    decision = agent.sees(good(FORGET_AFTER - 2))
    assert decision.verdicts["Port1"].reason is Reason.SETTLING
    assert decision.due == FORGET_AFTER
    assert not agent.at(FORGET_AFTER - 0.1).live
    assert agent.at(FORGET_AFTER).live


def test_the_grace_of_a_sim_that_leaves_ends_at_once():
    agent = Agent()
    now = agent.goes_live()
    decision = agent.sees(replace(good(now + 1), registration=Registration.SEARCHING), NO_NUMBER)
    assert decision.verdicts["Port1"].reason is Reason.NUMBER_UNKNOWN
    assert decision.due == now + 1
    decision = agent.at(now + 1)
    assert decision.verdicts["Port1"].reason is Reason.SEARCHING
    assert decision.due == now + 31


steps = st.lists(
    st.tuples(
        observations,
        resolutions,
        st.sampled_from([0.0, 0.0, 0.003, 1.0, 2.0, 2.0, 10.0, 29.0, 599.0, 3599.0]) | st.floats(0, 700),
        st.sampled_from([0.0] * 4 + [0.3, 5.0]),
        st.sampled_from([False] * 7 + [True]),
        st.integers(1, 8),
    ),
    max_size=40,
)


@pytest.mark.slow
@given(steps, st.integers(0, 4), st.sets(st.sampled_from("ABCD")), st.floats(0, 0.999), st.booleans())
@settings(max_examples=400, deadline=None)
def test_nothing_changes_by_itself_before_it_is_due(steps, cap, siblings, part, fleet):
    recalled = {name: Recalled(card, 50.0) for name, card in zip("AB", CARDS, strict=False)}
    agent = Agent(replace(POLICY, cap=cap, fleet=fleet), Memory(recalled=recalled))
    agent.siblings = dict.fromkeys(siblings, "usb-1-2 imei")
    now = 0.0
    for seen, resolution, passed, late, disabled, times in steps:
        now += passed
        for _ in range(times):
            decision = agent.sees(replace(seen, at=max(0.0, now - late)), resolution, now=now)
            same_until_due(agent, decision, now, part)
            now += 2.0
        if seen.module in agent.modules:
            before: ModuleInput = agent.modules[seen.module]
            agent.modules[seen.module] = replace(before, disabled=disabled)
            same_until_due(agent, agent.at(now), now, part)
