"""From live SIMs to the entries of a report."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from agent.app.entries import Entries
from agent.decision.verdict import LiveSim
from agent.numbers.resolve import Number, Source
from agent.store.store import Store

NUMBER = Number("+46701740000", 46, Source.CNUM, rent=False)
SIM = LiveSim(module="Port1", iccid="8946120000005000016", imsi="240120000000016", number=NUMBER)


@pytest.fixture
def entries():
    store = Store(None, wall=lambda: 1_784_000_000.0)
    yield Entries(SimpleNamespace(), store)
    store.close()


def live(*sims):
    return SimpleNamespace(live={sim.module: sim for sim in sims})


def test_a_live_sim_becomes_an_entry(entries):
    (entry,) = entries.of(live(SIM))
    assert (entry.number, entry.country_id, entry.operator) == ("+46701740000", 46, 24012)
    assert (entry.date_start, entry.port_id, entry.rent) == (1_784_000_000, "Port1", 0)


def test_an_entry_is_made_once_and_again_when_anything_in_it_changes(entries):
    (first,) = entries.of(live(SIM))
    assert entries.of(live(SIM))[0] is first
    for changed in (
        replace(SIM, number=replace(NUMBER, text="+46701740001")),
        replace(SIM, number=replace(NUMBER, rent=True)),
        replace(SIM, imsi="240070000000016"),
    ):
        (other,) = entries.of(live(changed))
        assert other != first
        assert entries.of(live(changed))[0] is other


def test_entries_of_modules_that_are_not_live_are_not_kept(entries):
    entries.of(live(SIM))
    assert entries.of(live()) == ()
    assert entries._made == {}


def test_the_same_entries_are_the_same_tuple_until_the_live_set_is_another(entries):
    decision = live(SIM)
    made = entries.of(decision)
    assert entries.of(decision) is made
    again = entries.of(live(SIM))
    assert again == made
    assert again is not made


def test_a_date_start_that_is_known_later_or_dropped_makes_another_entry():
    wall = [1000.0]  # no clock yet
    store = Store(None, wall=lambda: wall[0])
    entries, decision = Entries(SimpleNamespace(), store), live(SIM)
    assert entries.of(decision)[0].date_start is None
    wall[0] = 1_900_000_000.0
    assert entries.of(decision)[0].date_start == 1_900_000_000
    wall[0] = 1_784_000_000.0
    store.confirm_clock(wall[0])
    assert entries.of(decision)[0].date_start == 1_784_000_000
    store.cards.forget(SIM.iccid)
    wall[0] += 5
    assert entries.of(decision)[0].date_start == 1_784_000_005
    store.close()
