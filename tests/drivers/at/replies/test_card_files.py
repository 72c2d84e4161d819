from __future__ import annotations

import pytest

from drivers.at.replies.card_files import CardReply, file_iccid, msisdn, parse_crsm, record_length
from drivers.observation import NumberOrigin, NumberReading


def reply(hexadecimal: str, sw1: int = 144) -> CardReply:
    return CardReply(sw1, 0, bytes.fromhex(hexadecimal))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('+CRSM: 144,0,"986421000000050010F6"', reply("986421000000050010F6")),
        ("+CRSM: 144,0,986421000000050010F6", reply("986421000000050010F6")),
        ("+CRSM:144,0", reply("")),
        ('+CRSM: 106,130,""', CardReply(106, 130, b"")),
        ("+CRSM: 144", None),
        ("+CRSM: 300,0", None),
        ('+CRSM: 144,0,"98Z"', None),
        ('+CRSM: 144,0,"986"', None),
        ("+CRSM:", None),
        ("OK", None),
    ],
)
def test_the_cards_reply(line, expected):
    assert parse_crsm(line) == expected


@pytest.mark.parametrize(
    ("sw1", "good"), [(0x90, True), (0x91, True), (0x92, True), (0x9F, True), (0x6A, False), (0x94, False)]
)
def test_which_status_is_good(sw1, good):
    assert reply("00", sw1).good is good


def test_the_iccid_file_has_its_digits_swapped():
    assert file_iccid(reply("986421000000050010F6")) == "8946120000005000016"
    assert file_iccid(reply("986421000000050010F6", 0x6A)) is None
    assert file_iccid(reply("")) is None


@pytest.mark.parametrize(
    ("data", "length"),
    [
        ("62198205422100" + "1C02" + "83026F40A5038001718A01058B036F0602", 28),
        ("621C8205422100" + "20018302" + "6F40", 32),
        ("0000003800006F40040011FF0101" + "1C", 28),
        ("0000003800006F40040011FF0101" + "0D", None),
        ("62028205", None),
        ("62", None),
        ("", None),
    ],
)
def test_the_record_length_in_both_kinds_of_answer(data, length):
    assert record_length(reply(data)) == length


def record(name: str, rest: str) -> CardReply:
    return reply(name + rest)


NAME = "4F776EFFFFFFFFFFFFFFFFFFFFFF"


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (NAME + "0791" + "64071047000F"[:10] + "F" * 10 + "FFFF", "+4670017400"),
        (NAME + "0791" + "640771040010" + "FFFFFFFF" + "FFFF", "+467017400001"),
        ("06 81 0710470010 FFFFFFFFFF FFFF".replace(" ", ""), "7001740001"),
        (NAME + "0791" + "701047000010" + "F" * 12, "070174000001"),
        (NAME + "0891" + "00640771040010" + "F" * 10, "+467017400001"),
        (NAME + "F" * 28, None),
        (NAME + "0CFF" + "F" * 24, None),
        (NAME + "0C91" + "640771040010" + "F" * 12, None),
        (NAME + "07FF" + "640771040010" + "F" * 12, None),
        (NAME + "0191" + "F" * 24, None),
        (NAME + "0791" + "A40771040010" + "F" * 12, None),
        ("0791", None),
        ("", None),
    ],
)
def test_the_number_in_a_record(data, number):
    expected = None if number is None else NumberReading(number, NumberOrigin.EF_MSISDN)
    assert msisdn(reply(data)) == expected


def test_a_record_that_the_card_refused_has_no_number():
    assert msisdn(reply(NAME + "0791640771040010FFFFFFFFFFFF", 0x6A)) is None
