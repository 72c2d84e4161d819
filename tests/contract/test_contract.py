"""What every module's driver owes the agent, whoever made the module.

Held against every personality of the simulator over real pseudo-terminals; with --module=PORT against a real
module, as far as that can be done to one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest
from subjects import PERSONALITIES, SPEED, Need, Subject, at_once, conversing

from drivers.errors import NoAnswer
from drivers.observation import NumberOrigin, NumberReading, Registration, SimState
from drivers.simulator import SimulatedModule, card_issuer, urc
from drivers.simulator.lifecycle import (
    DENIED,
    EMERGENCY_ONLY,
    HOME,
    PACKET_ONLY,
    ROAMING,
    SEARCHING,
    SMS_ONLY,
)
from drivers.simulator.sim import Lock, NumberAt
from drivers.simulator.template import Facts, filled
from drivers.vendors import UrcMeaning

DIALECTS = {
    "A6": "aithinker",
    "A7670": "simcom-a76",
    "Air780E": "asr",
    "BG96": "quectel-4g",
    "E1550": "huawei",
    "E173": "huawei",
    "E3131": "huawei",
    "EC25": "quectel-4g",
    "EG25": "quectel-4g",
    "EHS5": "cinterion",
    "Fastrack": "wavecom",
    "GL865": "telit-2g",
    "L610": "fibocom",
    "LARA-R2": "ublox",
    "LE910": "telit",
    "M35": "quectel-2g",
    "M590": "neoway-2g",
    "M95": "quectel-2g",
    "MC55": "siemens",
    "MC7455": "sierra",
    "ME3630": "zte",
    "ME909": "huawei-4g",
    "MF190": "zte",
    "NL668": "fibocom",
    "Q2406": "wavecom",
    "SARA-U2": "ublox-3g",
    "SIM5360": "simcom-3g",
    "SIM7070": "simcom-70xx",
    "SIM7600": "simcom-4g",
    "SIM800": "simcom-2g",
    "SIM900": "simcom-2g",
    "SLM750": "meig",
    "UC20": "quectel-3g",
}
"""Which dialect each personality is to be recognised as speaking; a new one belongs into this table."""

needs = pytest.mark.needs


def other_card(simulated):
    """A card that no module holds."""
    return card_issuer.issue(3, simulated.state.chance)[2]


def facts_of(seen):
    """What decides about a SIM."""
    return seen.sim, seen.iccid, seen.imsi, seen.registration


def truth_of(simulated, registration=Registration.HOME):
    card = simulated.life.card
    return SimState.READY, card.iccid, card.imsi, registration


# Who it is


async def test_it_says_who_it_is(talk):
    identity = talk.module.identity
    assert identity.manufacturer
    assert identity.model
    assert re.fullmatch(r"\d{15}", identity.imei or "")


@needs(Need.TRUTH)
async def test_it_is_recognised_and_tells_its_imei(talk, simulated):
    assert talk.module.dialect.name == DIALECTS[simulated.personality.name]
    assert talk.module.identity.imei == simulated.state.imei


# How it is


async def test_a_good_sim_is_wholly_known_and_stays_so(talk):
    first = await talk.polls_until(lambda seen: seen.complete and seen.registration.receives, 90.0)
    assert first.complete
    assert re.fullmatch(r"89[0-9]{4}[0-9A-F]{12,14}", first.iccid)
    assert re.fullmatch(r"\d{14,15}", first.imsi)
    for _ in range(3):
        assert facts_of(await talk.poll()) == facts_of(first)


@needs(Need.TRUTH)
async def test_what_is_printed_on_the_card_and_what_it_holds(talk, simulated):
    card = simulated.life.card
    for _ in range(3):  # one by one, then all in one line where the module takes that
        seen = await talk.poll()
        assert facts_of(seen) == truth_of(simulated)
        assert seen.signal_dbm == -113 + 2 * simulated.state.rssi
        assert seen.operator == card.operator
        assert [number.text for number in seen.numbers] == [card.number]


@needs(Need.TRUTH)
@pytest.mark.parametrize("digits", ["89461200000050000325", "8946012345678901232", "898602F90012345678C1"])
async def test_an_iccid_of_any_length_and_letter_is_told_as_printed(talk, simulated, digits):
    simulated.life.card.iccid = digits
    assert (await talk.poll()).iccid == digits


async def test_every_question_is_answered_and_a_known_module_is_asked_little(talk):
    for _ in range(3):
        await talk.poll()
    outcomes = []
    talk.link.on_exchange = lambda _command, outcome, _took: outcomes.append(outcome)
    await talk.poll()
    assert not any(isinstance(outcome, NoAnswer) for outcome in outcomes)
    assert talk.link.garbled == 0
    assert len(outcomes) <= (1 if talk.module.dialect.chains else 6)


async def test_closing_and_opening_the_port_changes_nothing(subject):
    seen = []
    for _ in range(2):
        async with conversing(subject) as talk:
            first = await talk.polls_until(lambda seen: seen.complete, 90.0)
            seen.append((facts_of(first), first.identity, first.numbers))
    assert seen[0] == seen[1]


# Whose number


@needs(Need.TRUTH)
@pytest.mark.parametrize("number", ["+46701740611", "0701740611", ""])
@pytest.mark.parametrize("alpha", ["", "Own, mine"])
async def test_the_number_is_told_as_the_card_has_it(talk, simulated, number, alpha):
    simulated.life.card.number, simulated.life.card.alpha = number, alpha
    assert [said.text for said in (await talk.poll()).numbers] == [number] * bool(number)


@needs(Need.TRUTH)
async def test_the_number_is_read_in_whatever_letters_another_program_chose(talk, simulated):
    for port in simulated.ports:
        port.session.settings["+CSCS"] = "UCS2"
    seen = await talk.poll()
    assert [said.text for said in seen.numbers] == [simulated.life.card.number]
    assert seen.operator == simulated.life.card.operator


@needs(Need.TRUTH)
async def test_a_number_that_only_the_cards_file_holds_is_found_there(talk, simulated):
    simulated.life.card.number_at = NumberAt.FILE_ONLY
    assert (await talk.poll()).numbers == (NumberReading(simulated.life.card.number, NumberOrigin.EF_MSISDN),)


@needs(Need.TRUTH)
async def test_a_card_that_knows_no_number_tells_none(talk, simulated):
    simulated.life.card.number_at = NumberAt.NOWHERE
    assert (await talk.poll()).numbers == ()


@needs(Need.RESTART)
async def test_a_number_is_found_once_the_phone_book_is_loaded(talk, simulated):
    simulated.life.phonebook_ready = False
    numbers = (await talk.poll()).numbers or ()
    assert {said.text for said in numbers} <= {simulated.life.card.number}
    simulated.life._phonebook_read()
    talk.clock.skipped = 5.0
    seen = await talk.polls_until(lambda seen: seen.numbers)
    assert [said.text for said in seen.numbers] == [simulated.life.card.number]


@needs(Need.USSD)
async def test_the_network_tells_the_number_when_asked(talk, simulated):
    await talk.poll()
    said = await talk.module.ask_own_number("*100#", re.compile(r"number is (\+\d+)"))
    assert said == NumberReading(simulated.life.card.e164, NumberOrigin.USSD)
    assert facts_of(await talk.poll()) == truth_of(simulated)


# What happens to its card

TROUBLE = {
    "pulled": (lambda simulated: simulated.pull(), SimState.ABSENT),
    "pulled without a word": (lambda simulated: simulated.pull(quiet=True), SimState.ABSENT),
    "PIN": (lambda simulated: simulated.life.lock(Lock.PIN), SimState.PIN),
    "PUK": (lambda simulated: simulated.life.lock(Lock.PUK), SimState.PUK),
    "busy": (lambda simulated: simulated.fault("busy"), SimState.BUSY),
}
MENDED = {
    "PIN": lambda simulated: simulated.life.lock(Lock.NONE),
    "PUK": lambda simulated: simulated.life.lock(Lock.NONE),
    "busy": lambda simulated: simulated.faults_off(),
}


@needs(Need.HAND)
@pytest.mark.parametrize("what", TROUBLE)
async def test_a_card_in_trouble_is_told_as_it_is_and_so_is_its_return(everybody, what):
    act, state = TROUBLE[what]

    async def check(talk):
        simulated = talk.subject.simulated
        for _ in range(2):  # one by one, then in the midst of settled looks
            await talk.poll()
            await talk.poll()
            act(simulated)
            for _ in range(2):
                seen = await talk.poll()
                assert seen.sim is state
                assert (seen.imsi, seen.registration, seen.numbers) == (None, None, None)
            MENDED.get(what, SimulatedModule.insert)(simulated)
            seen = await talk.polls_until(lambda seen: facts_of(seen) == truth_of(simulated))
            assert facts_of(seen) == truth_of(simulated)

    await at_once(everybody, check)


@needs(Need.HAND)
async def test_a_missing_card_is_told_before_anything_else_is_asked(talk, simulated):
    await talk.poll()
    simulated.pull(quiet=True)
    seen = await talk.poll()
    assert [early.sim for early in talk.told[:1]] == [SimState.ABSENT]
    assert seen.sim is SimState.ABSENT


@needs(Need.HAND)
async def test_a_pull_that_the_module_tells_is_understood_at_once(talk, simulated):
    await talk.poll()
    session = simulated.ports[0].session
    lines = [text for text, _ in urc.vendor_lines(simulated.state, session, "sim_gone")]
    simulated.pull()
    async with asyncio.timeout(5):
        while len([line for line, _ in talk.heard if line in lines]) < len(lines):
            await asyncio.sleep(0.001)
    meanings = {meaning for line, meaning in talk.heard if line in lines}
    assert meanings <= {UrcMeaning.SIM_GONE, UrcMeaning.SIM_CHANGED}
    assert bool(meanings) == bool(lines)


@needs(Need.HAND)
async def test_an_exchange_without_a_word_shows_in_the_next_look_before_its_end(talk, simulated):
    for _ in range(3):
        await talk.poll()
    old, new = simulated.life.card, other_card(simulated)
    simulated.life.exchange_card(new)
    seen = await talk.poll()
    assert facts_of(seen) == truth_of(simulated)
    assert [said.text for said in seen.numbers] == [new.number]
    assert talk.told[0].iccid == new.iccid
    for early in talk.told:
        assert old.number not in [said.text for said in early.numbers or ()]


@needs(Need.HAND)
async def test_another_imsi_on_the_same_card_is_noticed(talk, simulated):
    await talk.poll()
    simulated.life.card.imsi = simulated.life.card.imsi[:5] + "0123456789"
    seen = await talk.poll()
    assert seen.imsi == simulated.life.card.imsi
    assert talk.told[-1].imsi == seen.imsi


@needs(Need.HAND)
async def test_a_radio_that_another_program_switched_off_is_told_as_that(talk, simulated):
    await talk.poll()
    simulated.life.switch_radio("0")
    seen = await talk.poll()
    assert seen.sim is not SimState.READY
    assert "radio is switched off" in (await talk.poll()).detail


@needs(Need.HAND)
@pytest.mark.parametrize("personality", PERSONALITIES)
async def test_the_second_port_of_a_module_tells_the_same_though_news_may_go_to_the_first(personality):
    ports = [("modem", "at", None), ("second", "at", None)]
    async with (
        SimulatedModule(personality, ports=ports, speed=SPEED) as simulated,
        conversing(Subject(simulated.ports[1].path, simulated)) as talk,
    ):
        for _ in range(2):
            assert facts_of(await talk.poll()) == truth_of(simulated)
        simulated.pull()
        assert (await talk.poll()).sim is SimState.ABSENT
        simulated.insert(other_card(simulated))
        seen = await talk.polls_until(lambda seen: facts_of(seen) == truth_of(simulated))
        assert facts_of(seen) == truth_of(simulated)


# What the network does

NETWORK = {
    DENIED: Registration.DENIED,
    SEARCHING: Registration.SEARCHING,
    EMERGENCY_ONLY: Registration.EMERGENCY_ONLY,
    ROAMING: Registration.ROAMING,
    SMS_ONLY: Registration.SMS_ONLY_HOME,
    HOME: Registration.HOME,
}


@needs(Need.NETWORK)
async def test_registration_is_told_as_the_network_grants_it(talk, simulated):
    for stat, expected in NETWORK.items():
        simulated.life.set_network(stat)
        for _ in range(2):
            seen = await talk.poll()
            eps_alone = stat == SMS_ONLY and "eps_only" in simulated.personality.quirks
            assert facts_of(seen) == truth_of(simulated, Registration.HOME if eps_alone else expected)
        assert seen.registration.receives == (stat in {ROAMING, SMS_ONLY, HOME})


@needs(Need.NETWORK)
async def test_packet_service_counts_in_lte_alone(talk, simulated):
    simulated.life.set_network(PACKET_ONLY)
    seen = await talk.poll()
    assert seen.registration.receives == (simulated.personality.generation == "lte")


@needs(Need.NETWORK)
async def test_a_change_of_registration_is_heard_at_once(talk, simulated):
    await talk.poll()
    simulated.life.set_network(DENIED)
    async with asyncio.timeout(5):
        while UrcMeaning.REGISTRATION not in [meaning for _, meaning in talk.heard]:
            await asyncio.sleep(0.001)


# Restarts and other programs


@needs(Need.RESTART)
async def test_a_restart_ends_all_that_was_known_and_is_followed_by_a_new_introduction(everybody):
    async def check(talk):
        simulated = talk.subject.simulated
        await talk.poll()
        simulated.reboot()
        seen = await talk.polls_until(lambda seen: facts_of(seen) == truth_of(simulated), 10.0)
        assert facts_of(seen) == truth_of(simulated)
        assert talk.module.dialect.name == DIALECTS[simulated.personality.name]
        assert talk.module.identity.imei == simulated.state.imei
        session = simulated.ports[0].session
        lines = [text for text, _ in urc.vendor_lines(simulated.state, session, "boot")]
        banner = UrcMeaning.RESTARTED in map(talk.module.dialect.meaning, lines)
        assert banner == (UrcMeaning.RESTARTED in [meaning for line, meaning in talk.heard if line in lines])
        if banner:
            assert (session.echo, session.settings["+CMEE"]) == (False, "1")

    await at_once(everybody, check)


@needs(Need.RESTART)
async def test_while_it_starts_nothing_is_said_of_the_card(talk, simulated):
    await talk.poll()
    simulated.life.card_ready = False
    seen = await talk.poll()
    assert seen.sim in {SimState.NOT_READY, SimState.BUSY, SimState.ERROR}
    assert (seen.imsi, seen.numbers) == (None, None)
    simulated.life.card_ready = True
    assert facts_of(await talk.poll()) == truth_of(simulated)


LEFT = {
    "echo": lambda simulated, _: simulated.fault("echo"),
    "V0": lambda _, session: setattr(session, "verbose", False),
    "Q1": lambda _, session: setattr(session, "quiet", True),
    "errors in words": lambda _, session: session.settings.update({"+CMEE": "2"}),
    "no news": lambda _, session: session.settings.update({"+CREG": "0", "+CEREG": "0"}),
    "as after a start": lambda _, session: session.restore(),
}


@needs(Need.FAULTS)
@pytest.mark.parametrize("left", LEFT)
async def test_what_another_program_left_set_confuses_nobody(everybody, left):
    async def check(talk):
        simulated = talk.subject.simulated
        await talk.poll()
        for port in simulated.ports:
            LEFT[left](simulated, port.session)
        for _ in range(2):
            seen = await talk.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)
        simulated.pull(quiet=True)
        assert (await talk.poll()).sim is SimState.ABSENT

    await at_once(everybody, check)


@needs(Need.FAULTS)
async def test_after_everything_its_state_is_as_it_was(talk, simulated):
    before = [dict(port.session.settings) for port in simulated.ports]
    for _ in range(8):
        await talk.poll()
    assert [dict(port.session.settings) for port in simulated.ports] == before, (
        "an introduction sets, looks do not"
    )
    fresh = {name: setting.value for name, setting in simulated.personality.settings.items()}
    changed = {name for name, value in before[0].items() if fresh[name] != value}
    assert changed <= {"+CMEE", "+CREG", "+CEREG", "+CSMINS", "#QSS", "^SCKS"}
    assert simulated.state.messages.sent == []
    state = simulated.state
    assert (state.phonebook, state.operator_mode, state.operator_format) == (
        "SM",
        "0",
        "0",
    )
    assert simulated.life.functionality == "1"


# A bad line


@needs(Need.FAULTS)
@pytest.mark.parametrize("fault", ["half", "garbage", "endless", "silent", "late", "slow"])
async def test_a_lost_answer_costs_one_look_and_never_answers_another_question(everybody, fault):
    async def check(talk):
        simulated = talk.subject.simulated
        await talk.poll()
        await talk.poll()
        simulated.fault(fault, seconds=2.0, once=True)
        lost = await talk.poll()
        simulated.faults_off()
        assert lost.iccid in {None, simulated.life.card.iccid}
        assert not lost.complete
        for _ in range(2):
            seen = await talk.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)

    await at_once(everybody, check)


@needs(Need.FAULTS)
@pytest.mark.parametrize("fault", ["flood", "nul", "rival"])
async def test_noise_on_the_line_makes_no_fact_and_hides_none(talk, simulated, fault):
    await talk.poll()
    simulated.fault(fault)
    for _ in range(2):
        seen = await talk.polls_until(lambda seen: seen.complete)
        assert facts_of(seen) == truth_of(simulated)
    simulated.faults_off()
    assert facts_of(await talk.polls_until(lambda seen: seen.complete)) == truth_of(simulated)


CHATTER = (
    "+CREG: 5",
    '+CREG: 3,"8B37","0A265185"',
    "+CPIN: READY",
    "RING",
    '+CMTI: "SM",3',
    "^RSSI:19",
    "+CSQ: 5,0",
)


@needs(Need.FAULTS)
async def test_news_in_every_gap_is_no_answer(talk, simulated):
    async def chatter():
        while True:
            for line in CHATTER:
                simulated.send_urc(line)
                await asyncio.sleep(0)

    talking = asyncio.create_task(chatter())
    try:
        for _ in range(4):
            seen = await talk.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talking


@needs(Need.TRUTH)
async def test_every_line_it_may_say_unasked_means_something(talk, simulated):
    session = simulated.ports[0].session
    for urcs in simulated.personality.urcs.values():
        for one in urcs:
            text = filled(one.text, Facts(simulated.state, session, one.when))
            assert talk.module.dialect.meaning(text) is not None, text
