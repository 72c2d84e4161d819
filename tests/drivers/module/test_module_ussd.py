"""The own number by USSD, from the module down: what the network may answer, and what is never asked."""

from __future__ import annotations

import re

import pytest

from drivers.at import gsm7
from drivers.module import Module
from drivers.observation import NumberOrigin, NumberReading
from tests.drivers.at.test_allowlist import SERVICES
from tests.drivers.scripted_modules import MemoryLink, ScriptedModule, line, read_transcript

NUMBER = NumberReading("+46701740616", NumberOrigin.USSD)
MATCH = re.compile(r"(\+?\d{8,15})")
PLAIN, PACKED = 'AT+CUSD=1,"*100#",15', "AT+CUSD=1,AA180C3602,15"
TEXT = "Your number is +46701740616"
SEPTETS = gsm7.pack(TEXT).hex().upper()
UCS2 = TEXT.encode("utf-16-be").hex().upper()
RUSSIAN = "Ваш номер +46701740616".encode("utf-16-be").hex().upper()


def module_that_answers(family, command, answer):
    script = ScriptedModule(read_transcript(family))
    script.replies[command] = answer
    link = MemoryLink(script)
    module = Module(family, link, clock=lambda: 1.0)
    link.on_urc = module.on_urc
    return module, script


@pytest.mark.parametrize(
    ("family", "command", "answer"),
    [
        ("quectel-ec25", PLAIN, line("OK") + line(f'+CUSD: 0,"{TEXT}",15')),
        ("quectel-ec25", PLAIN, line(f'+CUSD: 0,"{TEXT}",15') + line("OK")),
        ("quectel-ec25", PLAIN, line("OK") + line(f'+CUSD: 0,"{UCS2}",72')),
        ("quectel-m95", PLAIN, line("OK") + line(f'+CUSD: 0,"{UCS2}",15')),
        ("quectel-m95", PLAIN, line("OK") + line(f'+CUSD: 0,"{RUSSIAN}",72')),
        ("simcom-sim800", PLAIN, line("OK") + line(f'+CUSD: 0, "{TEXT}", 15')),
        ("simcom-sim800", PLAIN, line("OK") + line(f'+CUSD: 2,"{TEXT}",15') + line("+CUSD: 2")),
        ("simcom-sim800", PLAIN,
         line("OK") + b'\r\n+CUSD: 1,"Dear "customer" of ours\r\nyour number\r\n+46701740616",15\r\n'),
        ("wavecom-q2406", PLAIN, line("OK") + line("RING") + line(f'+CUSD: 0,"{TEXT}",15')),
        ("huawei-e1750", PACKED, line("OK") + line(f'+CUSD: 0,"{SEPTETS}",15')),
        ("huawei-e1750", PACKED, line("OK") + line("^RSSI:19") + line(f"+CUSD: 0,{SEPTETS},15")),
        ("huawei-me909", PACKED, line("OK") + line(f'+CUSD: 0,"{UCS2}",72')),
        ("huawei-me909", PACKED, line("OK") + line(f'+CUSD: 0,"{TEXT}",15')),
    ],
)  # fmt: skip
async def test_the_number_is_found_in_whatever_shape_it_comes(family, command, answer):
    module, script = module_that_answers(family, command, answer)
    await module.poll(lambda _: None)

    assert await module.ask_own_number("*100#", MATCH) == NUMBER
    assert command in script.asked

    after = await module.poll(lambda _: None)
    assert after.iccid == script.transcript.facts["iccid"], "the dialogue is in step"


@pytest.mark.parametrize(
    "answer",
    [
        line("ERROR"),
        line("+CME ERROR: 30"),
        line("OK") + line("+CUSD: 4"),
        line("OK") + line("+CUSD: 5"),
        line("OK") + line('+CUSD: 0,"Insufficient balance",15'),
        line("OK"),
        b"",
    ],
)
async def test_no_number_is_no_number(answer):
    module, script = module_that_answers("quectel-ec25", PLAIN, answer)
    await module.poll(lambda _: None)

    assert await module.ask_own_number("*100#", MATCH) is None
    assert script.asked.count(PLAIN) == 1, "it may cost money: never twice by itself"

    after = await module.poll(lambda _: None)
    after = after if after.complete else await module.poll(lambda _: None)
    assert after.iccid == script.transcript.facts["iccid"]


@pytest.mark.parametrize("family", ["quectel-ec25", "huawei-e1750"])
@pytest.mark.parametrize("code", SERVICES)
async def test_a_service_code_is_refused_before_a_byte_is_sent(family, code):
    module, script = module_that_answers(family, PLAIN, line("OK"))
    await module.poll(lambda _: None)
    before = len(script.asked)

    with pytest.raises(ValueError, match="own-number"):
        await module.ask_own_number(code, MATCH)

    assert len(script.asked) == before
