from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import gsm7


@pytest.mark.parametrize(
    ("text", "packed"),
    [("*100#", "AA180C3602"), ("hellohello", "E8329BFD4697D9EC37"), ("", ""), ("*100#12", "AA180C368AC91A")],
)
def test_text_is_packed_seven_bits_a_character(text, packed):
    assert gsm7.pack(text).hex().upper() == packed
    assert gsm7.unpack(bytes.fromhex(packed)) == text


def test_extension_characters_are_read():
    assert gsm7.decode(bytes([0x1B, 0x65, 0x1B, 0x28, 0x1B, 0x00, 0x41])) == "€{@A"


@given(st.text(alphabet=gsm7._BASIC.replace("\x1b", "").replace("\r", "").replace("@", "")))
def test_fuzz_what_was_packed_comes_back(text):
    assert gsm7.unpack(gsm7.pack(text)) == text


@given(st.binary(max_size=200))
def test_fuzz_any_octets_are_some_text(data):
    assert isinstance(gsm7.unpack(data), str)
    assert isinstance(gsm7.decode(data), str)
