"""Who speaks of what in a fleet."""

from __future__ import annotations

import dataclasses

import pytest
from shown_fleet import fleet, follower, host

from agent.app.fleet_alerts import hosts_seen, speaks
from agent.fleet.state import HostLife, HostState, Leading

HOSTS = (
    host(1, leads=True),
    host(2),
    host(3, life=HostLife.SILENT, seen_at=100.0),
    host(4, life=HostLife.LEFT),
    host(5, life=HostLife.SILENT, seen_at=None),
)


def test_a_host_alone_and_the_leader_speak_for_the_account():
    assert speaks(None)
    assert speaks(fleet())
    assert not speaks(follower())


@pytest.mark.parametrize("state", [HostState.JOINING, HostState.CUT_OFF, HostState.REFUSED])
def test_a_host_that_has_no_part_in_the_fleet_speaks_for_itself(state):
    assert speaks(dataclasses.replace(follower(), state=state))


def test_where_nobody_leads_somebody_must_say_so():
    assert speaks(dataclasses.replace(follower(), leader=None))


def test_the_leader_tells_of_hosts_that_are_silent():
    seen = hosts_seen(fleet(hosts=HOSTS))
    assert seen == {"bank-2": None, "bank-3": 100.0, "bank-4": None}


@pytest.mark.parametrize("leading", [Leading.BLIND, Leading.GATHERING])
def test_a_leader_that_cannot_see_tells_of_no_host(leading):
    assert hosts_seen(dataclasses.replace(fleet(hosts=HOSTS), leading=leading)) == {}


def test_the_others_tell_of_no_host():
    assert hosts_seen(None) == {}
    assert hosts_seen(dataclasses.replace(follower(), hosts=HOSTS)) == {}
