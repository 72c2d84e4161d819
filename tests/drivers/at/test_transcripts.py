"""Every transcript, played by a module in memory to the real conversation and module."""

from __future__ import annotations

import pytest

from drivers.module import Module
from drivers.observation import Observation
from drivers.vendors import by_name
from tests.drivers.scripted_modules import FAMILIES, MemoryLink, ScriptedModule, Transcript, read_transcript

SITUATIONS = [(family, case) for family in FAMILIES for case in ("", *read_transcript(family).cases)]


def expected(transcript: Transcript) -> dict[str, object]:
    facts = {name: None if value == "-" else value for name, value in transcript.facts.items()}
    numbers = facts["numbers"]
    return {
        **{
            name: facts[name]
            for name in ("manufacturer", "model", "revision", "imei", "iccid", "imsi", "operator")
        },
        "sim": facts["sim"],
        "registration": None if facts["registration"] is None else int(facts["registration"]),
        "signal_dbm": None if facts["signal_dbm"] is None else int(facts["signal_dbm"]),
        "numbers": None if numbers is None else "" if numbers == "(none)" else numbers,
        "driver": facts["dialect"],
    }


def reported(observation: Observation) -> dict[str, object]:
    identity = observation.identity
    assert identity is not None
    numbers = observation.numbers
    return {
        "manufacturer": identity.manufacturer,
        "model": identity.model,
        "revision": identity.revision,
        "imei": identity.imei,
        "iccid": observation.iccid,
        "imsi": observation.imsi,
        "operator": observation.operator,
        "sim": observation.sim,
        "registration": observation.registration,
        "signal_dbm": observation.signal_dbm,
        "numbers": None if numbers is None else " ".join(f"{n.origin} {n.text}" for n in numbers),
        "driver": observation.driver,
    }


@pytest.mark.parametrize("octets", [False, True], ids=["at once", "octet by octet"])
@pytest.mark.parametrize(("family", "case"), SITUATIONS)
async def test_a_poll_reports_what_the_transcript_says(family: str, case: str, octets: bool) -> None:
    transcript = read_transcript(family).case(case)
    link = MemoryLink(ScriptedModule(transcript), octets=octets)
    module = Module(family, link, clock=lambda: 1.0)
    link.on_urc = module.on_urc

    first = await module.poll(lambda _: None)
    second = await module.poll(lambda _: None)

    assert expected(transcript) == reported(first)
    assert expected(transcript) == reported(second)


@pytest.mark.parametrize(
    ("family", "text", "meaning"),
    [(family, *urc) for family in FAMILIES for urc in read_transcript(family).urcs],
)
def test_a_urc_means_what_the_transcript_says(family: str, text: str, meaning: str) -> None:
    dialect = by_name(read_transcript(family).facts["dialect"])

    assert meaning == dialect.meaning(text)
