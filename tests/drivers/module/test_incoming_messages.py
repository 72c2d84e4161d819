"""Whatever an incoming message contains, no observation of the SIM changes by it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from memory_wires import MemoryWire, virtually

from drivers.link import Link
from drivers.module import Module
from drivers.vendors import URCS, UrcMeaning
from tests.drivers.scripted_modules import ScriptedModule, read_transcript

HEADERS = (
    '+CMT: "+46700000000",,"26/01/01,10:00:00+04"',
    '+CMT: "+46700000000",,"26/01/01,10:00:00+04",145,4,0,0,"+46700000001",145,12',
    "+CBM: 1,50,1,1,1",
    '+CUSD: 0,"Dear customer',
)
WORST = (
    '+CNUM: "","+46999999999",145', "OK", "ERROR", "0", "1", "3", "4", "> ", ">", "+CPIN: NOT INSERTED",
    "+CPIN: SIM PIN", "RDY", "NORMAL POWER DOWN", "+CREG: 0", "+CREG: 2,0", "+CREG: 2,3", "+CME ERROR: 10",
    "240990000000099", "CONNECT", "8946990000009999999", "+CCID: 8946990000009999999", "NO CARRIER", "AT+CFUN=0",
    '+CRSM: 144,0,"98649900000099999999"', '+CMT: "+46700000000",,"26/01/01,10:00:00+04"', "+CFUN: 0",
    "+QCCID: 8946990000009999999",
)  # fmt: skip
FAMILIES = ("simcom-sim7600", "quectel-ec25", "fibocom-l610")


class Delivered:
    """A module behind a wire that delivers a message with the answer to one of its questions."""

    def __init__(self, family, message, at, *, before):
        self.scripted = ScriptedModule(read_transcript(family))
        self.heard = []
        self._message, self._at, self._before = message, at, before

    def hear(self, data, _baudrate):
        self.heard.append(data)
        answer = self.scripted.hear(data)
        if len(self.heard) - 1 != self._at:
            return answer
        return self._message + answer if self._before else answer + self._message


async def polled(family, message=b"", at=-1, *, before=True):
    """What two polls find, and what its URCs meant."""
    module = Delivered(family, message, at, before=before)
    link = Link(MemoryWire(module), urcs=URCS)
    asked = Module("any", link, clock=lambda: 1.0)
    meanings = []
    link.on_urc = lambda line: meanings.append(asked.on_urc(line))
    seen = []
    await asked.identify()
    for _ in range(2):
        seen.append(await asked.poll(seen.append))
        await asyncio.sleep(2)
    assert b"\x1b" not in link.wire.sent
    return [replace(one, detail="") for one in seen], meanings, len(module.heard)


TRUTH = {family: virtually(polled(family)) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_truth_is_one(family):
    seen, _, asked = TRUTH[family]
    assert seen[-1].complete
    assert asked >= 6


@settings(max_examples=60, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    header=st.sampled_from(HEADERS),
    lines=st.lists(
        st.sampled_from(WORST) | st.text(st.characters(max_codepoint=255), max_size=30), max_size=6
    ),
    at=st.integers(0, 40),
    before=st.booleans(),
)
@example("simcom-sim7600", HEADERS[0], ["hello", *WORST], 12, True)
@example("simcom-sim7600", HEADERS[0], ["Your list:", "1", "milk"], 12, False)
def test_fuzz_no_message_changes_an_observation(family, header, lines, at, before):
    message = "".join(f"\r\n{header}\r\n" + "\r\n".join((*lines, ""))).encode("latin-1")
    truth, usual, asked = TRUTH[family]
    seen, meanings, _ = virtually(polled(family, message, at % asked, before=before))
    assert set(meanings) - set(usual) <= {UrcMeaning.NOISE, None}
    assert seen[-1] == truth[-1]
    for fact in ("sim", "iccid", "imsi", "registration", "numbers", "identity"):
        said = {getattr(one, fact) for one in seen} - {None}
        assert said <= {getattr(one, fact) for one in truth}, fact
