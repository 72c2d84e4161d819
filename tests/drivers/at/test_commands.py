from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from drivers.at import commands
from drivers.at.allowlist import allowed
from drivers.at.commands import Command, chain, crsm_msisdn, own_number_query

CONSTANTS = [value for value in vars(commands).values() if isinstance(value, Command)]


@pytest.mark.parametrize("command", CONSTANTS, ids=lambda c: c.text)
def test_every_command_is_on_the_allow_list_and_has_a_timeout(command):
    assert allowed(command.text + "\r")
    assert 1 <= command.timeout <= 60


def test_a_chain_is_one_line_with_the_union_of_payload():
    chained = chain(commands.CPIN, commands.CREG, commands.CSQ)
    assert chained.text == "AT+CPIN?;+CREG?;+CSQ"
    assert allowed(chained.text + "\r")
    assert chained.needs_payload
    assert chained.answer is not None
    for line in ("+CPIN: READY", "+CREG: 2,1", "+CSQ: 1,2"):
        assert chained.answer.match(line)
    assert not chained.answer.match("+CREG: 1")
    assert not chained.answer.match("+COPS: 0")


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (commands.ATI, commands.CREG),
        (commands.CREG, own_number_query("*100#")),
        (commands.CREG, commands.ECHO_OFF),
        (replace(commands.CPIN, closes=commands.CPIN.answer), commands.CREG),
    ],
)
def test_commands_that_cannot_be_chained_are_refused(parts):
    with pytest.raises(ValueError, match=r"chained|allow-list"):
        chain(*parts)


def test_a_dialect_can_set_the_closing_line_but_not_change_a_command_in_place():
    wavecom = replace(commands.CPIN, closes=commands.CPIN.answer)
    assert wavecom.text == "AT+CPIN?"
    with pytest.raises(FrozenInstanceError):
        commands.CPIN.timeout = 1  # type: ignore[misc]


@pytest.mark.parametrize("length", [13, 256, -1])
def test_a_record_of_an_impossible_length_is_refused(length):
    assert crsm_msisdn(28).text == "AT+CRSM=178,28480,1,4,28"
    with pytest.raises(ValueError, match="allow-list"):
        crsm_msisdn(length)
