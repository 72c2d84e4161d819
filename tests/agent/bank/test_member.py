"""What still holds of what a module said: its SIM, and whose number it told."""

from __future__ import annotations

import pytest

from agent.bank.member import NO_SIM, Member
from agent.bank.place import Place
from agent.numbers.resolve import Number, Resolution, Source
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


@pytest.fixture
def member():
    return Member(Place(key="k", name="Port1", order=3, ports=("p",)), seen(port=PortState.UNPROBED))


def test_what_is_not_said_stays_as_it_was(member):
    member.take(seen(identity=Identity(imei="1"), iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    member.take(seen(at=2.0))
    assert member.identity == Identity(imei="1")
    assert member.card == (CARD, IMSI)
    assert member.said == (NUMBER,)
    assert member.observation.at == 2.0
    assert member.undecided


def test_the_newest_complete_observation_is_kept_apart(member):
    whole = seen(sim=SimState.READY, iccid=CARD, imsi=IMSI, registration=Registration.HOME)
    assert whole.complete
    member.take(whole)
    member.take(seen(at=2.0, sim=SimState.READY))
    assert member.complete is whole


def test_another_card_brings_neither_the_imsi_nor_the_numbers_of_the_one_before(member):
    member.take(seen(iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    member.take(seen(at=2.0, iccid=OTHER))
    assert member.card == (OTHER, None)
    assert member.said is None


def test_another_subscription_of_the_same_card_does_not_bring_the_number_of_the_one_before(member):
    member.take(seen(iccid=CARD, imsi=IMSI, numbers=(NUMBER,)))
    member.take(seen(at=2.0, iccid=CARD, imsi="240070000000099"))
    assert member.card == (CARD, "240070000000099")
    assert member.said is None
    member.take(seen(at=3.0, iccid=CARD, imsi=IMSI))
    assert member.said == (NUMBER,)  # that is still the one which was told of it


@pytest.mark.parametrize(
    "facts",
    [{"sim": SimState.ABSENT}, {"restarted": True}, {"port": PortState.GONE}, {"port": PortState.BUSY}],
)
def test_a_card_is_gone_where_nobody_can_say_that_it_is_still_there(member, facts):
    member.take(seen(iccid=CARD, imsi=IMSI))
    member.take(seen(at=2.0, **facts))
    assert member.card is None


def test_silence_takes_no_card_out(member):
    member.take(seen(iccid=CARD, imsi=IMSI))
    member.take(seen(at=2.0, port=PortState.MUTE))
    assert member.card == (CARD, IMSI)


def test_what_the_network_tells_later_is_added_for_the_card_it_was_asked_for(member):
    later = NumberReading("+46701740001", NumberOrigin.USSD)
    assert not member.add_number(CARD, later)
    member.take(seen(iccid=CARD, imsi=IMSI))
    assert member.add_number(CARD, later)
    assert member.said == (later,)
    member.take(seen(at=2.0, iccid=CARD, numbers=(NUMBER,)))
    assert member.add_number(CARD, later)
    assert member.said == (NUMBER, later)
    assert not member.add_number(OTHER, later)


def test_the_number_is_resolved_for_the_card_and_with_what_was_said_of_it(member):
    asked = []

    def whose(iccid, imsi, said):
        asked.append((iccid, imsi, said))
        return Resolution(
            number=Number("+46701740000", 46, Source.CNUM, rent=False), rejected=None, disabled=False
        )

    member.resolve(whose)
    assert member.resolution is NO_SIM
    member.take(seen(iccid=CARD, imsi=IMSI, numbers=()))
    member.resolve(whose)
    assert asked == [(CARD, IMSI, ())]
    assert member.sighting().resolution is member.resolution
    assert member.sighting().order == 3
    assert not member.sighting().disabled
