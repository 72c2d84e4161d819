"""Whose number it is, and who says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import SimEntry
from agent.formats.e164 import is_international
from agent.numbers.resolve import FileEntry, Number, NumberBook, Resolution, Source, operator, resolve
from drivers.observation import NumberOrigin, NumberReading

CARD = "8946120000005000016"
IMSI = "240120000000017"
CNUM = NumberReading("+46700000003", NumberOrigin.CNUM)
EF = NumberReading("+46700000004", NumberOrigin.EF_MSISDN)
USSD = NumberReading("+46700000006", NumberOrigin.USSD)
EMPTY = NumberBook({})


def entry(number=None, **more):
    return SimEntry(number=number, **more)


def row(sim=CARD, number=None, rent=None):
    return FileEntry(sim, number, rent, 2)


def test_a_configured_number_is_sent_exactly_as_written():
    book = NumberBook({CARD: entry("+46050910804")})
    assert resolve(book, CARD, IMSI, (CNUM,), None) == Resolution(
        Number("+46050910804", 46, Source.CONFIG, rent=False), None, disabled=False
    )


@pytest.mark.parametrize("source", list(Source))
def test_the_better_source_wins(source):
    learned = "+46700000005" if source <= Source.LEARNED else None
    said = tuple(number for number, at in ((USSD, 6), (EF, 4), (CNUM, 3)) if source <= at)
    book = NumberBook(
        {CARD: entry("+46700000001")} if source == Source.CONFIG else {},
        [row(number="+46700000002")] if source <= Source.FILE else [],
    )
    number = resolve(book, CARD, IMSI, said, learned).number
    assert number == Number(f"+4670000000{source.value}", 46, source, rent=False)


@pytest.mark.parametrize(
    ("card", "imsi", "text", "number", "country"),
    [
        (CARD, IMSI, "0701740000", "+46701740000", 46),
        ("8970112345678901234", "250010000000000", "89161234567", "+79161234567", 7),
        ("8962112345678901234", "510100000000000", "0812345678901", "+62812345678901", 62),
        ("8949020000001234561", "262010000000001", "491716700154", "+491716700154", 49),
        (CARD, IMSI, "+79161234567", "+79161234567", 7),
    ],
)
def test_what_a_module_says_becomes_international_in_the_sims_country(card, imsi, text, number, country):
    said = (NumberReading(text, NumberOrigin.CNUM),)
    assert resolve(EMPTY, card, imsi, said, None).number == Number(number, country, Source.CNUM, rent=False)


def test_a_national_number_of_a_global_card_means_nothing_and_is_told():
    said = (NumberReading("0701740000", NumberOrigin.CNUM),)
    assert resolve(EMPTY, CARD, "901280000000017", said, None) == Resolution(
        None, "0701740000 [no_country]", disabled=False
    )


def test_the_issuer_of_the_card_gives_the_country_only_without_an_imsi():
    said = (NumberReading("0701740000", NumberOrigin.CNUM),)
    number = resolve(EMPTY, CARD, None, said, None).number
    assert number is not None
    assert number.text == "+46701740000"


def test_an_empty_or_impossible_word_leaves_it_to_the_next_source():
    said = (NumberReading("", NumberOrigin.CNUM), NumberReading("12", NumberOrigin.EF_MSISDN))
    found = resolve(EMPTY, CARD, IMSI, said, "+46700000005")
    assert found == Resolution(
        Number("+46700000005", 46, Source.LEARNED, rent=False), "12 [length]", disabled=False
    )


@pytest.mark.parametrize(
    "text",
    [
        "0000000000",
        "0",
        "+46000000000",
        "+460000",
        "1111111111",
        "+79999999999",
        "+77777777777",
        "0777777777",
    ],
)
@pytest.mark.parametrize("origin", list(NumberOrigin))
def test_the_filling_of_a_card_without_a_number_is_none(text, origin):
    said = (NumberReading(text, origin),)
    assert resolve(EMPTY, CARD, IMSI, said, None) == Resolution(None, None, disabled=False)
    assert resolve(EMPTY, CARD, IMSI, None, text) == Resolution(None, None, disabled=False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("070-174 00 01", "+46701740001"),
        ("+46 70 174 00 01", "+46701740001"),
        ("0701740001 (2)", None),
        ("070-174 00 01 070-174 00 02", None),
    ],
)
def test_what_a_ussd_reply_says_is_one_number_or_none(text, number):
    said = (NumberReading(text, NumberOrigin.USSD),)
    found = resolve(EMPTY, CARD, IMSI, said, None).number
    assert (found and found.text) == number


@pytest.mark.parametrize("text", ["+77777777777", "+46111111111"])
def test_what_the_operator_wrote_is_no_filling(text):
    assert resolve(NumberBook({CARD: entry(text)}), CARD, IMSI, (), None).number.text == text
    assert resolve(NumberBook({}, [row(number=text)]), CARD, IMSI, (), None).number.text == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("+46719123456789", 46),
        ("+33700009876543", 33),
        ("+32771234567890", 32),
        ("+47581234567890", 47),
        ("+34590112345678", 34),
    ],
)
def test_a_number_of_a_machine_may_be_longer_than_its_countrys_plan(text, code):
    said = (NumberReading(text, NumberOrigin.CNUM),)
    assert resolve(EMPTY, CARD, IMSI, said, None).number == Number(text, code, Source.CNUM, rent=False)


@pytest.mark.parametrize("text", ["+701740000", "+2101234567", "+4670", "+467012345678901234", "+0701740000"])
def test_a_told_number_that_is_too_short_or_of_no_country_is_refused(text):
    said = (NumberReading(text, NumberOrigin.CNUM),)
    found = resolve(EMPTY, CARD, IMSI, said, None)
    assert found.number is None
    assert found.rejected.startswith(text)


def test_a_national_number_of_a_travel_card_is_in_doubt():
    sponsor = "262010000095001"
    book = NumberBook({}, [FileEntry(CARD, "0701740000", None, 9)])
    found = resolve(book, CARD, sponsor, None, None)
    assert found == Resolution(None, "0701740000 [two_countries line 9]", disabled=False)
    assert resolve(book, CARD, sponsor, (CNUM,), None).number.text == CNUM.text


def test_the_first_possible_of_several_said_numbers_counts():
    said = (NumberReading("1", NumberOrigin.CNUM), CNUM, NumberReading("+46700000009", NumberOrigin.CNUM))
    number = resolve(EMPTY, CARD, IMSI, said, None).number
    assert number is not None
    assert number.text == CNUM.text


def test_nothing_said_is_nothing_known():
    assert resolve(EMPTY, CARD, IMSI, None, None) == Resolution(None, None, disabled=False)


@pytest.mark.parametrize("written", [CARD, CARD + "3", CARD[:18]])
def test_a_card_is_known_with_and_without_its_check_digit(written):
    book = NumberBook({}, [row(written, "+46700000002")])
    assert resolve(book, CARD, IMSI, None, None).number is not None
    assert resolve(book, "8946120000005000999", IMSI, None, None).number is None


def test_a_sim_may_be_named_by_its_imsi():
    book = NumberBook({IMSI: entry("+46700000001")})
    assert resolve(book, CARD, IMSI, None, None).number is not None
    assert resolve(book, CARD, "240120000000018", None, None).number is None


def test_a_national_number_of_the_file_takes_the_sims_country():
    book = NumberBook({}, [row(number="0701740000")])
    assert resolve(book, CARD, IMSI, None, None).number == Number("+46701740000", 46, Source.FILE, rent=False)


@pytest.mark.parametrize(
    ("configured", "filed", "everywhere", "rent"),
    [
        (True, False, False, True),
        (False, True, True, False),
        (None, True, False, True),
        (None, False, True, False),
        (None, None, True, True),
        (None, None, False, False),
    ],
)
def test_rent_is_decided_by_sims_then_the_file_then_for_all(configured, filed, everywhere, rent):
    book = NumberBook({CARD: entry(rent=configured)}, [row(rent=filed)], rent=everywhere)
    number = resolve(book, CARD, IMSI, (CNUM,), None).number
    assert number is not None
    assert number.rent is rent


def test_a_disabled_sim_is_said_to_be():
    book = NumberBook({IMSI: entry(enabled=False)})
    assert resolve(book, CARD, IMSI, (CNUM,), None).disabled
    assert not resolve(book, CARD, None, (CNUM,), None).disabled


@pytest.mark.parametrize(
    ("imsi", "code"), [("240120000000017", 24012), ("001010123456789", 101), ("2401", None), ("24o12", None)]
)
def test_the_operator_is_the_first_five_digits_of_the_imsi(imsi, code):
    assert code == operator(imsi)


TEXTS = st.text(alphabet="+0123456789 -()", max_size=20) | st.text(max_size=20)


@given(
    said=st.lists(st.builds(NumberReading, TEXTS, st.sampled_from(NumberOrigin)), max_size=4),
    learned=st.none() | TEXTS,
    filed=st.none() | TEXTS,
    imsi=st.none() | st.sampled_from([IMSI, "250010000000000", "901280000000017", "310260000000000"]) | TEXTS,
)
def test_no_word_of_anybody_makes_a_number_that_cannot_be_sent(said, learned, filed, imsi):
    number = resolve(NumberBook({}, [row(number=filed)]), CARD, imsi, tuple(said), learned).number
    if number is not None:
        assert is_international(number.text)
        assert number.text.startswith(f"+{number.country_id}")
        assert number.country_id >= 1
