from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.replies.iccid import normalise, parse_iccid, same_card

PRINTED = "8946120000005000016"


@pytest.mark.parametrize(
    ("line", "iccid"),
    [
        (PRINTED, PRINTED),
        (PRINTED + "F", PRINTED),
        (PRINTED + "f", PRINTED),
        ("+CCID: " + PRINTED, PRINTED),
        (f'+CCID: "{PRINTED}"', PRINTED),
        (f"+ICCID: {PRINTED}F", PRINTED),
        (f"ICCID: {PRINTED}", PRINTED),
        (f"^ICCID: {PRINTED}", PRINTED),
        ('^iccid: "98642100000000050010F6"', None),
        ('^iccid: "986421000000050010F6"', "89461200000050000" + "16"),
        ("^ICCID: 986421000000050010F6", "8946120000005000016"),
        (f"+QCCID: {PRINTED}F", PRINTED),
        (f"+SCID: SIM Card ID: {PRINTED}F", PRINTED),
        (f"#CCID: {PRINTED}", PRINTED),
        (f"^SCID: {PRINTED}", PRINTED),
        (f"+ZGETICCID: {PRINTED}", PRINTED),
        (f"!ICCID: {PRINTED}", PRINTED),
        (f"%XICCID: {PRINTED}", PRINTED),
        (f'+SQNCCID: "{PRINTED}",""', PRINTED),
        ("+ICCID: 898604A1B2C310123456", "898604A1B2C310123456"),
        ("ICCID: 898604a1b2c310123456", "898604A1B2C310123456"),
        ("898602F9131770123456", "898602F9131770123456"),
        ("+CCID: 8946 1200 0000 5000 016", PRINTED),
        ("+CCID: 894612000000500001", "894612000000500001"),
        ("89461200000050000165", "89461200000050000165"),
        # a slot or a state beside (ML307)
        ("+ICCID: 1 89860000000091234579", "89860000000091234579"),
        ("+ICCID: 89860000000091234579 1", "89860000000091234579"),
        (f"{PRINTED} 1", PRINTED),
        (f"1 {PRINTED}F", PRINTED),
        (f"0,{PRINTED}", PRINTED),
        (f"+ICCID: {PRINTED}: 1", PRINTED),
        (f"+ICCID: {PRINTED}, READY", PRINTED),
        (f"SIM1: {PRINTED}", PRINTED),
        (f"ICCID={PRINTED}", PRINTED),
        ('+CCID: 0 "986421000000050010F6" 1', PRINTED),
        ("+CCID: 1 8946 1200 0000 5000 016", PRINTED),
        ("+CCID: 8946 1200 0000 5000 016 1", PRINTED),
        ("+CCID: 89 46 12 00 00 00 50 00 01 6", PRINTED),
        ("+CCID: 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9", None),
        (f"+CCID: 1{PRINTED}", None),
        ("+CCID: 89461200000050000", None),
        ("+CCID: 0044123456789012345", None),
        ("+CCID: 8946A20000005000016", None),
        ("+CCID: 8946120000005000016Z", None),
        ("+CCID: 9864210000000500106", None),
        ("+CCID: 00000000000000000000", None),
        ("+CCID: FFFFFFFFFFFFFFFFFFFF", None),
        ("+CCID: ", None),
        ("OK", None),
        ("", None),
    ],
)
def test_every_shape_becomes_what_is_printed_on_the_card(line, iccid):
    assert parse_iccid(line) == iccid


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PRINTED, PRINTED, True),
        (PRINTED + "F", PRINTED.lower(), True),
        (PRINTED, PRINTED + "5", True),
        (PRINTED[:18], PRINTED, True),
        (PRINTED[:18], PRINTED + "5", True),
        (PRINTED, PRINTED[:-1] + "7", False),
        (PRINTED + "5", PRINTED + "6", False),
        (PRINTED[:17], PRINTED, False),
        ("", "", False),
    ],
)
def test_a_missing_check_digit_does_not_make_another_card(one, other, same):
    assert same_card(one, other) is same
    assert same_card(other, one) is same


@given(st.text(alphabet="0123456789ABCDEF", min_size=12, max_size=14))
def test_fuzz_reading_swapped_and_printed_gives_one_iccid(tail):
    printed = ("894612" + tail).rstrip("F")
    if not 18 <= len(printed) <= 20:
        return
    padded = printed.ljust(20, "F")
    swapped = "".join(padded[place + 1] + padded[place] for place in range(0, 20, 2))
    assert normalise(swapped) == normalise(printed) == printed
