from hypothesis import given
from hypothesis import strategies as st

from drivers.simulator.encoding import from_gsm7_packed, from_ucs2_hex, gsm7_packed, swapped, ucs2_hex

PLAIN = st.text(st.sampled_from("abcXYZ 0123456789.*#+"), max_size=60)


@given(PLAIN)
def test_ucs2_hex_is_read_back(text):
    assert from_ucs2_hex(ucs2_hex(text)) == text


@given(PLAIN)
def test_packed_septets_are_read_back(text):
    assert from_gsm7_packed(gsm7_packed(text)) == text


def test_packing_is_that_of_the_standard():
    assert gsm7_packed("hellohello").hex() == "e8329bfd4697d9ec37"


def test_what_is_no_ucs2_stays_as_it_is():
    assert from_ucs2_hex("+46701740611") == "+46701740611"


def test_nibbles_are_swapped_and_an_odd_digit_is_paired_with_f():
    assert swapped("12345") == "2143F5"
