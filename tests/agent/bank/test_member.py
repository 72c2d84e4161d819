"""What a member keeps of its module's observations: the SIM, and the numbers that were reported for it."""

from __future__ import annotations

import pytest

from agent.bank.member import NO_SIM, Member
from agent.bank.place import Place
from agent.numbers.resolve import Number, Resolution, Source
from agent.numbers.told import ToldNumbers
from drivers.observation import (
    Identity,
    NumberOrigin,
    NumberReading,
    Observation,
    PortState,
    Registration,
    SimState,
)

CARD, OTHER = "8946120000005000016", "8946120000005000024"
IMSI = "240120000000016"
NUMBER = NumberReading("+46701740000", NumberOrigin.CNUM)


def seen(at=1.0, **facts):
    return Observation(module="Port1", at=at, **facts)


def take(member, observation):
    member.take(observation, observation.at)


def sim(member):
    return member.state.iccid, member.state.imsi


@pytest.fixture
def member():
    return Member(Place(key="k", name="Port1", order=3, ports=("p",)))


def test_what_is_not_reported_stays_as_it_was(member):
    take(member, seen(identity=Identity(imei="1"), iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    take(member, seen(at=2.0))
    assert member.identity == Identity(imei="1")
    assert sim(member) == (CARD, IMSI)
    assert member.reported_numbers == (NUMBER,)
    assert member.state.latest.at == 2.0


def test_the_newest_complete_observation_is_kept_apart(member):
    whole = seen(sim=SimState.READY, iccid=CARD, imsi=IMSI, registration=Registration.HOME)
    assert whole.complete
    take(member, whole)
    take(member, seen(at=2.0, sim=SimState.READY))
    assert member.complete is whole


def test_another_card_brings_neither_the_imsi_nor_the_numbers_of_the_one_before(member):
    take(member, seen(iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    take(member, seen(at=2.0, iccid=OTHER))
    assert sim(member) == (OTHER, None)
    assert member.reported_numbers is None


def test_another_subscription_of_the_same_card_does_not_bring_the_number_of_the_one_before(member):
    take(member, seen(iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    take(member, seen(at=2.0, iccid=CARD, imsi="240070000000099"))
    assert sim(member) == (CARD, "240070000000099")
    assert member.reported_numbers is None
    take(member, seen(at=3.0, iccid=CARD, imsi=IMSI))
    assert member.reported_numbers == (NUMBER,)  # that is still the number that was reported for it


@pytest.mark.parametrize(
    "facts",
    [{"sim": SimState.ABSENT}, {"restarted": True}, {"port": PortState.GONE}, {"port": PortState.BUSY}],
)
def test_a_card_is_gone_where_nobody_can_say_that_it_is_still_there(member, facts):
    take(member, seen(iccid=CARD, imsi=IMSI))
    take(member, seen(at=2.0, **facts))
    assert sim(member) == (None, None)


@pytest.mark.parametrize("state", [SimState.PIN, SimState.PUK, SimState.ERROR, SimState.NOT_READY])
def test_a_bad_sim_is_still_known_but_claims_no_card(member, state):
    take(member, seen(iccid=CARD, imsi=IMSI))
    take(member, seen(at=2.0, sim=state))
    assert sim(member) == (CARD, IMSI)
    assert member.state.iccid_at is None
    take(member, seen(at=3.0, sim=state, iccid=OTHER))
    assert sim(member) == (OTHER, None)


def test_an_observation_that_began_before_the_latest_changes_nothing(member):
    take(member, seen(at=2.0, iccid=CARD, imsi=IMSI))
    take(member, seen(at=1.0, iccid=OTHER, imsi=IMSI, numbers=(NUMBER,)))
    assert sim(member) == (CARD, IMSI)
    assert member.reported_numbers is None


def test_silence_takes_no_card_out(member):
    take(member, seen(iccid=CARD, imsi=IMSI))
    take(member, seen(at=2.0, port=PortState.MUTE))
    assert sim(member) == (CARD, IMSI)


def test_what_the_network_tells_later_is_added_for_the_card_it_was_asked_for(member):
    later = NumberReading("+46701740001", NumberOrigin.USSD)
    assert not member.add_number(CARD, later)
    take(member, seen(iccid=CARD, imsi=IMSI))
    assert member.add_number(CARD, later)
    assert member.reported_numbers == (later,)
    take(member, seen(at=2.0, iccid=CARD, numbers=(NUMBER,)))
    assert member.add_number(CARD, later)
    assert member.reported_numbers == (NUMBER, later)
    assert not member.add_number(OTHER, later)


def test_the_number_is_resolved_for_the_card_and_with_what_was_reported_for_it(member):
    asked = []

    def lookup(iccid, imsi, reported):
        asked.append((iccid, imsi, reported))
        return Resolution(
            number=Number("+46701740000", 46, Source.CNUM, rent=False), rejected=None, disabled=False
        )

    member.resolve(lookup, ToldNumbers())
    assert member.resolution is NO_SIM
    take(member, seen(iccid=CARD, imsi=IMSI, numbers=()))
    member.resolve(lookup, ToldNumbers())
    assert asked == [(CARD, IMSI, ())]
    assert member.input().resolution is member.resolution
    assert member.input().order == 3
    assert not member.input().disabled
