"""A number without its plus takes the country of its SIM, and none where there is a doubt."""

import pytest

from agent.formats.number_fault import Fault, Objection
from agent.formats.written_number import read
from agent.numbers.home import in_e164

SWEDISH, GERMAN, RUSSIAN, GLOBAL = (
    "8946120000005000016",
    "8949020000001234561",
    "8970101234567890158",
    "8988303000000000000",
)
SWEDE, SPONSOR, GLOBAL_IMSI = "240120000000017", "204080000000011", "901280000000017"


@pytest.mark.parametrize(
    ("card", "imsi", "text", "number"),
    [
        (SWEDISH, SWEDE, "0701740000", "+46701740000"),
        (SWEDISH, None, "0701740000", "+46701740000"),
        (None, SWEDE, "0701740000", "+46701740000"),
        (GLOBAL, SWEDE, "0701740000", "+46701740000"),
        (RUSSIAN, "401010000000001", "87710009998", "+77710009998"),
        ("8977012345678901234", "250010000000001", "89161234567", "+79161234567"),
        ("8930261234567890123", "302610000000001", "2042345678", "+12042345678"),
        ("8901410123456789012", "302610000000001", "2042345678", "+12042345678"),
        ("8914800000123456789", "311480000000001", "2015550123", "+12015550123"),
        (SWEDISH, SPONSOR, "46701740000", "+46701740000"),
        (SWEDISH, GLOBAL_IMSI, "46701740000", "+46701740000"),
        (SWEDISH, SPONSOR, "0046701740000", "+46701740000"),
        (None, None, "0046701740000", "+46701740000"),
        (GERMAN, SWEDE, "491716700154", "+491716700154"),
        ("8945010000005000016", "238010000000001", "20261130", "+4520261130"),
        (SWEDISH, SWEDE, "20264130", "+4620264130"),
    ],
)
def test_takes_the_country_that_card_and_subscription_agree_on(card, imsi, text, number):
    assert in_e164(read(text), card, imsi) == number


@pytest.mark.parametrize(
    ("card", "imsi", "text", "fault"),
    [
        (SWEDISH, "262010000095001", "0701740000", Fault.TWO_COUNTRIES),
        (SWEDISH, "262010000095001", "701740000", Fault.TWO_COUNTRIES),
        (SWEDISH, GLOBAL_IMSI, "0701740000", Fault.NO_COUNTRY),
        (GLOBAL, GLOBAL_IMSI, "0701740000", Fault.NO_COUNTRY),
        (GLOBAL, None, "0701740000", Fault.NO_COUNTRY),
        (None, None, "46701740000", Fault.NO_COUNTRY),
        (SWEDISH, SPONSOR, "0612345678", Fault.TWO_COUNTRIES),
        (SWEDISH, SWEDE, "80701740009", Fault.IMPOSSIBLE),
        (SWEDISH, SWEDE, "20261130", Fault.DATE),
        (SWEDISH, SWEDE, "06122026", Fault.DATE),
        (SWEDISH, SWEDE, "12062026", Fault.DATE),
    ],
)
def test_never_takes_a_country_that_is_in_doubt(card, imsi, text, fault):
    assert in_e164(read(text), card, imsi) == Objection(fault)
