from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language import Bilingual
from agent.status.encode import status_json
from agent.status.events import SnapshotFeed, update
from tests.agent.shown_bank import NOW, ShownBank, asked, row


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
    (told,) = body.pop("modules")
    assert told == {
        "name": "Port2",
        "live": False,
        "reason": "no_sim",
        "text": "нет SIM-карты",
        "since_s": 0.0,
    }
    assert body == {"live": 2, "seen": {}}


def test_without_a_change_nothing_is_told():
    bank = ShownBank(3)
    assert update(bank.snapshot(), bank.snapshot(), NOW + 2, "en") == (
        "heartbeat",
        {"modules": [], "seen": {}},
    )


def test_that_a_module_answered_again_is_no_change_and_all_else_is():
    bank = ShownBank(3)
    told = bank.snapshot()
    bank.rows[1] = dataclasses.replace(bank.rows[1], seen_at=NOW - 0.5)
    event, body = update(told, bank.snapshot(), NOW, "en")
    assert (event, body) == ("heartbeat", {"modules": [], "seen": {"Port2": 0.5}})
    bank.rows[1] = dataclasses.replace(bank.rows[1], signal_dbm=-99)
    event, body = update(told, bank.snapshot(), NOW, "en")
    assert (event, body["modules"]) == ("change", [{"name": "Port2", "signal_dbm": -99, "seen_s": 0.5}])


def test_a_new_report_brings_its_part_of_the_head():
    bank = ShownBank(3)
    told = bank.snapshot()
    bank.reports = (bank.report(age=0.0), *bank.reports)
    bank.accepted_at, bank.heartbeat_at = NOW, NOW + 240
    event, body = update(told, bank.snapshot(), NOW, "en")
    assert event == "change"
    assert body.keys() == {"modules", "seen", "reports", "last_report", "accepted_s", "next_heartbeat_s"}


def test_what_time_alone_changes_is_told():
    bank = ShownBank(3)
    told = bank.snapshot()
    bank.now += 300
    event, body = update(told, bank.snapshot(), bank.now, "en")
    assert event == "change"
    assert (body["selling"], [banner["kind"] for banner in body["banners"]]) == (False, ["late"])


AGES = {
    **dict.fromkeys(("accepted_s", "age_s", "checked_s", "seen_s", "since_s", "uptime_s"), 1),
    "next_heartbeat_s": -1,
}


def older(value, seconds):
    """Known values, some seconds later: as the page has them."""
    if isinstance(value, list):
        return [older(one, seconds) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: max(0.0, one + AGES[key] * seconds) if key in AGES and one is not None else older(one, seconds)
        for key, one in value.items()
    }


def near(value):
    """The same, ages about so: each is rounded."""
    if isinstance(value, list):
        return [near(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: pytest.approx(one, abs=0.9) if key in AGES and one is not None else near(one)
        for key, one in value.items()
    }


happenings = st.lists(
    st.tuples(
        st.sampled_from(["verdict", "seen", "signal", "number", "report", "notice", "asked", "nothing"]),
        st.integers(1, 4),
        st.sampled_from([0.0, 0.2, 2.0, 20.0]),
    ),
    max_size=12,
)


def happens(bank, what, n):
    row_of = bank.rows[n - 1]
    match what:
        case "verdict":
            bank.set(row_of.name, "no_sim" if row_of.live else "live")
        case "seen":
            bank.rows[n - 1] = dataclasses.replace(row_of, seen_at=bank.now)
        case "signal":
            bank.rows[n - 1] = dataclasses.replace(row_of, signal_dbm=-50 - n, seen_at=bank.now)
        case "number":
            bank.rows[n - 1] = dataclasses.replace(row_of, number=None if row_of.number else "+1")
        case "asked":
            bank.rows[n - 1] = dataclasses.replace(row_of, onlinesim=asked(checked_at=bank.now))
        case "report":
            bank.reports = (bank.report(age=0.0), *bank.reports)
            bank.accepted_at, bank.heartbeat_at = bank.now, bank.now + 240
        case "notice":
            bank.notices = () if bank.notices else (Bilingual("a fault", "ошибка"),)


@given(happenings)
def test_whoever_puts_the_events_together_knows_what_the_status_says(happened):
    bank = ShownBank(4)
    sent, known = bank.snapshot(), status_json(bank.snapshot(), bank.now)
    rows, came = {row["name"]: (row, bank.now) for row in known.pop("modules")}, bank.now
    for what, n, seconds in happened:
        bank.now += seconds
        happens(bank, what, n)
        newest = bank.snapshot()
        _, body = update(sent, newest, bank.now, "en")
        for news in body.pop("modules"):
            row_of, at = rows[news["name"]]
            rows[news["name"]] = older(row_of, bank.now - at) | news, bank.now
        for name, seen_s in body.pop("seen").items():
            row_of, at = rows[name]
            rows[name] = older(row_of, bank.now - at) | {"seen_s": seen_s}, bank.now
        known, came, sent = older(known, bank.now - came) | body, bank.now, newest
        told = [older(row_of, bank.now - at) for row_of, at in rows.values()]
        assert near(known | {"modules": told}) == status_json(newest, bank.now)


def test_512_modules_in_their_steady_state_cost_a_watcher_two_kilobytes_a_second():
    bank = ShownBank(512)
    sent, octets = bank.snapshot(), 0
    for second in range(0, 10, 2):
        bank.now += 2.0
        for n in range(second, 512, 10):
            bank.rows[n] = dataclasses.replace(bank.rows[n], seen_at=bank.now - 1.234)
            bank.rows[n + 1 - 512] = dataclasses.replace(bank.rows[n + 1 - 512], seen_at=bank.now - 0.234)
        newest = bank.snapshot()
        octets += len(json.dumps(update(sent, newest, bank.now, "en")[1], separators=(",", ":")))
        sent = newest
    assert octets / 10 < 2000


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


async def test_under_steady_news_many_readers_get_as_many_events_as_one():
    bank = ShownBank(3)
    feed = SnapshotFeed(bank.snapshot, gap=0.01, idle=5.0)

    async def reads() -> int:
        version = events = 0
        while version < 12:
            version, _ = await feed.after(version)
            events += 1
            feed.changed()  # there is always something new by the time that others get what is there
        return events

    assert await asyncio.gather(*(reads() for _ in range(20))) == [12] * 20
    assert bank.taken == 12


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
