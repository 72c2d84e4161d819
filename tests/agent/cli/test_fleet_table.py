"""The fleet on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agent.cli.fleet_table import fleet_view, who_reports, whose_list
from agent.cli.status_screen import _view
from agent.fleet.state import EngineState, HostLife, HostState, Leading
from agent.status.encode import status_json
from agent.status.fleet_json import fleet_json
from tests.agent.shown_bank import NOW, ShownBank
from tests.agent.shown_fleet import DOUBT, fleet, follower, host


def printed(shown) -> str:
    out = Console(file=io.StringIO(), width=200, highlight=False, markup=False)
    out.print(shown)
    return out.file.getvalue()


def json_of(state):
    return fleet_json(state, NOW)


def test_a_fleet_is_one_line_and_a_row_for_each_host():
    lines = printed(
        fleet_view(json_of(follower(hosts=(host(1, leads=False, doubts=2), host(2, leads=True, may_lead=True),
                                           host(3, life=HostLife.SILENT, seen_at=NOW - 95.0, may_lead=False)))))
    ).splitlines()  # fmt: skip
    assert lines[0] == (
        "fleet main: this host is bank-1, member; bank-2 speaks; 186 numbers in the list, at most 192;"
        " redis 7.0.15, 1.2 ms"
    )
    assert lines[1].split() == ["host", "state", "live", "modules", "seen", "lease", "left"]
    assert lines[2].split() == [
        "bank-1",
        "running",
        "61",
        "64",
        "1s",
        "ago",
        "29s",
        "this",
        "host,",
        "2",
        "doubts",
    ]
    assert lines[3].split() == ["bank-2", "running", "62", "64", "2s", "ago", "28s", "speaks"]
    assert lines[4].split() == ["bank-3", "silent", "63", "64", "1m35s", "ago", "–", "never", "speaks"]


def test_an_engine_that_is_away_is_named_with_its_trouble():
    state = follower(state=HostState.CUT_OFF, leader=None, engine=EngineState(trouble="connection refused"))
    line = printed(fleet_view(json_of(state))).splitlines()[0]
    assert "nobody speaks" in line
    assert "no connection to the engine: connection refused" in line


@pytest.mark.parametrize(
    ("state", "who", "whose"),
    [
        (fleet(), "", "the list of the whole fleet main, which bank-1 reports"),
        (
            fleet(leading=Leading.GATHERING),
            "",
            "the part of bank-1 alone: it gathers the list of the fleet",
        ),
        (follower(), "bank-2 reports", "the part of bank-1 alone: bank-2 reports"),
        (
            follower(leader=None),
            "no host of the fleet reports now",
            "the part of bank-1 alone: no host of the fleet reports now",
        ),
    ],
)
def test_it_is_said_who_reports_and_whose_numbers_a_payload_holds(state, who, whose):
    assert who_reports(json_of(state)) == who
    assert whose_list(json_of(state)) == whose


def test_a_host_alone_says_nothing_of_a_fleet():
    assert (who_reports(None), whose_list(None)) == ("", "")


def test_the_screen_of_a_member_says_who_reports_in_place_of_its_own_last_report():
    bank = ShownBank(2)
    assert "last report" in printed(_view(status_json(bank.snapshot(), NOW)))
    bank.fleet = follower(doubts=(DOUBT,))
    shown = printed(_view(status_json(bank.snapshot(), NOW)))
    assert "last report" not in shown
    assert "bank-2 reports" in shown
    assert "+46701740003 (bank-1/Port3, bank-2/Port7)" in shown
