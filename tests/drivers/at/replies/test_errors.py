from __future__ import annotations

import pytest

from drivers.at.replies.errors import cme_code, cme_words, cms_code, cms_words, sim_state
from drivers.observation import SimState as S


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ((0, 3, 13, 15, 16, 100, 313, 315, 770), S.ERROR),
        ((4, 20, 21, 22, 23, 24, 25, 26, 27, 30, 31, 32, 50, 500, 512, 58, None), None),
        ((11, 311), S.PIN),
        ((12, 262, 316), S.PUK),
        ((5, 6, 7, *range(40, 49), 312), S.LOCKED),
        ((10, 310), S.ABSENT),
        ((14, 515, 532, 314), S.BUSY),
        ((17, 18, 317, 318), S.READY),
        ((772,), S.NOT_READY),
    ],
)
def test_the_sim_state_of_a_code(codes, state):
    assert {sim_state(code) for code in codes} == {state}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("SIM not inserted", 10),
        ("sim  NOT-inserted.", 10),
        ("SIM PIN required", 11),
        ("PH-SIM PIN required", 5),
        ("SIM busy", 14),
        ("network personalisation PIN required", 40),
        ("Network Personalization PIN Required", 40),
        ("device busy", 515),
        ("please wait", 515),
        ("unknown", 100),
        ("no such words", None),
        ("", None),
    ],
)
def test_words_are_recognised_by_their_letters(words, code):
    assert cme_code(words) == code


def test_cms_words_have_codes_of_their_own():
    assert cms_code("SIM busy") == 314
    assert cms_code("nothing") is None


def test_a_code_has_the_standards_words_and_words_their_code():
    assert cme_words(10) == "SIM not inserted"
    assert cme_words(100) == "unknown"
    assert cms_words(321) == "invalid memory index"
    assert cme_words(9999) is None
    assert cms_words(9999) is None
    for code in range(1000):
        words = cme_words(code)
        assert words is None or cme_code(words) == code
        words = cms_words(code)
        assert words is None or cms_code(words) == code
