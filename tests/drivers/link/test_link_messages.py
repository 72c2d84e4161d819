"""Commands and incoming messages on one line."""

from __future__ import annotations

import asyncio

import pytest
from memory_wires import MemoryWire, Module

from drivers.at.commands import CREG, own_number_query
from drivers.errors import LinkLost, NoAnswer
from drivers.link import Link

REGISTERED = ("+CREG: 2,1",)
SILENT = b""

ANSWER = b"\r\n+CREG: 2,1\r\n\r\nOK\r\n"
MESSAGE = b'\r\n+CMT: "+46",,"x"\r\nhello\r\n+CREG: 2,3\r\n\r\nOK\r\n> \r\n1\r\nRDY\r\n'


def link_to(answers=None, kind=MemoryWire, **settings):
    return Link(kind(Module(answers), **settings))


async def test_a_question_that_a_message_came_upon_is_asked_again(instant):
    link = link_to({"AT+CREG?": [MESSAGE + ANSWER, MESSAGE, ANSWER]})
    urcs = []
    link.on_urc = urcs.append
    assert await link.ask(CREG) == REGISTERED
    assert link.wire.module.heard.count("AT+CREG?") == 3
    assert link.garbled == 0
    assert urcs == ['+CMT: "+46",,"x"'] * 2
    assert "\x1b" not in link.wire.sent.decode()


async def test_messages_without_end_are_silence_and_no_more(instant):
    link = link_to({"AT+CREG?": MESSAGE})
    with pytest.raises(NoAnswer):
        await link.ask(CREG)
    assert instant() == pytest.approx(CREG.timeout)


async def test_a_question_to_the_network_is_not_asked_again(instant):
    link = link_to({'AT+CUSD=1,"*100#",15': MESSAGE})
    with pytest.raises(NoAnswer):
        await link.ask(own_number_query("*100#"))
    assert sum(said.startswith("AT+CUSD") for said in link.wire.module.heard) == 1


async def test_nothing_is_asked_or_granted_in_the_middle_of_a_message(instant):
    link = link_to()
    link.wire.say(b'\r\n+CMT: "+46",,"x"\r\nhello\r\n')
    asyncio.get_running_loop().call_later(0.15, link.wire.say, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n1\r\n")
    assert await link.ask(CREG) == REGISTERED
    assert instant() == pytest.approx(0.35)
    link.wire.say(MESSAGE)
    granted = []
    await link.grant(granted.append, 5)
    assert instant() == pytest.approx(0.55)
    assert not granted


async def test_a_line_that_ends_in_the_middle_of_a_message_is_lost(instant):
    link = link_to()
    link.wire.say(MESSAGE)
    asyncio.get_running_loop().call_later(0.1, link.wire.break_down, "unplugged")
    with pytest.raises(LinkLost):
        await link.ask(CREG)
