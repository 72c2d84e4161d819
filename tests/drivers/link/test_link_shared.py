"""A link whose line is granted to the client of a shared port."""

from __future__ import annotations

import asyncio

import pytest
from memory_wires import MemoryWire, Module

from drivers.at.commands import CREG, NUMERIC_ERRORS
from drivers.errors import LinkLost, NoAnswer
from drivers.link import Direction, Link

REGISTERED = ("+CREG: 2,1",)
SILENT = b""


def link_to(answers=None, kind=MemoryWire, **settings):
    return Link(kind(Module(answers), **settings))


async def test_a_granted_line_is_the_clients_alone_until_it_is_released(instant):
    link = link_to({"AT+CSQ": b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"})
    heard, seen = [], []
    link.trace = lambda direction, data: seen.append((direction, data))
    await link.grant(heard.append, 5)
    link.forward(b"AT+CSQ\r")
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0.1)
    assert heard == [b"\r\n+CSQ: 1,99\r\n\r\nOK\r\n"]
    assert not asking.done()
    link.release(in_step=True)
    assert await asking == REGISTERED
    assert [direction for direction, _ in seen] == [
        Direction.CLIENT_TO_MODULE,
        Direction.MODULE_TO_CLIENT,
        Direction.TO_MODULE,
        Direction.FROM_MODULE,
    ]


async def test_how_long_a_command_waited_for_the_lock_is_reported(instant):
    link = link_to()
    waited = []
    link.on_waited = waited.append
    await link.ask(CREG)
    await link.grant(lambda _: None, 5)
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(2)
    link.release(in_step=True)
    await asking
    assert waited == [pytest.approx(2)]


async def test_an_answer_that_the_client_did_not_get_is_not_taken_for_ours(instant):
    link = link_to({"AT+CREG?": [SILENT, b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"]})
    await link.grant(lambda _: None, 5)
    link.forward(b"AT+CREG?\r")
    link.release(in_step=False)
    asking = asyncio.ensure_future(link.ask(CREG, 5))
    await asyncio.sleep(0)
    link.wire.say(b"\r\n+CREG: 2,5\r\n\r\nOK\r\n")
    assert await asking == ("+CREG: 2,3",)


async def test_the_half_line_at_each_hand_over_goes_along(instant):
    link = link_to()
    heard, urcs = [], []
    link.on_urc = urcs.append
    link.wire.say(b"\r\nRI")
    await link.grant(heard.append, 5)
    link.wire.say(b"NG\r\n")
    assert b"".join(heard) == b"RING\r\n"
    link.release(in_step=True, rest=b"\r\nRI")
    link.wire.say(b"NG\r\n")
    assert urcs == ["RING"]


async def test_a_line_that_arrived_for_the_client_is_a_urc_by_its_name_only(instant):
    link = link_to()
    urcs = []
    link.on_urc = urcs.append
    link.report_urc("RING")
    link.report_urc("hello")
    assert urcs == ["RING"]


async def test_other_lines_are_all_that_is_not_an_answer_of_ours(instant):
    link = link_to(
        {"AT+CREG?": b'\r\nRING\r\n\r\n+CREG: 2,1\r\n\r\nOK\r\n\r\n+CMT: "+46",,"x"\r\nOK \r\n> 1\r\n'}
    )
    others, texts = [], []
    link.on_other_line, link.on_message_text = others.append, texts.append
    assert await link.ask(CREG) == REGISTERED
    assert others == ["RING", '+CMT: "+46",,"x"']
    assert texts == ["OK ", "> 1"]


async def test_a_line_that_is_not_in_step_is_brought_there_before_it_is_granted(instant):
    link = link_to({"AT+CREG?": SILENT})
    with pytest.raises(NoAnswer):
        await link.ask(CREG, 1)
    heard = []
    await link.grant(heard.append, 5)
    assert "ATQ0" in link.wire.module.heard
    assert heard == []


async def test_a_lost_wire_is_not_granted(instant):
    link = link_to()
    link.wire.break_down("unplugged")
    await asyncio.sleep(0)
    with pytest.raises(LinkLost):
        await link.grant(lambda _: None, 5)
    assert not link.lock.locked


async def test_commands_under_a_lock_that_is_kept_come_before_everybody_else(instant):
    link = link_to()
    await link.grant(lambda _: None, 5)
    asking = asyncio.ensure_future(link.ask(CREG))
    await asyncio.sleep(0)
    link.release(in_step=True, keep_lock=True)
    await link.ask_locked(NUMERIC_ERRORS)
    assert link.wire.module.heard == ["AT+CMEE=1"]
    link.lock.release()
    assert await asking == REGISTERED
