"""Whatever card a number is told for, it is that number or none, never one of the sponsor's country."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from agent.formats import mcc
from agent.numbers.resolve import FileEntry, NumberBook, resolve
from drivers.observation import NumberOrigin, NumberReading

HOMES = {
    region: code
    for code, region in sorted(mcc.REGIONS.items())
    if phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) is not None
}
"""A mobile country code of each country."""
REGIONS = st.sampled_from(sorted(HOMES))


def card_of(region: str) -> str:
    return f"89{phonenumbers.country_code_for_region(region):02}".ljust(18, "1")


@given(issuer=REGIONS, network=REGIONS | st.just(None), national=st.booleans(), data=st.data())
def test_a_number_is_that_of_the_card_or_none(issuer, network, national, data):
    number = phonenumbers.example_number_for_type(issuer, PhoneNumberType.MOBILE)
    right = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    text = "".join(filter(str.isdigit, phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)))
    text = text if national else right[1:]
    imsi = "901280000000017" if network is None else f"{HOMES[network]}010000000001"
    card = card_of(issuer)
    told = data.draw(st.booleans())
    readings = (NumberReading(text, NumberOrigin.CNUM),) if told else ()
    book = NumberBook({}, [] if told else [FileEntry(card, text, None, 2)])
    found = resolve(book, card, imsi, readings, None)
    same_code = network is not None and phonenumbers.country_code_for_region(network) == number.country_code
    if found.number is not None:
        assert found.number.text == right or (same_code and found.number.country_id == number.country_code)
    else:
        assert found.rejected is not None
