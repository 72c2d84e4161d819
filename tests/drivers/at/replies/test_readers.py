"""What holds for every reader: any text at all is a value or None, and never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at.replies import (
    card_files,
    errors,
    fields,
    iccid,
    identity,
    imsi,
    number,
    operator,
    registration,
    signal,
    sim,
    ussd,
)

READERS = [
    registration.parse_registration,
    sim.parse_sim_state,
    iccid.parse_iccid,
    iccid.normalise,
    lambda line: iccid.same_card(line, line),
    imsi.parse_imsi,
    identity.parse_imei,
    lambda line: identity.parse_named([line, line]),
    lambda line: identity.parse_ati([line, line]),
    lambda line: number.parse_cnum_all([line]),
    lambda line: number.data_and_fax([line]),
    ussd.parse_cusd,
    operator.parse_operator,
    signal.parse_signal,
    sim.parse_cfun,
    errors.cme_code,
    errors.cms_code,
    fields.ucs2,
    fields.octets,
    fields.fields,
]
PREFIXES = [
    "", "+CREG: ", "+CPIN: ", "^SYSINFO: ", "^SYSINFOEX:", "#QSS: ", "^SCKS: ", "+CCID: ",
    "+CIMI: ", "+CGSN: ", "IMEI: ", "Model: ", "+CNUM: ", "ERROR+CNUM: ", "+CUSD: 0,", '+CUSD: 0,"',
    "+COPS: 0,0,", "+CSQ: ", "+CFUN: ",
]  # fmt: skip
text = st.text(alphabet=st.characters(max_codepoint=0xFF), max_size=60) | st.text(
    alphabet='0123456789ABCDEFabcdef,":+ \xb2\xff', max_size=80
)


@given(prefix=st.sampled_from(PREFIXES), rest=text)
def test_fuzz_any_line_is_a_value_or_none(prefix, rest):
    for read in READERS:
        read(prefix + rest)


@given(rest=text, data=st.binary(max_size=300), sw1=st.sampled_from([0x90, 0x6A]))
def test_fuzz_any_card_reply_is_a_value_or_none(rest, data, sw1):
    card_files.parse_crsm("+CRSM: 144,0," + rest)
    reply = card_files.CardReply(sw1, 0, data)
    for read in (card_files.file_iccid, card_files.record_length, card_files.msisdn):
        read(reply)
    card_files.record_length(card_files.CardReply(0x90, 0, b"\x62" + data))


@pytest.mark.parametrize(
    "character", ["9", "A", ",", '"', " ", ":", "+", "\xff", "(", "IMEI ", '",', "+CNUM:", "89"]
)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.timeout(5)
def test_the_longest_line_is_read_in_no_time(prefix, character):
    line = (prefix + character * 4096)[:4096]
    for read in READERS:
        read(line)
