from __future__ import annotations

import asyncio

import pytest

from agent.status.events import SnapshotFeed, update
from tests.agent.shown_bank import NOW, ShownBank, row


def test_a_new_reader_is_told_everything():
    bank = ShownBank(3)
    event, body = update(None, bank.snapshot(), NOW, "en")
    assert event == "snapshot"
    assert [module["name"] for module in body["modules"]] == ["Port1", "Port2", "Port3"]


def test_a_reader_who_knows_the_rest_is_told_the_rows_that_differ():
    bank = ShownBank(3)
    told = bank.snapshot()
    bank.set("Port2", "no_sim")
    event, body = update(told, bank.snapshot(), NOW, "ru")
    assert event == "change"
    assert [(module["name"], module["text"]) for module in body["modules"]] == [("Port2", "нет SIM-карты")]
    assert body["live"] == 2


def test_without_a_change_only_the_head_is_told():
    bank = ShownBank(3)
    event, body = update(bank.snapshot(), bank.snapshot(), NOW + 2, "en")
    assert (event, body["modules"], body["accepted_s"]) == ("heartbeat", [], 85.0)


@pytest.mark.parametrize("change", ["one more", "one less", "another order"])
def test_when_modules_come_go_or_move_everything_is_told_again(change):
    bank = ShownBank(3)
    told = bank.snapshot()
    bank.rows = {
        "one more": [*bank.rows, row(4)],
        "one less": bank.rows[1:],
        "another order": bank.rows[::-1],
    }[change]
    assert update(told, bank.snapshot(), NOW, "en")[0] == "snapshot"


async def test_many_readers_share_one_snapshot():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.0, idle=5.0)
    first = await asyncio.gather(*(feed.after(0) for _ in range(20)))
    waiting = [asyncio.create_task(feed.after(1)) for _ in range(20)]
    await asyncio.sleep(0)
    feed.changed()
    second = await asyncio.gather(*waiting)
    assert {version for version, _ in first} == {1}
    assert {version for version, _ in second} == {2}
    assert bank.taken == 2


async def test_many_changes_make_few_snapshots():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.05, idle=5.0)
    version, _ = await feed.after(0)
    loop = asyncio.get_running_loop()
    end = loop.time() + 0.2
    while loop.time() < end:
        feed.changed()
        version, _ = await feed.after(version)
    assert bank.taken <= 7  # 0.2 s / 0.05 s, the first one, and the clock's grain


async def test_a_change_during_the_gap_is_not_lost():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.02, idle=5.0)
    version, _ = await feed.after(0)
    feed.changed()
    reader = asyncio.create_task(feed.after(version))
    await asyncio.sleep(0.005)
    bank.set("Port1", "silent")
    feed.changed()
    version, snapshot = await reader
    assert snapshot.modules[0].reason == "silent"


async def test_time_alone_brings_a_new_snapshot():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.0, idle=0.01)
    version, _ = await feed.after(0)
    assert (await feed.after(version))[0] == version + 1


async def test_who_comes_after_a_quiet_hour_sees_no_old_snapshot():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.0, idle=0.01)
    await feed.after(0)
    await asyncio.sleep(0.02)
    bank.cap = 99  # nobody told the feed
    assert (await feed.after(0))[1].cap == 99


async def test_who_only_wants_to_begin_does_not_wait_for_the_next_snapshot():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=60.0, idle=100.0)
    first, _ = await feed.current()
    feed.changed()
    assert (await feed.latest())[0] == first


async def test_who_asks_gets_every_change_that_was_noted():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.02, idle=100.0)
    await feed.current()
    for cap in range(90, 95):
        bank.cap = cap
        feed.changed()
        assert (await feed.current())[1].cap == cap
