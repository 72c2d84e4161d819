"""A number that a module told for one card is never believed for another by time alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.numbers.told import MOST_MODULES, MOST_NUMBERS, Telling, ToldNumbers, same_number
from drivers.observation import NumberOrigin, NumberReading

A, B, C = "8946120000096000010", "8946120000096000028", "8946120000096000036"
OLD, NEW = "+46703910001", "+46703910002"


def cnum(text: str) -> NumberReading:
    return NumberReading(text, NumberOrigin.CNUM)


def filed(text: str) -> NumberReading:
    return NumberReading(text, NumberOrigin.EF_MSISDN)


def test_the_number_of_the_card_before_is_not_believed_of_the_next_one():
    told = ToldNumbers()
    assert told.sort("1-1", A, (cnum(OLD),)) == ((cnum(OLD),), ())
    for _ in range(1000):
        assert told.sort("1-1", B, (cnum(OLD),)) == ((), (cnum(OLD),))


def test_another_number_is_believed_at_once_and_so_is_the_cards_own_file():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    assert told.sort("1-1", B, (cnum(OLD), filed(NEW))) == ((filed(NEW),), (cnum(OLD),))
    assert told.sort("1-1", B, (cnum(NEW),)) == ((cnum(NEW),), ())
    assert told.sort("1-1", A, (cnum(OLD),)) == ((cnum(OLD),), ())


def test_a_restart_of_the_module_itself_settles_it_and_that_of_another_does_not():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    told.restarted("1-2")
    assert told.other_card("1-1", B, OLD) == A
    told.restarted("1-1")
    assert told.sort("1-1", B, (cnum(OLD),)) == ((cnum(OLD),), ())


def test_another_module_may_tell_it_of_another_card():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    assert told.sort("1-2", B, (cnum(OLD),)) == ((cnum(OLD),), ())


def test_a_module_is_known_again_by_its_imei_behind_another_socket():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),), imei="490154203237518")
    assert told.sort("1-2", B, (cnum(OLD),), imei="490154203237518") == ((), (cnum(OLD),))
    assert told.sort("1-2", B, (cnum(OLD),)) == ((cnum(OLD),), ())
    told.restarted("1-2", imei="490154203237518")
    assert told.sort("1-2", B, (cnum(OLD),), imei="490154203237518") == ((cnum(OLD),), ())
    assert told.other_card("1-1", B, OLD) == A


def test_the_network_is_believed_whatever_the_phone_book_says():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    network = NumberReading(OLD, NumberOrigin.USSD)
    assert told.sort("1-1", B, (cnum(OLD), network)) == ((network,), (cnum(OLD),))


@pytest.mark.parametrize(
    "again", ["0703910001", "703910001", "0046703910001", "46703910001", "+46 70 391 00 01"]
)
def test_the_same_number_in_another_form_is_the_same(again):
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    assert told.sort("1-1", B, (cnum(again),)) == ((), (cnum(again),))


def test_an_iccid_without_its_check_digit_is_the_same_card():
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(OLD),))
    assert told.sort("1-1", A[:-1], (cnum(OLD),)) == ((cnum(OLD),), ())


@pytest.mark.parametrize("nobodys", ["", "+", "0000000000", "1111111111"])
def test_a_placeholder_is_left_to_those_who_know_numbers(nobodys):
    told = ToldNumbers()
    told.sort("1-1", A, (cnum(nobodys),))
    assert told.sort("1-1", B, (cnum(nobodys),)) == ((cnum(nobodys),), ())


def test_what_was_told_outlives_the_process():
    kept: dict[str, tuple[Telling, ...]] = {}
    told = ToldNumbers(on_change=kept.__setitem__)
    told.sort("1-1", A, (cnum(OLD),))
    told.sort("1-1", B, (cnum(NEW),))
    told.sort("1-2", C, (cnum(OLD),))
    again = ToldNumbers([telling for rows in kept.values() for telling in rows], kept.__setitem__)
    assert again.other_card("1-1", B, OLD) == A
    assert again.other_card("1-1", C, NEW) == B
    again.restarted("1-1")
    assert kept == {"1-1": (), "1-2": (Telling("1-2", C, OLD),)}


def test_what_is_told_again_and_again_is_written_once():
    changes = []
    told = ToldNumbers(on_change=lambda *change: changes.append(change))
    for _ in range(10):
        told.sort("1-1", A, (cnum(OLD), filed(NEW)))
    assert len(changes) == 2


def test_what_is_kept_is_bounded_and_the_newest_stays():
    told = ToldNumbers()
    for n in range(MOST_NUMBERS + 5):
        told.note("1-1", A, f"+4670391{n:04d}")
    assert told.other_card("1-1", B, "+46703910004") is None
    assert told.other_card("1-1", B, f"+4670391{MOST_NUMBERS + 4:04d}") == A
    for n in range(MOST_MODULES):
        told.note(f"2-{n}", A, OLD)
    assert told.other_card("1-1", B, f"+4670391{MOST_NUMBERS + 4:04d}") is None
    assert told.other_card("2-0", B, OLD) == A


TELLINGS = st.lists(
    st.tuples(st.sampled_from([A, B, C]), st.sampled_from([OLD, NEW, "+46703910003"]), st.booleans()),
    max_size=40,
)


@given(TELLINGS)
@settings(max_examples=200)
def test_without_a_restart_no_number_is_ever_believed_of_two_cards(steps):
    told, believed = ToldNumbers(), {}
    for card, number, restarts in steps:
        if restarts:
            told.restarted("1-1")
            believed = {}
        good, _ = told.sort("1-1", card, (cnum(number),))
        for reading in good:
            assert believed.setdefault(reading.text, card) == card


looks = st.lists(
    st.tuples(
        st.sampled_from(["1-1", "1-2"]),
        st.sampled_from([A, B]),
        st.lists(
            st.sampled_from([cnum(OLD), filed(NEW), cnum(NEW), cnum("0"), cnum("0703910001")]), max_size=2
        ),
        st.sampled_from(["imei-1", "imei-2", None]),
        st.booleans(),
    ),
    max_size=12,
)


@given(looks)
def test_that_a_look_is_sorted_once_while_nothing_is_new_changes_nothing(happened):
    told, anew = ToldNumbers(), ToldNumbers()
    for module, card, readings, imei, restarts in happened:
        for one in (told, anew):
            if restarts:
                one.restarted(module, imei=imei)
        for _ in range(3):
            anew._sorted.clear()
            assert told.sort(module, card, tuple(readings), imei=imei) == anew.sort(
                module, card, tuple(readings), imei=imei
            )
            assert told._told == anew._told


@given(st.integers(1, 10**15 - 1), st.integers(1, 10**15 - 1))
def test_two_international_numbers_are_the_same_only_if_they_are(one, other):
    first, second = f"+{one:015d}", f"+{other:015d}"
    assert same_number(first, first)
    if len(str(one)) == len(str(other)):
        assert same_number(first, second) == (one == other)


def test_a_thousand_modules_that_tell_again_what_they_told_change_nothing():
    """Each is known by its place and by its IMEI: else one would push out the other, for ever, and to disk."""
    changed = []
    told = ToldNumbers(on_change=lambda module, _: changed.append(module))
    for _ in range(2):
        for n in range(1024):
            reading = NumberReading(f"+4670{n:07}", NumberOrigin.CNUM)
            assert told.sort(f"place {n}", f"894612{n:013}", (reading,), imei=f"{n:015}") == ((reading,), ())
    assert len(changed) == len(set(changed)) == 2048
