import re
from pathlib import Path
from string import Formatter

import pytest

from drivers.simulator.lifecycle import CardState
from drivers.simulator.personality import BASE, load, names
from drivers.simulator.template import VALUES

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
REFERENCES = {
    "A6": "aithinker-a6",
    "Air780E": "asr-air780",
    "EHS5": "cinterion-ehs5",
    "NL668": "fibocom-l610",
    "E173": "huawei-e1750",
    "ME909": "huawei-me909",
    "SLM750": "meig-slm750",
    "M590": "neoway-m590",
    "BG96": "quectel-bg96",
    "EC25": "quectel-ec25",
    "M35": "quectel-m95",
    "UC20": "quectel-uc20",
    "MC55": "siemens-mc35",
    "Fastrack": "sierra-fastrack",
    "MC7455": "sierra-mc7455",
    "A7670": "simcom-a7670",
    "SIM5360": "simcom-sim5360",
    "SIM7600": "simcom-sim7600",
    "SIM800": "simcom-sim800",
    "GL865": "telit-gl865",
    "LE910": "telit-le910",
    "Q2406": "wavecom-q2406",
    "ME3630": "zte-me3630",
    "MF190": "zte-mf190",
}
"""The transcript that a personality is written from; the others have none of their own."""

DIFFERS = {
    ("A6", "AT+CNUM"),  # cards of the simulated bank tell their number
    ("Air780E", "AT+CNUM"),
    ("ME3630", "AT+CNUM"),
    ("ME3630", "AT+CRSM=192,28480"),
    ("BG96", "AT+CNUM"),
    ("BG96", "AT+CRSM=192,28480"),
    ("GL865", "AT+CNUM"),
    ("BG96", "AT+CEREG?"),  # the transcript shows power-saving timers, which nobody set here
    ("EC25", "AT+CGREG?"),  # it is attached here
    ("SIM7600", "AT+CGREG?"),  # without the RAC
    ("SIM800", "AT+CGREG?"),
    ("Air780E", "AT+CREG?"),  # the extra field stands in all three here
    ("Air780E", "AT+CEREG?"),
    ("M35", "AT+CGMI"),  # three lines in the transcript's firmware
    ("E173", "AT^ICCID?"),  # the form without quotes; the E1550 has the quoted one
    ("ME909", "AT+CREG?"),  # the access technology stands in all three here
    ("NL668", "ATI"),  # ours tells its IMEI too, so that the zero ESN stands beside it
    ("A7670", "ATI"),
}
"""Where a personality does not follow its transcript, and why."""


def templates(personality):
    for lines in (*personality.answers.values(), *personality.card_answers.values()):
        yield from lines
    yield from personality.registration.values()
    yield from personality.operator.values()
    for words in personality.number.values():
        yield from [words] if isinstance(words, str) else words
    for urcs in personality.urcs.values():
        yield from (urc.text for urc in urcs)
    yield from (setting.read for setting in personality.settings.values())


@pytest.mark.parametrize("name", names())
def test_templates_use_only_facts_that_there_are(name):
    personality = load(name)
    used = {field for text in templates(personality) for _, field, _, _ in Formatter().parse(text) if field}
    assert used - set(VALUES) <= {"n", "name"}


@pytest.mark.parametrize("name", names())
def test_every_state_of_the_card_has_its_answer(name):
    personality = load(name)
    assert set(CardState) == set(personality.cpin)
    assert set(CardState) - {CardState.READY} == set(personality.card_refusals)


@pytest.mark.parametrize("name", names())
def test_urcs_that_can_be_switched_name_a_setting(name):
    personality = load(name)
    for urcs in personality.urcs.values():
        assert all(urc.when in personality.settings for urc in urcs if urc.when)


@pytest.mark.parametrize("name", names())
def test_a_native_modem_has_a_port_that_answers(name):
    usb = load(name).usb
    if usb is not None:
        assert "at" in usb.ports.values()
        assert set(usb.ports.values()) <= {"at", "diag", "nmea", "silent"}


def test_a_derived_personality_has_the_interfaces_of_its_own_device_alone():
    assert set(load("NL668").usb.ports) == {2, 3, 4}
    assert set(load("E3131").usb.ports) == {0, 2, 3}
    assert load("E3131").usb.vid == load("E1550").usb.vid


def test_there_is_a_personality_for_each_family_an_operator_may_own():
    vendors = {load(name).vendor for name in names()}
    assert len(names()) >= 33
    assert vendors >= {
        "simcom",
        "quectel",
        "huawei",
        "zte",
        "wavecom",
        "sierra",
        "telit",
        "u-blox",
        "cinterion",
    }
    assert vendors >= {"neoway", "fibocom", "meig", "ai-thinker", "asr"}


def test_the_base_is_no_personality():
    assert BASE not in names()
    with pytest.raises(KeyError):
        load(BASE)
    with pytest.raises(KeyError):
        load("Nokia3310")


def dialogue(name):
    """Read question and answer lines from the dialogue of a transcript."""
    section = (TRANSCRIPTS / f"{name}.txt").read_text().split("[dialogue]")[1].split("\n[")[0]
    for part in re.split(r"^> ", section, flags=re.MULTILINE)[1:]:
        question, *lines = part.strip().splitlines()
        raw = [line[3:] for line in lines if line.startswith("<< ")]
        if raw:
            text = raw[0].encode().decode("unicode_escape")
            yield question, [piece for piece in re.split(r"[\r\n]+", text) if piece]
        else:
            yield question, [line[2:] for line in lines if line.startswith("< ")]


def shape(lines):
    """Keep what is the same for every card and module: prefixes, quotes, commas, spaces, final results."""
    return [re.sub(r"[0-9A-Fa-f]{2,}[fF]?|\d", "#", re.sub(r'"[^"]*"', '"_"', line)) for line in lines]


WORDS = {"AT+CGMI", "AT+CGMM", "AT+CGMR", "ATI"}
"""Identity is compared by the number of lines and by what comes before a colon."""


def same(question, answer, expected):
    if question in WORDS:
        return [":" in line and line.split(":")[0] for line in answer] == [
            ":" in line and line.split(":")[0] for line in expected
        ]
    return shape(answer) == shape(expected)


async def answer_to(client, question, expected):
    if expected[-1].startswith("+CPIN"):  # the Wavecom's answer without a final result
        client.write(question.encode() + b"\r")
        return (await client.hears("READY\r\n")).decode().split("\r\n")[1:-1]
    return await client.ask(question)


@pytest.mark.parametrize("name", REFERENCES)
async def test_a_personality_answers_in_the_shape_of_its_transcript(name, talk):
    _module, client = await talk(name)
    for setting in ("AT+CMEE=1", "AT+CREG=2", "AT+CGREG=2", "AT+CEREG=2"):
        await client.ask(setting)
    differing = set()
    for question, expected in dialogue(REFERENCES[name]):
        answer = await answer_to(client, question, expected)
        if not same(question, answer, expected):
            differing.add((name, question))
    assert differing == {pair for pair in DIFFERS if pair[0] == name}
