"""Telephone numbers in international form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats import e164
from agent.formats.number_fault import Fault, Objection
from agent.formats.written_number import read


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+46050910804", 46),
        ("+12025550123", 1),
        ("+79161234567", 7),
        ("+998901234567", 998),
        ("+88213300000", 882),
        ("+2101234567", None),
        ("46701740000", None),
        ("+", None),
        ("", None),
    ],
)
def test_finds_the_calling_code_at_the_head(number, code):
    assert code == e164.calling_code(number)


@pytest.mark.parametrize(
    ("text", "region", "written"),
    [
        ("+46701740000", None, "+46701740000"),
        ("0701740000", "SE", "+46701740000"),
        ("46701740000", "SE", "+46701740000"),
        ("0046701740000", "SE", "+46701740000"),
        ("89161234567", "RU", "+79161234567"),
        ("0812345678901", "ID", "+62812345678901"),
        ("0701740000", None, None),
        ("5550123", "US", None),  # a local number without its area
        ("112", "SE", None),
        ("nonsense", "SE", None),
        ("", "SE", None),
        ("+4670174000012345", None, None),
    ],
)
def test_makes_a_national_number_international(text, region, written):
    assert written == e164.international(text, region)


@pytest.mark.parametrize("text", ["+46 70 174", "+4670", "+٤٦701740000", "+0701740000", "+46701740000\n"])
def test_a_number_that_is_not_plus_and_digits_is_not_international(text):
    assert not e164.is_international(text)


@given(
    st.text(alphabet="+0123456789 ()-/#*,;x", max_size=25), st.sampled_from([None, "SE", "US", "IT", "RU"])
)
def test_whatever_becomes_international_can_be_sent(text, region):
    written = e164.international(text, region)
    if written is not None:
        assert e164.is_international(written)
        assert written.startswith(f"+{e164.calling_code(written)}")


@pytest.mark.parametrize(
    ("number", "assigned"),
    [
        ("+46701740605", True),
        ("+46050910804", False),
        ("+12005550123", False),
        ("0701740605", False),
        ("", False),
    ],
)
def test_a_number_outside_the_published_ranges_is_doubtful(number, assigned):
    assert e164.is_assigned(number) is assigned


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 (0)7700 900123", "+447700900123"),
        ("+241 (06) 031234", Objection(Fault.DOUBT)),
        ("+225 (01) 23456789", "+2250123456789"),
    ],
)
def test_a_zero_in_brackets_is_read_the_same_way_whoever_wrote_it(text, number):
    assert e164.told(read(text)) == e164.as_written(read(text)) == number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("8123 4567-001", "SG"),
        ("090-1234-5678-001", "JP"),
        ("090 1234 5678 2", "JP"),
        ("0412 345 678 2", "AU"),
        ("081 234 5678 001", "TH"),
        ("+46 70 174 00 00 1234", "SE"),
        ("+84 91 234 56 78.001", "VN"),
        ("+86 131 2345 6789 12", "CN"),
        ("0046 70 174 00 00 001", "SE"),
        ("4178 123 4567 2", "CH"),
        ("+7 (0) 771 0009998-001", "KZ"),
    ],
)
def test_what_is_a_mobile_number_without_its_last_group_has_something_behind_it(text, region):
    written = read(text)
    read_as = e164.as_written(written) if written.plus else e164.without_plus(written, region)
    assert read_as == Objection(Fault.SEVERAL)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+46 719 000 000 001", "+46719000000001"),
        ("+33 7000 1234 5678", "+33700012345678"),
        ("+31 970 1234 5678", "+3197012345678"),
        ("+43 664 123456 789", "+43664123456789"),
        ("+46 05 09 10 80 4", "+46050910804"),
    ],
)
def test_groups_alone_make_no_number_doubtful(text, number):
    assert e164.as_written(read(text)) == number
