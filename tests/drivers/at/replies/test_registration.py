from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.replies.registration import combine, parse_registration
from drivers.observation import Registration

R = Registration

# Field guide §7.3, in its order; the stat of each line, and whether it is an answer.
ROWS = [
    ("+CREG: 0,1", 1, True),
    ("+CREG: 3", 3, False),
    ("+CREG: 11", 11, False),
    ("+CREG: 1,3", 3, True),
    ("+CREG: 1,84CD,00D30156", 1, False),
    ("+CREG: 1,1,84CD,00D30173", 1, True),
    ('+CREG: 2,1,"CE00","01CEAD8F"', 1, True),
    ("+CREG: 2,1,000B,2816, B, C2816", 1, True),
    ("+CREG: 2,1,  0 5, 2715", 1, True),
    ("+CREG: 2,0,00,0", 0, True),
    ('+CREG:002,001,"18d8","ffff"', 1, True),
    ('+CREG: 001,"0001","0010",000', 1, False),
    ('+CREG: 2,6,"8B37","0A265185",7', 6, True),
    ('+CREG: 6,"8B37","0A265185",7', 6, False),
    ("+CGREG: 2,1, 81ED, 1A9CEB", 1, True),
    ('+CGREG: 1,"1422","00000142",3,"00"', 1, False),
    ('+CGREG: 3,1,"0039","000100e7",6,2', 1, True),
    ("+CEREG: 1, 2, 0001, 00000100, 7", 2, True),
    ("+CEREG: 2,1, 1F00, 20 ,79D903 ,7", 1, True),
    ('+CEREG: 4,5,,,,,,,"00000000","01100000"', 5, True),
    ("+C5GREG: 2,1,1F00,79D903,11,6,ABCDEF", 1, True),
    ("+C5GREG: 1, 10", 10, True),
    ("+CREG: 5", 5, False),
    ("+CGREG: 0", 0, False),
    ("+CREG: 2,1,4CA,81DE445", 1, True),
    ('+CREG: 0,1,"5E25","605F"', 1, True),
    ('+CREG: 0,1,"5E25","605F",2', 1, True),
    ('+CREG: 2,1,"","605F"', 1, True),
    ('+CREG: 2,1,"0B,"0100701",7', 1, True),
    ('+CREG: 2,1,"5E25', 1, True),
    ("+CREG: 2,3", 3, True),
    ("+CREG: 0,8", 8, True),
]


@pytest.mark.parametrize(("line", "stat", "solicited"), ROWS)
def test_the_stat_of_every_form(line, stat, solicited):
    assert parse_registration(line, solicited=solicited) is R(stat)
    assert parse_registration(line, solicited=True) is R(stat)
    assert parse_registration(line, solicited=False) is R(stat)


@pytest.mark.parametrize(
    "line",
    [
        "+CREG: 2,,",
        "+CREG:",
        "+CREG: ",
        "+CREG: x",
        "+CREG: 12",
        "+CREG: 99,1F00",
        "+CRSM: 1,1",
        "OK",
        "",
        "+CREG: \xb2",
    ],
)
def test_what_cannot_be_read_says_nothing(line):
    assert parse_registration(line, solicited=True) is None
    assert parse_registration(line, solicited=False) is None


def test_an_answer_without_its_stat_says_nothing_but_news_may():
    assert parse_registration('+CEREG: 5,,"01"', solicited=True) is None
    assert parse_registration('+CEREG: 5,,"01"', solicited=False) is R.ROAMING


GOOD = [R.HOME, R.ROAMING, R.SMS_ONLY_HOME, R.SMS_ONLY_ROAMING, R.NO_CSFB_HOME, R.NO_CSFB_ROAMING]


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("other", [None, *R])
def test_one_good_domain_of_cs_and_eps_is_enough(good, other):
    cs_first, eps_first = combine(good, other, R.DENIED), combine(other, good, None)
    assert cs_first is good
    assert eps_first is not None
    assert eps_first.receives


@pytest.mark.parametrize(
    ("cs", "eps", "ps", "expected"),
    [
        (R.NOT_SEARCHING, None, R.HOME, R.NOT_SEARCHING),
        (R.SEARCHING, R.NOT_SEARCHING, R.HOME, R.SEARCHING),
        (R.DENIED, R.SEARCHING, None, R.DENIED),
        (R.SEARCHING, R.EMERGENCY_ONLY, None, R.EMERGENCY_ONLY),
        (R.LOCAL_SERVICES_ONLY, R.SEARCHING, None, R.LOCAL_SERVICES_ONLY),
        (R.UNKNOWN, R.NOT_SEARCHING, None, R.NOT_SEARCHING),
        (R.UNKNOWN, None, None, R.UNKNOWN),
        (None, None, R.HOME, R.UNKNOWN),
        (None, None, R.SEARCHING, R.SEARCHING),
        (R.SEARCHING, None, R.SMS_ONLY_HOME, R.SMS_ONLY_HOME),
        (None, R.HOME, R.NOT_SEARCHING, R.HOME),
        (None, None, None, None),
    ],
)
def test_the_most_telling_word_wins_and_gprs_alone_is_not_good(cs, eps, ps, expected):
    assert combine(cs, eps, ps) is expected


@given(st.text(alphabet='+CREG: 0123456789,"xF', max_size=40), st.booleans())
def test_fuzz_any_line_is_a_stat_or_nothing(tail, solicited):
    assert parse_registration("+CREG:" + tail, solicited=solicited) in (None, *R)


@pytest.mark.parametrize("stat", [Registration.SEARCHING, Registration.UNKNOWN])
def test_a_sim_barred_from_lte_whose_circuit_domain_searches_is_searching(stat):
    assert combine(stat, Registration.DENIED) is stat
    assert combine(Registration.DENIED, stat) is Registration.DENIED
    assert combine(Registration.NOT_SEARCHING, Registration.DENIED) is Registration.DENIED
