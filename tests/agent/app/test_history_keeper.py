"""What a restart knows of the SIMs that modules held before: read from the store, while nothing waits for it."""

from __future__ import annotations

from contextlib import closing

from hand_clock import HandClock

from agent.app.history_keeper import HistoryKeeper
from agent.decision.last_sims import LastSim, LastSims
from agent.store.past import OF_MODULE, OF_SIM, Happened
from agent.store.store import Store

BEGIN = 1_796_000_000
CARD, NUMBER = "8946120000005000016", "+46701740000"


def lived(path, clock):
    """A run in which Port1 lost its SIM, and which ended a minute later."""
    with closing(Store(path, wall=clock)) as store:
        store.cards.saw(CARD, "240120000000016", "Port1")
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "live")])
        clock.now += 30
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE, "Port1", None, None, "no_sim")])
        clock.now += 30
        store.past.note_alive()


async def recalled(store, clock, *, now):
    last = LastSims(store.cards.sims.__contains__, lambda: now)
    keeper = HistoryKeeper(None, store, last_sims=last, on_change=lambda _: None)
    await keeper.recall(now=now, wall=clock.now)
    return last.of("Port1")


async def test_a_restart_knows_which_sim_a_module_held_last_and_until_when(tmp_path):
    clock, path = HandClock(float(BEGIN)), tmp_path / "simbank.db"
    lived(path, clock)
    clock.now += 3600
    with closing(Store(path, wall=clock)) as store:
        store.past.note_alive()
        assert store.flush(5)
        assert await recalled(store, clock, now=50.0) == LastSim(CARD, NUMBER, 50.0 - 3630)
        store.forget_card(CARD)
        assert await recalled(store, clock, now=50.0) is None


async def test_a_store_that_cannot_be_read_is_no_reason_to_stop(tmp_path, caplog):
    clock, path = HandClock(float(BEGIN)), tmp_path / "simbank.db"
    lived(path, clock)
    with closing(Store(path, wall=clock)) as store:
        path.rename(tmp_path / "elsewhere")
        path.mkdir()
        caplog.set_level("INFO")
        assert await recalled(store, clock, now=50.0) is None
        assert "cannot be read" in caplog.text
