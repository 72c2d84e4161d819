"""A mobile number of any country, however it is written, is read as that number or as a doubt, never as another."""

from __future__ import annotations

import functools
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from agent.formats import e164
from agent.formats.number_fault import Objection
from agent.formats.written_number import read

CERTAIN = frozenset(
    [
        "RU",
        "KZ",
        "US",
        "CA",
        "GB",
        "SE",
        "ID",
        "DE",
        "PL",
        "UA",
        "NL",
        "FR",
        "IT",
        "ES",
        "IN",
        "BR",
        "CN",
        "VN",
        "TH",
        "PH",
        "NG",
        "TR",
        "IL",
    ]
)
"""The countries whose numbers must be read in every form."""
REGIONS = sorted(
    region
    for region in phonenumbers.SUPPORTED_REGIONS
    if phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) is not None
)


@functools.cache
def example(region: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)


def forms(number: phonenumbers.PhoneNumber) -> list[str]:
    """The number as people, spreadsheets and cards write it."""
    e164_form = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    digits = e164_form[1:]
    code = str(number.country_code)
    rest = abroad[len(code) + 1 :].strip(" -")
    written = [
        e164_form,
        f"00{digits}",
        national,
        re.sub(r"\D", "", national),
        digits,
        abroad,
        abroad[1:],
        f"00 {abroad[1:]}",
        f"(+{code}) {rest}",
        abroad.replace(" ", "-"),
        national.replace(" ", "\u2013"),
        f"\u202a{abroad}\u202c",
        f"{digits}.0",
        " ".join(digits[place : place + 3] for place in range(0, len(digits), 3)),
        "-".join([digits[:3], digits[3:]]),
        f"({national[:3]}) {national[3:]}" if national[:3].isdigit() else national,
    ]
    if not number.italian_leading_zero:
        written += [f"+{code} (0){rest}", f"+{code}(0) {rest}"]
    return written


def meaning(text: str, region: str) -> str | Objection:
    written = read(text)
    if isinstance(written, Objection):
        return written
    return e164.told(written) if written.plus else e164.without_plus(written, region)


def test_the_example_of_every_country_in_every_form():
    doubts, tried = [], 0
    for region in REGIONS:
        number = example(region)
        right = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for text in forms(number):
            tried += 1
            read_as = meaning(text, region)
            if isinstance(read_as, Objection):
                doubts.append((region, text))
            else:
                assert read_as == right, (region, text)
    assert not [doubt for doubt in doubts if doubt[0] in CERTAIN]
    assert len(doubts) * 100 < tried


SIGNS = st.sampled_from(["", " ", "-", "\u2013", "\u200b", "\u00a0", " - "])
CALLED = st.sampled_from([e164.told, e164.as_written])


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, phonenumbers.PhoneNumber]:
    """A country and one of its mobile numbers: its example with other digits at the end."""
    region = draw(st.sampled_from(REGIONS))
    digits = phonenumbers.format_number(example(region), PhoneNumberFormat.E164)
    count = draw(st.integers(0, min(5, len(digits) - 5)))
    tail = draw(st.text("0123456789", min_size=count, max_size=count))
    number = phonenumbers.parse(digits[: len(digits) - count] + tail)
    mobile = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    return region, number if phonenumbers.number_type(number) in mobile else example(region)


@given(numbers(), st.data())
def test_a_written_number_is_that_number_or_a_doubt(one, data):
    region, number = one
    right = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    text = data.draw(st.sampled_from(forms(number)))
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(SIGNS) + text[place:]
    read_as = meaning(text, region)
    assert isinstance(read_as, Objection) or read_as == right, (region, text)


@given(
    numbers(),
    st.sampled_from(["/01", "/1", " (2)", "-2", " - 3", ", 0", "; {}", "/{}", " {}", " / {}"]),
    st.data(),
)
def test_what_stands_behind_a_number_never_becomes_a_part_of_it(one, behind, data):
    region, number = one
    right = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    text = data.draw(st.sampled_from([right, right[1:], re.sub(r"\D", "", national)]))
    other = text[:-1] + str((int(text[-1]) + 1) % 10)
    read_as = meaning(text + behind.format(other), region)
    assert isinstance(read_as, Objection) or read_as == right, (region, text, behind)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("0079160000004", "RU", "+79160000004"),
        ("0015612301234", "SE", "+15612301234"),
        ("0015612301234", "US", "+15612301234"),
        ("8~10 46 70 174 00 00".replace("~", ""), "RU", "+46701740000"),
        ("011 46 70 174 00 00", "US", "+46701740000"),
        ("0011 46 70 174 00 00", "AU", "+46701740000"),
        ("0039 06 6982 1234", "IT", "+390669821234"),
        ("+39 (0)347 123 4567", "IT", "+393471234567"),
        ("39 (0)347 123 4567", "IT", "+393471234567"),
        ("0039 (0)347 123 4567", "IT", "+393471234567"),
        ("46 (0)70 174 00 00", "SE", "+46701740000"),
        ("46 (070) 174 00 00", "SE", "+46701740000"),
        ("51234", "FK", "+50051234"),
        ("06 6982 1234", "IT", "+390669821234"),
        ("07 07 12 34 56", "CI", "+2250707123456"),
        ("06 612 3456", "CG", "+242066123456"),
    ],
)
def test_prefixes_and_zeros_of_countries(text, region, number):
    assert meaning(text, region) == number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("8 (0)70 174-00-09", "SE"),
        ("8 (070) 174-00-09", "SE"),
        ("46356", "DE"),
        ("12345", "DE"),
        ("5550123", "US"),
    ],
)
def test_what_is_no_number_of_a_country_is_none(text, region):
    assert isinstance(meaning(text, region), Objection)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+46 (0)70 174 00 00", "+46701740000"),
        ("+46 (070) 174 00 00", "+46701740000"),
        ("+225 (07) 07 12 34 56", "+2250707123456"),
        ("+39 (0347) 123 4567", "+393471234567"),
        ("+46 (0)719 123 456 789 0", "+467191234567890"),
        ("+46 050 91 08 04", "+46050910804"),
    ],
)
def test_a_zero_in_brackets_is_dropped_where_the_country_has_none(text, number):
    assert e164.as_written(read(text)) == number
