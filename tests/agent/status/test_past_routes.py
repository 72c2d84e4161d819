"""What was, asked over HTTP: of a real store, while it is written."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing

import aiohttp
import pytest
from hand_clock import HandClock

from agent.status import past_routes
from agent.status.past_json import Past
from agent.status.past_routes import PastRoutes
from agent.store import past_queries
from agent.store.history import Minute
from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.store import Store
from tests.agent.shown_bank import ShownBank, serve

BEGIN = 1_796_000_000
CARD, NUMBER = "8946120000005000016", "+46701740000"
TOKEN = "correct-horse-battery"


@pytest.fixture
def clock():
    return HandClock(float(BEGIN))


@pytest.fixture
def store(tmp_path, clock):
    with closing(Store(tmp_path / "simbank.db", wall=clock)) as store:
        past = store.past
        past.note_alive()
        past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "live", hub="1-1.1")])
        past.note(
            [
                Happened(OF_MODULE, "Port10", None, None, "no_sim"),
                Happened(OF_MODULE, "Port2", None, None, "no_sim"),
            ]
        )
        clock.now += 30
        past.note_alive()
        clock.now += 30
        past.note([Happened(OF_MODULE, "Port1", None, None, "no_sim", hub="1-1.1")])
        past.note([Happened(OF_SIM, "Port1", CARD, NUMBER, "absent", "no_sim", hub="1-1.1")])
        past.note_report(
            SentReport(
                at=clock.now, method="sendNumbersOnline", outcome="refused", status=403, numbers=1, took_s=0.5,
                message="ACCOUNT_BLOCKED", came=[NUMBER], went=[],
            )
        )  # fmt: skip
        past.note_alive()
        clock.now += 30
        past.note_alive()
        yield store


@pytest.fixture
def bank(clock):
    bank = ShownBank()
    bank.wall_clock = clock
    bank.history = lambda: bank.day.minutes(clock.now)
    return bank


@pytest.fixture
async def http(store, clock, tmp_path, bank):
    past = Past(path=tmp_path / "simbank.db", running=True, wall=clock)
    server = serve(bank, past=PastRoutes(past, store.flush, bank.history))
    async with server, aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(10)) as session:
        yield session


async def asked(http, path, expect=200):
    async with http.get(path) as answer:
        assert answer.status == expect, await answer.text()
        return await (answer.json() if expect == 200 else answer.text())


async def test_each_change_is_told_with_its_sentence_in_both_languages(http):
    told = await asked(http, f"/api/v1/history?of={CARD}")
    assert [(one["at"], one["reason"], one["sim_only"]) for one in told["changes"]] == [
        (BEGIN, "live", False),
        (BEGIN + 60, "absent", True),
    ]
    assert told["changes"][1]["text"] == "left the module: no SIM"
    assert (await asked(http, "/api/v1/history?of=Port1&lang=ru"))["changes"][1]["text"] == "нет SIM-карты"
    assert [one["reason"] for one in (await asked(http, "/api/v1/history?of=%2B46701740000"))["changes"]] == [
        "live",
        "absent",
    ]
    told = await asked(http, "/api/v1/history?limit=2")
    assert (told["more"], len(told["changes"])) == (True, 2)


async def test_who_was_live_at_a_minute_is_told(http):
    told = await asked(http, f"/api/v1/history?at={BEGIN + 30}")
    assert [(one["module"], one["reason"], one["number"]) for one in told["modules"]] == [
        ("Port1", "live", NUMBER),
        ("Port2", "no_sim", None),
        ("Port10", "no_sim", None),
    ]


async def test_uptime_is_told_by_module_sim_and_hub(http):
    told = await asked(http, "/api/v1/uptime")
    first = told["modules"][0]
    assert (first["name"], first["live_s"], first["time_s"], first["losses"]) == ("Port1", 60, 90, 1)
    assert (first["share"], first["longest_gap_s"], first["reasons"]) == (0.6667, 30, {"no_sim": 30})
    (sim,) = (await asked(http, "/api/v1/uptime?by=sim&since=1h"))["sims"]
    assert (sim["name"], sim["number"], sim["reasons"]) == (CARD, NUMBER, {"absent": 30})
    hubs = (await asked(http, "/api/v1/uptime?by=hub"))["hubs"]
    assert [(one["name"], one["live_s"], one["time_s"]) for one in hubs] == [("", 0, 180), ("1-1.1", 60, 90)]


async def test_what_onlinesim_was_told_and_said(http):
    told = await asked(http, "/api/v1/reports")
    assert told["reports"] == [
        {
            "at": BEGIN + 60, "method": "sendNumbersOnline", "outcome": "refused", "status": 403, "numbers": 1,
            "took_s": 0.5, "message": "ACCOUNT_BLOCKED", "came": [NUMBER], "went": [],
        }
    ]  # fmt: skip
    assert [(day["refused"], day["met"]) for day in told["days"]] == [(1, 0)]


async def test_a_month_of_minutes_is_told_in_steps_and_read_once_for_all_who_ask(
    http, store, clock, monkeypatch
):
    for ago in range(29 * 1440, -1, -1440 // 2):
        store.note_minute(
            Minute(at=BEGIN // 60 * 60 - 60 * ago, live=7, lowest=3, highest=8, cap=8, accepted=1)
        )
    reads = []
    minutes = past_queries.minutes
    monkeypatch.setattr(
        past_queries, "minutes", lambda *args, **more: reads.append(more) or minutes(*args, **more)
    )
    first, second = await asyncio.gather(*[asked(http, "/api/v1/minutes?range=30d") for _ in range(2)])
    assert first == second
    assert len(reads) == 1
    assert first["step_s"] == 3600
    assert len(first["at"]) == 59
    assert {key: set(first[key]) for key in ("live", "lowest", "highest", "accepted")} == {
        "live": {7}, "lowest": {3}, "highest": {8}, "accepted": {1},
    }  # fmt: skip
    week = await asked(http, "/api/v1/minutes?range=7d")
    assert (week["step_s"], len(week["at"])) == (600, 14)
    assert week["since"] == pytest.approx(clock.now - 7 * 86_400)


async def test_what_is_not_on_the_disk_yet_stands_at_the_end_of_a_long_range(http, clock, bank):
    bank.day.record(clock.now, 5, 8)
    told = await asked(http, "/api/v1/minutes?range=7d")
    assert (told["live"], told["highest"]) == ([5], [5])


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("minutes?range=1y", "write 1h, 24h, 7d, 30d"),
        ("history?since=yesterday", "write 30d"),
        ("history?limit=0", "from 1 to"),
        ("history?limit=١", "from 1 to"),
        ("uptime?by=port", "write module, sim or hub"),
        ("reports?since=-5", "write 30d"),
    ],
)
async def test_a_question_that_is_none_says_what_to_write(http, path, hint):
    assert hint in await asked(http, f"/api/v1/{path}", expect=400)


async def test_a_store_that_cannot_be_read_is_said(http, tmp_path):
    path = tmp_path / "simbank.db"
    path.rename(tmp_path / "elsewhere")
    path.mkdir()
    assert "cannot be read" in await asked(http, "/api/v1/history", expect=503)


async def test_while_one_is_asked_the_others_wait_and_no_longer_than_allowed(
    store, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(past_routes, "ANSWER_WITHIN", 0.2)
    hung = threading.Event()
    bank = ShownBank()
    past = Past(path=tmp_path / "simbank.db", running=True, wall=clock)
    bank.wall_clock = clock
    server = serve(bank, TOKEN, past=PastRoutes(past, lambda _: hung.wait(20), bank.history))
    async with (
        server,
        aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):
        told = await asyncio.gather(*(asked(session, "/api/v1/uptime", expect=503) for _ in range(3)))
        hung.set()
        assert all("try again" in text for text in told)
    async with server, aiohttp.ClientSession(server.url) as stranger:
        for path in ("history", "uptime", "reports"):
            await asked(stranger, f"/api/v1/{path}", expect=401)
