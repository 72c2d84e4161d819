"""What names a SIM."""

import pytest

from agent.formats import iccid


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("8946120000005000016", "8946120000005000016"),
        ("89461200 00005000 016F", "8946120000005000016"),
        ("898602f90123456789ab", "898602F90123456789AB"),
        ("894612000000500001", "894612000000500001"),
        ("\ufeff8946 1200\u20130000 5000\u200b016\u202c", "8946120000005000016"),
        ("98641021000000050061", None),
        ("0044000000000000000", None),
        ("8946120000005", None),
        ("89461200000050000160123", None),
    ],
)
def test_reads_an_iccid_as_printed_on_the_card(text, read):
    assert read == iccid.as_iccid(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("240120000000017", "240120000000017"),
        ("24012000000001", "24012000000001"),
        ("901280000000017", "901280000000017"),
        ("001010123456789", "001010123456789"),
        ("\u202a240120000000017\u202c", "240120000000017"),
        ("240120000000017.0", "240120000000017"),
        ("140120000000017", None),
        ("2401200", None),
        ("2401200000000170", None),
    ],
)
def test_reads_an_imsi(text, read):
    assert read == iccid.as_imsi(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("8946120000005000016", "89461200000050000163", True),
        ("89461200000050000161", "89461200000050000163", False),
        ("894612000000500001", "89461200000050000163", True),
        ("894612000000500001", "8946120000005000016", True),
        ("8946120000005000016", "8946120000005000017", False),
        ("894612000000500001", "894612000000500002", False),
    ],
)
def test_a_left_out_check_digit_does_not_make_another_card(one, other, same):
    assert same is iccid.same_card(one, other)
    assert same is iccid.same_card(other, one)
    assert not same or iccid.card_key(one) == iccid.card_key(other)


@pytest.mark.parametrize(
    ("card", "region"),
    [
        ("8946120000005000016", "SE"),
        ("8970112345678901234", "RU"),
        ("8997201234567890123", "IL"),
        ("8901410123456789012", "US"),
        ("8914800000123456789", "US"),
        ("8930261234567890123", "CA"),
        ("8930101234567890123", "GR"),
        ("8988303000000000000", None),
        ("8999970123456789012", None),
    ],
)
def test_the_issuer_hints_at_a_country(card, region):
    assert region == iccid.issuing_region(card)
