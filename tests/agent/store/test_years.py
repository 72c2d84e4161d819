"""Nothing in the store or in its memory grows for ever; `make years` lives through ten years in full size."""

from __future__ import annotations

import dataclasses
import random
from contextlib import closing

import pytest
from years import BEGIN, DAY, MODULES, Years

from agent.store import cards, database_file, places
from agent.store.history import DAY_MINUTES, Minute
from agent.store.opening import read_without_writing
from agent.store.store import Store
from agent.store.tables import MINUTE

SIMS, PLACES, MINUTES = 300, 100, 200


@pytest.mark.slow
def test_what_is_kept_is_bounded_and_what_was_used_last_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(cards, "MOST_SIMS", SIMS)
    monkeypatch.setattr(places, "MOST_PLACES", PLACES)
    monkeypatch.setattr(cards, "SOME", 10)
    monkeypatch.setattr(database_file, "_PRUNED", (dataclasses.replace(MINUTE, most=MINUTES),))
    monkeypatch.setattr("agent.store.writer.PRUNE_EVERY_ROWS", 100)
    path = tmp_path / "simbank.db"
    years = Years(random.Random(1), minutes=24)
    with closing(Store(path, wall=years.wall)) as store:
        for _ in years.days(store, 40):
            assert len(store.cards.sims) <= SIMS
            assert len(store.cards.learned) <= SIMS
            assert len(store.cards.asked_ussd) <= SIMS
            assert len(store.places.numbers) == len(store.places._used) <= PLACES
            assert (
                store.places.imeis.keys() | store.places.confirmed | store.places._used_now
                <= store.places._used.keys()
            )
            assert len(list(store.tellings)) <= MODULES
            assert len(store.minutes) <= DAY_MINUTES
        assert years._cards > 3 * SIMS
        assert years._sockets > 2 * PLACES
        held = years._held
        assert store.live == held
        assert store.cards.sims.keys() >= set(held.values())
        assert store.places.numbers.keys() >= set(years._keys.values())
        expected = (store.cards.sims, store.cards.learned, store.places.numbers, store.cards.asked_ussd)
    found, problem = read_without_writing(path)
    assert problem == ""
    assert len(found.rows["minute"]) <= MINUTES + 100
    with closing(Store(path, wall=years.wall)) as after:
        assert (
            after.cards.sims,
            after.cards.learned,
            after.places.numbers,
            after.cards.asked_ussd,
        ) == expected


def test_a_place_that_was_used_in_this_run_stays_before_one_that_was_not(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "MOST_PLACES", 3)
    path = tmp_path / "simbank.db"
    with closing(Store(path)) as store:
        store.places.number({"a": 1, "b": 2, "c": 3})
    with closing(Store(path)) as store:
        assert list(store.places.forget({"a"})) == []
        store.places.number({"d": 4})
        assert list(store.places.forget({"a", "d"})) == ["b"]
    with closing(Store(path)) as store:
        assert store.places.numbers == {"a": 1, "c": 3, "d": 4}


def test_instants_of_the_future_go_once_the_clock_is_sure_and_not_before(tmp_path):
    path, sim = tmp_path / "simbank.db", "8946120000005000016"
    ahead = BEGIN + 400 * DAY
    with closing(Store(path, wall=lambda: float(ahead))) as store:
        store.cards.placed(sim, "240120000000016", "Port1")
        store.cards.learn(sim, None, "+46701740000", "cnum")
        store.cards.note_ussd(sim)
        store.note_minute(Minute(at=ahead, live=1, lowest=1, highest=1, cap=8))
        store.note_live({"Port1": sim})
    with closing(Store(path, wall=lambda: float(BEGIN))) as store:
        assert (
            store.cards.placed(sim, "240120000000016", "Port1") == ahead
        )  # which of the two is wrong nobody knows yet
        store.confirm_clock(float(BEGIN))
        assert store.cards.placed(sim, "240120000000016", "Port1") == BEGIN
        assert (store.cards.asked_ussd, store.minutes, store.alive_at) == ({}, (), 0.0)
        assert store.cards.learned[sim].number == "+46701740000"
        store.confirm_clock(float(BEGIN))
    with closing(Store(path, wall=lambda: float(BEGIN))) as store:
        assert store.cards.sims[sim].date_start == BEGIN
        assert store.cards.learned[sim].told_at == BEGIN
        assert (store.cards.asked_ussd, store.minutes, store.alive_at) == ({}, (), 0.0)


def test_a_clock_that_starts_in_the_past_costs_nothing(tmp_path):
    path, sim = tmp_path / "simbank.db", "8946120000005000016"
    with closing(Store(path, wall=lambda: float(BEGIN))) as store:
        store.cards.placed(sim, "240120000000016", "Port1")
    with closing(Store(path, wall=lambda: 3600.0)) as store:
        assert store.cards.placed(sim, "240120000000016", "Port1") == BEGIN
        store.confirm_clock(float(BEGIN + DAY))
        assert store.cards.placed(sim, "240120000000016", "Port1") == BEGIN
