"""What modules tell is learned, for the SIM and the subscription that they told it of."""

from __future__ import annotations

import pytest

from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook, Source
from agent.store.store import Store
from drivers.observation import NumberOrigin, NumberReading

CARD, IMSI, OTHER_IMSI = "8946120000005000016", "240120000000016", "240070000000099"
SAID = (NumberReading("+46701740000", NumberOrigin.CNUM),)


@pytest.fixture
def lookup():
    store = Store(None)
    yield Lookup(NumberBook({}), store)
    store.close()


def test_a_number_that_was_told_is_known_when_the_card_tells_none(lookup):
    assert lookup.find(CARD, IMSI, SAID).number.source is Source.CNUM
    again = lookup.find(CARD, IMSI, None).number
    assert (again.text, again.source) == ("+46701740000", Source.LEARNED)


def test_another_subscription_of_the_card_has_no_number_until_it_tells_one(lookup):
    lookup.find(CARD, IMSI, SAID)
    assert lookup.find(CARD, OTHER_IMSI, None).number is None
    assert lookup.find(CARD, OTHER_IMSI, ()).number is None


def test_a_number_that_onlinesim_refuses_is_none_and_says_so(lookup):
    refused = {"+46701740000": "Onlinesim: NUMBER_FORMAT_ERROR"}
    lookup = Lookup(NumberBook({}), lookup._store, refusal=lambda number: refused.get(number, ""))
    found = lookup.find(CARD, IMSI, SAID)
    assert (found.number, found.rejected) == (None, "+46701740000 (Onlinesim: NUMBER_FORMAT_ERROR)")
    refused.clear()
    assert lookup.find(CARD, IMSI, None).number.text == "+46701740000"


def test_a_number_that_was_told_for_another_card_since_has_moved_there(lookup):
    other = "8946120000005000024"
    lookup.find(CARD, IMSI, SAID)
    assert lookup.find(other, OTHER_IMSI, SAID).number.source is Source.CNUM
    assert lookup.find(CARD, IMSI, None).number is None
    assert lookup.find(other, OTHER_IMSI, None).number.source is Source.LEARNED
    again = Lookup(NumberBook({}), lookup._store)
    assert again.find(other, OTHER_IMSI, None).number.source is Source.LEARNED
    assert again.find(CARD, IMSI, None).number is None
    assert lookup.find(CARD, IMSI, SAID).number.source is Source.CNUM  # told again, it has moved back
    assert lookup.find(CARD, IMSI, None).number.source is Source.LEARNED


def test_what_is_noted_of_numbers_is_bounded(lookup):
    for n in range(3000):
        lookup.find(CARD, IMSI, (NumberReading(f"+4670174{n:04d}", NumberOrigin.CNUM),))
    assert len(lookup._card_of) <= 1100
