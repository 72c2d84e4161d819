"""Which digits a written text has, or why it is no one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats.number_fault import Fault, Objection
from agent.formats.written_number import Written, read


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+46701740000", "+46701740000"),
        (" 070-174 00 00 ", "0701740000"),
        ("8 (070) 174-00-09", "80701740009"),
        ("+7 912 345-67-89", "+79123456789"),
        ("011 15-2345-6789", "0111523456789"),
        ("(202) 555-0123", "2025550123"),
        ("+(46) 70 174 00 00", "+46701740000"),
        ("(+46) 70 174 00 00", "+46701740000"),
        ("(0-612) 34567", "061234567"),
        ("01.23.45.67.89", "0123456789"),
        ("0171/6700154", "01716700154"),
        ("+49 171 / 6700154", "+491716700154"),
        ("46701740000.0", "46701740000"),
        ("+46701740000,00", "+46701740000"),
        ("46701740000.000000", "46701740000"),
        ("0701740000.", "0701740000"),
        ("+46 70–174—00−00", "+46701740000"),
        ("\u202a+46701740000\u202c", "+46701740000"),
        ("\ufeff+4670\u200b174\u20600000\u200e", "+46701740000"),
        ("+46\u00a070\u202f174\u20090000", "+46701740000"),
        ("\uff0b\uff14\uff16 70174\uff10000", "+46701740000"),
        ("٠٧٠١٧٤٠٠٠٠", "0701740000"),
        ("20 12 20 26", "20122026"),
        ("75.12.34", "751234"),
        ("491 512 345 678 9", "4915123456789"),
        ("+46050910804", "+46050910804"),
    ],
)
def test_reads_what_is_one_number(text, number):
    assert str(read(text)) == number


@pytest.mark.parametrize(
    ("text", "digits", "with_zero"),
    [
        ("+46 (0)70 174 00 00", "46701740000", "460701740000"),
        ("+46 (0) 70-174 00 00", "46701740000", "460701740000"),
        ("0044(0)7700900123", "00447700900123", "004407700900123"),
        ("46 (0)70 174 00 00", "46701740000", "460701740000"),
        ("+46 (070) 174 00 00", "46701740000", "460701740000"),
        ("0046 (070) 174 00 00", "0046701740000", "00460701740000"),
        ("8 (070) 174-00-09", "80701740009", "80701740009"),
        ("+46 [0] 70 174 00 00", "46701740000", "460701740000"),
        ("(+46)(0)70 174 00 00", "46701740000", "460701740000"),
        ("(0)701740000", "0701740000", "0701740000"),
        ("+46 070 174 00 00", "460701740000", "460701740000"),
    ],
)
def test_only_a_zero_in_brackets_behind_other_digits_is_apart(text, digits, with_zero):
    written = read(text)
    assert (written.digits, written.with_zero) == (digits, with_zero)
    assert read(str(written)) == written


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0701740000/01", Fault.SEVERAL),
        ("0701740000/0701740001", Fault.SEVERAL),
        ("070-174 00 00 / 070-174 00 01", Fault.SEVERAL),
        ("5550123/5550124", Fault.SEVERAL),
        ("0701740000 0701740001", Fault.SEVERAL),
        ("0301234 0301235", Fault.SEVERAL),
        ("0701740000 (2)", Fault.SEVERAL),
        ("+46701740000 (2)", Fault.SEVERAL),
        ("0701740000-2", Fault.SEVERAL),
        ("0701740000 – 2", Fault.SEVERAL),
        ("+46701740000-01", Fault.SEVERAL),
        ("070-174 00 00-01", Fault.SEVERAL),
        ("0701740000.5", Fault.SEVERAL),
        ("(070 174 00 00", Fault.SEVERAL),
        ("06.12.2026", Fault.DATE),
        ("06.12.2026 7.30", Fault.DATE),
        ("06–12–2026", Fault.DATE),
        ("2026-11-30", Fault.DATE),
        ("2026-11-30 00:00:00", Fault.DATE),
        ("11/30/26", Fault.DATE),
        ("11/2026", Fault.DATE),
        ("46356.3125", Fault.DATE),
        ("2026-11", Fault.DATE),
        ("4.67017E+10", Fault.ROUNDED),
        ("4,67017e10", Fault.ROUNDED),
        ("+46+701740000", Fault.PLUS),
        ("46701740000+", Fault.PLUS),
        ("", Fault.LENGTH),
        ("+", Fault.LENGTH),
        ("12", Fault.LENGTH),
        ("+4670174000012345", Fault.LENGTH),
    ],
)
def test_names_what_is_not_one_number(text, fault):
    assert read(text) == Objection(fault)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("O701740000", '"O" (U+004F)'),
        ("О701740000", '"О" (U+041E)'),
        ("0701740000, 0701740001", '"," (U+002C)'),
        ("070174\u28000000", '"\u2800" (U+2800)'),
        ("070174\x000000", "an invisible character, U+0000"),
        ("-0701740000", '"-" (U+002D)'),
        ("0701740000 доб. 2", '"д" (U+0434)'),
    ],
)
def test_names_a_sign_that_no_number_has(text, named):
    assert read(text).message() == f"is not a number: it holds {named}"


def test_every_fault_has_its_words_in_both_languages():
    for fault in Fault:
        english, russian = Objection(fault, "x"), Objection(fault, "x")
        assert english.message() != russian.message("ru")
        assert english.hint() != russian.hint("ru")


@given(st.text(alphabet="0123456789+-–()/ \u200b\u00a0x", max_size=24))
def test_no_digit_is_lost_or_made_up(text):
    written = read(text)
    if isinstance(written, Written):
        assert written.with_zero == "".join(filter(str.isdigit, text))
        assert read(str(written)) == written


@given(st.text(max_size=20) | st.text(alphabet="0123456789.,-/+ e()", max_size=20))
def test_every_text_is_read_or_refused(text):
    written = read(text)
    assert isinstance(written, Objection) or written.digits.isascii()
