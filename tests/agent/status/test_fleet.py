"""What people and programs see of a fleet."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.fleet.state import (
    Claim,
    EngineState,
    HostLife,
    HostState,
    Leading,
    LeftOut,
    Net,
    RefusedBy,
)
from agent.language import both
from agent.status.encode import status_json
from agent.status.fleet_texts import LEADING, LEFT_OUT, LIVES, STATES, banners, doubt_text
from agent.status.health import readiness
from agent.status.metrics import Metrics
from agent.status.snapshot import BannerKind
from tests.agent.shown_bank import NOW, ShownBank
from tests.agent.shown_fleet import DOUBT, fleet, follower, host

TROUBLES = [
    (follower(state=HostState.REFUSED, refused=RefusedBy.NAME), "fleet_out", "calls itself bank-1"),
    (follower(state=HostState.REFUSED, refused=RefusedBy.KEY), "fleet_out", "another server or API key"),
    (follower(state=HostState.REFUSED, refused=RefusedBy.VERSION), "fleet_out", "update this agent"),
    (follower(state=HostState.JOINING), "fleet_wait", "is joining the fleet"),
    (
        follower(state=HostState.CUT_OFF, engine=EngineState(trouble="timed out")),
        "fleet_out",
        "No connection to the engine (timed out)",
    ),
    (follower(leader=None), "fleet", "No host speaks"),
    (follower(left_out=LeftOut.TOO_MANY), "fleet_out", "more numbers than modules"),
    (fleet(leading=Leading.GATHERING), "fleet_wait", "waits until all living hosts"),
    (fleet(leading=Leading.BLIND), "fleet", "without a connection to the engine"),
    (fleet(doubts=(DOUBT,)), "fleet", "+46701740003 (bank-1/Port3, bank-2/Port7)"),
    (fleet(fenced={Net.TIMER: 1}), "fleet", "ended by the kernel"),
]


def shown(**changes):
    bank = ShownBank(4)
    for name, value in changes.items():
        setattr(bank, name, value)
    return bank.snapshot()


@pytest.mark.parametrize(("state", "kind", "words"), TROUBLES)
def test_each_trouble_has_one_banner_in_both_languages(state, kind, words):
    [(found, text)] = banners(state)
    assert found == kind
    assert words in text.en
    assert re.search(r"[а-яё]", text.ru)
    assert (kind, text.en) in shown(fleet=state).banners(NOW)
    assert (kind, text.ru) in shown(fleet=state).banners(NOW, "ru")


@pytest.mark.parametrize("state", [fleet(), follower()])
def test_where_all_is_well_there_is_no_banner(state):
    assert list(banners(state)) == []
    assert shown(fleet=state, reports=()).banners(NOW) == (
        [] if state.leader != "bank-1" else [("starting", "")]
    )


def test_every_state_has_a_text_in_both_languages():
    for texts, kind in ((STATES, HostState), (LEADING, Leading), (LIVES, HostLife), (LEFT_OUT, LeftOut)):
        assert set(texts) == set(kind)
        assert all(re.search(r"[а-яё]", both(text).ru) for text in texts.values())


def test_a_host_alone_has_null_for_its_fleet_and_no_metric_of_one():
    assert status_json(shown(), NOW)["fleet"] is None
    assert b"simbank_fleet" not in Metrics(shown, clock=lambda: NOW, version="1").render()


def test_the_status_has_the_fleet_as_json():
    body = json.loads(json.dumps(status_json(shown(fleet=fleet(doubts=(DOUBT,))), NOW)["fleet"]))
    assert body["state"] == "leader"
    assert body["text"] == "speaks"
    assert body["engine"] == {
        "up": True, "since_s": 3600.0, "latency_ms": 1.2, "version": "redis 7.0.15", "role": "master", "trouble": "",
    }  # fmt: skip
    assert [one["seen_s"] for one in body["hosts"]] == [1.0, 2.0, 3.0]
    assert [one["leads"] for one in body["hosts"]] == [True, False, False]
    assert body["doubts"][0]["others"] == [{"host": "bank-2", "module": "Port7"}]
    assert body["accepted_s"] == 20.0
    assert status_json(shown(fleet=follower()), NOW, "ru")["fleet"]["hosts"][0]["text"] == "работает"


def test_a_doubt_names_the_other_host_and_what_both_claim():
    assert doubt_text(DOUBT).en == "the same number is in bank-2/Port7: in neither's list"
    card = dataclasses.replace(DOUBT, claim=Claim.CARD, others=(("bank-2", "A"), ("bank-3", "B")))
    assert doubt_text(card).en == "the same SIM is in bank-2/A, bank-3/B: in neither's list"


def test_a_member_is_ready_when_the_leaders_last_accepted_list_holds_its_numbers():
    assert readiness(shown(fleet=follower()), NOW)[0]
    assert readiness(shown(fleet=fleet()), NOW)[0]
    for state, reason in (
        (follower(taken=None), "the last accepted list of the fleet does not hold this host's numbers yet"),
        (
            follower(left_out=LeftOut.TOO_MANY),
            "nothing of this host is in the list: more numbers than modules",
        ),
        (follower(state=HostState.CUT_OFF, taken=None), "this host is not part of the fleet now: cut_off"),
    ):
        ready, body = readiness(shown(fleet=state), NOW)
        assert (ready, body["reason"]) == (False, reason)
    ready, body = readiness(shown(fleet=follower(), accepted_at=NOW - 301), NOW)
    assert (ready, body["reason"]) == (False, "no report of the fleet accepted in the last 300 s")


def test_what_a_host_heard_when_it_led_is_no_banner_while_another_speaks():
    refused = ShownBank(4).report(age=900.0, outcome="refused", said="ACCOUNT_BLOCKED")
    assert shown(fleet=fleet(), reports=(refused,)).banners(NOW)[0][0] is BannerKind.REFUSED
    assert shown(fleet=follower(), reports=(refused,)).banners(NOW) == []


def test_the_metrics_of_a_fleet():
    state = fleet(
        hosts=(host(1), host(2, life=HostLife.SILENT), host(3)),
        doubts=(DOUBT,), takeovers=2, blind_s=1.5, fenced={Net.BUDGET: 3},
    )  # fmt: skip
    metrics = Metrics(lambda: shown(fleet=state), clock=lambda: NOW, version="1", fleet=True)
    metrics.engine_answered(0.004)
    rendered = metrics.render().decode()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(rendered)
        for sample in family.samples
        if sample.name.startswith("simbank_fleet")
    }
    expected = {
        ("simbank_fleet_leads",): 1,
        ("simbank_fleet_state", "leader"): 1,
        ("simbank_fleet_state", "cut_off"): 0,
        ("simbank_fleet_hosts", "running"): 2,
        ("simbank_fleet_hosts", "silent"): 1,
        ("simbank_fleet_numbers",): 186,
        ("simbank_fleet_doubts",): 1,
        ("simbank_fleet_engine_up",): 1,
        ("simbank_fleet_engine_seconds_count",): 1,
        ("simbank_fleet_takeovers_total",): 2,
        ("simbank_fleet_fenced_total", "budget"): 3,
        ("simbank_fleet_fenced_total", "timer"): 0,
        ("simbank_fleet_blind_seconds_total",): 1.5,
    }
    assert found.items() >= expected.items()
    assert "bank-" not in rendered
    assert "+467" not in rendered
