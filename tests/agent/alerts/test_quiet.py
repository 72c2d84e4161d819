"""Quiet hours by the clock on the wall, over midnight and over both changes of the clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from agent.alerts.quiet import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


def at(clock):
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("first", "after", "quiet", "loud"),
    [
        ("23:00", "07:00", ["23:00", "00:00", "06:59"], ["22:59", "07:00", "12:00"]),
        ("12:00", "14:30", ["12:00", "14:29"], ["11:59", "14:30", "00:00"]),
        ("00:00", "07:00", ["00:00", "06:59"], ["23:59", "07:00"]),
        ("22:00", "00:00", ["22:00", "23:59"], ["21:59", "00:00"]),
    ],
)
def test_a_span(first, after, quiet, loud):
    hours = QuietHours(at(first), at(after))
    assert [clock for clock in quiet if not hours.hold(at(clock))] == []
    assert [clock for clock in loud if hours.hold(at(clock))] == []


def quiet_minutes(hours, first_utc, minutes):
    """How many of these minutes are quiet in Berlin."""
    began = dt.datetime.fromisoformat(first_utc).replace(tzinfo=dt.UTC)
    local = [(began + dt.timedelta(minutes=n)).astimezone(BERLIN) for n in range(minutes)]
    return sum(hours.hold(one.hour * 60 + one.minute) for one in local)


def test_the_night_of_the_change_is_as_long_as_it_is():
    night = QuietHours(at("23:00"), at("07:00"))
    assert quiet_minutes(night, "2026-02-01T12:00", 1440) == 8 * 60
    assert quiet_minutes(night, "2026-03-28T12:00", 1440) == 7 * 60  # 02:00 becomes 03:00
    assert quiet_minutes(night, "2026-10-24T12:00", 1440) == 9 * 60  # 03:00 becomes 02:00


def test_a_span_within_the_hour_that_is_left_out_or_repeated():
    hours = QuietHours(at("02:15"), at("02:45"))
    assert quiet_minutes(hours, "2026-03-28T12:00", 1440) == 0
    assert quiet_minutes(hours, "2026-10-24T12:00", 1440) == 60
