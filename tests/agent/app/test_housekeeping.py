"""What the agent notes every second."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from agent.app.housekeeping import Housekeeping
from agent.decision.module_state import ModuleState
from agent.store.store import Store
from drivers.observation import Observation, PortState

CARDS = [f"89461200000050000{n:02d}" for n in range(4)]


@pytest.fixture
def looked():
    """Let the module of a bank tell an ICCID, and return the SIMs that the store has then."""
    store = Store(None)
    member = SimpleNamespace(
        place=SimpleNamespace(name="Port1", key="usb-1-1"), watcher=None, state=ModuleState()
    )
    housekeeping = Housekeeping(
        bank=SimpleNamespace(members={"Port1": member}),
        store=store,
        **dict.fromkeys(
            ("reporter", "view", "metrics", "bank_log", "history", "notifier", "ussd", "clock", "wall")
        ),
    )

    def looked(at, iccid):
        seen = Observation(module="Port1", at=at, port=PortState.OPEN, iccid=iccid)
        member.state = ModuleState(port=PortState.OPEN, latest=seen, iccid=iccid or member.state.iccid)
        housekeeping._note_members()
        return set(store.cards.sims)

    yield looked
    store.close()


def test_a_sim_is_noted_once_two_looks_told_it(looked):
    assert looked(1.0, CARDS[0]) == set()
    assert looked(1.0, CARDS[0]) == set()  # the same look
    assert looked(2.0, CARDS[0]) == {CARDS[0]}


def test_a_module_that_tells_another_sim_at_each_look_fills_no_store(looked):
    for n in range(100):
        assert looked(float(n), CARDS[n % 4]) == set()


def test_a_look_without_an_iccid_is_no_second_one(looked):
    assert looked(1.0, CARDS[0]) == set()
    assert looked(2.0, None) == set()
    assert looked(3.0, CARDS[0]) == {CARDS[0]}
