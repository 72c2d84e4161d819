import random

import phonenumbers
import pytest

from drivers.simulator.card_issuer import imei, issue
from drivers.simulator.sim import NumberAt, luhn_digit


@pytest.fixture(scope="module")
def cards():
    return issue(512, random.Random(7))


def test_every_card_is_another_one(cards):
    for values in ([c.iccid for c in cards], [c.imsi for c in cards], [c.e164 for c in cards]):
        assert len(set(values)) == 512


def test_iccids_pass_luhns_test_where_it_is_defined(cards):
    decimal = [card.iccid for card in cards if card.iccid.isdigit()]
    assert len(decimal) > 400
    assert all(iccid[-1] == luhn_digit(iccid[:-1]) and len(iccid) in {19, 20} for iccid in decimal)


def test_some_iccids_hold_hex_digits_as_those_of_china_mobile_do(cards):
    odd = [card.iccid for card in cards if not card.iccid.isdigit()]
    assert odd
    assert all(iccid.startswith("898602F9") and len(iccid) == 20 for iccid in odd)


def test_imsis_begin_with_the_network_and_have_fifteen_digits(cards):
    assert all(len(card.imsi) == 15 and card.imsi.isdigit() for card in cards)
    assert {card.mnc_length for card in cards} == {2, 3}


def test_every_number_is_a_possible_one_as_it_is_stored(cards):
    for card in cards:
        country = int(card.e164[1:]) and phonenumbers.parse(card.e164).country_code
        region = phonenumbers.region_code_for_country_code(country)
        stored = phonenumbers.parse(card.number, region)
        assert phonenumbers.is_possible_number(stored)
        assert phonenumbers.format_number(stored, phonenumbers.PhoneNumberFormat.E164) == card.e164


def test_cards_hold_their_numbers_in_every_way_that_real_ones_do(cards):
    assert {card.number_at for card in cards} == {NumberAt.CNUM, NumberAt.FILE_ONLY}
    assert any(not card.number.startswith("+") for card in cards)


def test_cards_without_a_number_come_only_when_asked_for():
    cards = issue(200, random.Random(7), unknown=0.5)
    assert 50 < sum(card.number_at is NumberAt.NOWHERE for card in cards) < 150


def test_the_same_seed_gives_the_same_cards():
    def identities(seed):
        return [(c.iccid, c.imsi, c.number) for c in issue(20, random.Random(seed))]

    assert identities(3) == identities(3) != identities(4)


def test_an_imei_ends_with_its_check_digit():
    made = imei("86586402", random.Random(1))
    assert len(made) == 15
    assert made[-1] == luhn_digit(made[:-1])
