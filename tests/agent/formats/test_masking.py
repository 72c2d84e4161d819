"""What may be a number or a card is masked, and nothing else."""

from __future__ import annotations

import pytest

from agent.formats.masking import masked


@pytest.mark.parametrize(
    "secret",
    ["+46701740000", "8946120000005000016", "240120000000016", "353270040000018", "898602F9121234567890"],
)
def test_what_may_be_a_number_or_a_card_is_masked_wherever_it_stands(secret):
    for text in (f"module says {secret}", f'"{secret}",145', f"sims:{secret}."):
        assert secret not in masked(text)
        assert secret.lstrip("+")[5:-4] not in masked(text)


@pytest.mark.parametrize(
    "secret",
    [
        "002B00340036003700300031003700340030003000300031",  # UCS2 in hex
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFF0791647100470000FFFFFFFFFFFF",  # a record of EF_MSISDN
    ],
)
def test_a_number_in_hex_is_masked_too(secret):
    assert masked(f'+CNUM: "","{secret}",145') == f'+CNUM: "","{secret[:4]}…{secret[-3:]}",145'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("this is not a possible phone number: 690123456", "this is not a possible phone number: 69…56"),
        ('+CNUM: "","81234567",129', '+CNUM: "","81…67",129'),
        ("+CNUM: ,5201234,161", "+CNUM: ,52…34,161"),
        ("+ICCID: 8946 1200 0000 5000 0161", "+ICCID: 8946…161"),
        ("Port2: +46701740001 (SIM 8946120000005000139) no SIM", "Port2: +467…001 (SIM …0139) no SIM"),
        ("+CGSN: IMEI490154203237518", "+CGSN: IMEI4901…518"),
    ],
)
def test_short_numbers_groups_and_words_before_digits_hide_nothing(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text", ["64 of 64 live", "port 8340", "2026-11-23", "/dev/pts/12", "0403:6011", "12345678"]
)
def test_what_is_not_personal_stays(text):
    assert masked(text) == text


def test_a_line_to_paste_into_config_yaml_is_whole():
    line = 'Port3: the number of this SIM is not known; add to config.yaml, sims: "8946120000005000261": "+…"'
    assert masked(line) == line
    assert masked(line.replace("+…", "+46701740001")) != line.replace("+…", "+46701740001")
