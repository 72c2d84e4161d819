"""What a module without a SIM held last: never told of one that holds a SIM, and only of cards that are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decision.last_sims import LastSim, LastSims
from agent.decision.module_state import ModuleState

CARDS = ("8946120000000000001", "8946120000000000002")


def decision(held, judged=None):
    """A decision by which each module holds this SIM (ICCID and number), or None."""
    modules = {
        name: SimpleNamespace(
            state=ModuleState(iccid=sim and sim[0]),
            resolution=SimpleNamespace(number=SimpleNamespace(text=sim[1]) if sim and sim[1] else None),
        )
        for name, sim in held.items()
    }
    return SimpleNamespace(modules=modules, judged=modules.keys() if judged is None else judged)


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def last(now):
    return LastSims(lambda _: True, lambda: now[0])


def test_a_module_that_lost_its_sim_says_which_it_was_and_until_when(last, now):
    last.decided(decision({"Port1": (CARDS[0], "+46701740001")}))
    assert last.of("Port1") is None
    now[0] = 160.0
    last.decided(decision({"Port1": None}))
    now[0] = 200.0
    last.decided(decision({"Port1": None}))
    assert last.of("Port1") == LastSim(CARDS[0], "+46701740001", 160.0)


def test_the_sim_that_comes_next_ends_it_and_is_the_next_that_was(last):
    last.decided(decision({"Port1": (CARDS[0], "+46701740001")}))
    last.decided(decision({"Port1": None}))
    last.decided(decision({"Port1": (CARDS[1], None)}))
    assert last.of("Port1") is None
    last.decided(decision({"Port1": None}))
    assert last.of("Port1") == LastSim(CARDS[1], None, 100.0)


def test_what_an_earlier_run_knew_comes_back_but_replaces_nothing(last):
    last.decided(decision({"Port1": (CARDS[0], "+46701740001"), "Port2": None}))
    old = LastSim(CARDS[1], "+46701740002", -3600.0)
    last.restore({"Port1": old, "Port2": old})
    assert (last.of("Port1"), last.of("Port2")) == (None, old)


def test_a_forgotten_card_is_not_shown_any_more(now):
    known = set(CARDS)
    last = LastSims(known.__contains__, lambda: now[0])
    last.decided(decision({"Port1": (CARDS[0], None)}))
    last.decided(decision({"Port1": None}))
    assert last.of("Port1") is not None
    known.remove(CARDS[0])
    assert last.of("Port1") is None


def test_names_that_are_exchanged_take_their_sims_along(last):
    last.decided(decision({"Port1": (CARDS[0], None), "Port2": (CARDS[1], None)}))
    last.decided(decision({"Port1": None, "Port2": None}))
    last.rename({"Port1": "Port2", "Port2": "Port1"})
    assert (last.of("Port1").iccid, last.of("Port2").iccid) == (CARDS[1], CARDS[0])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Port1", "Port2"]),
            st.one_of(st.none(), st.tuples(st.sampled_from(CARDS), st.sampled_from([None, "+4670174"]))),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_a_module_that_holds_a_sim_never_shows_one_that_was(events):
    last, held, before = LastSims(lambda _: True, lambda: 0.0), {}, {}
    for name, sim, restored in events:
        if restored:
            last.restore({name: LastSim(CARDS[0], "+4670174", -1.0)})
            before[name] = before.get(name) or CARDS[0]
        else:
            held[name] = sim
            last.decided(decision(held, judged=[name]))
            before[name] = sim[0] if sim else before.get(name)
        for one, now in held.items():
            if now is not None:
                assert last.of(one) is None
            else:
                shown = last.of(one)
                assert (shown and shown.iccid) == before.get(one)
