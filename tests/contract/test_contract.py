"""What the drivers promise the agent for every module, whoever made it.

Held against every personality of the simulator over real pseudo-terminals; with --module=PORT against a real module,
except for what cannot be done to one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

import pytest
from subjects import PERSONALITIES, SPEED, Need, Subject, in_parallel, opening

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
from drivers.simulator.template import TemplateValues, filled
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
"""The dialect of each personality; a new personality belongs in this table."""

needs = pytest.mark.needs


def other_card(simulated):
    """A SIM that no module holds."""
    return card_issuer.issue(3, simulated.state.chance)[2]


def facts_of(seen):
    """What decides whether a SIM is live."""
    return seen.sim, seen.iccid, seen.imsi, seen.registration


def truth_of(simulated, registration=Registration.HOME):
    card = simulated.life.card
    return SimState.READY, card.iccid, card.imsi, registration


# Identity


async def test_it_identifies_itself(opened):
    identity = opened.module.identity
    assert identity.manufacturer
    assert identity.model
    assert re.fullmatch(r"\d{15}", identity.imei or "")


@needs(Need.TRUTH)
async def test_its_dialect_is_recognised_and_its_imei_read(opened, simulated):
    assert opened.module.dialect.name == DIALECTS[simulated.personality.name]
    assert opened.module.identity.imei == simulated.state.imei


# The state of its SIM


async def test_a_good_sim_is_completely_known_and_stays_so(opened):
    first = await opened.polls_until(lambda seen: seen.complete and seen.registration.receives, 90.0)
    assert first.complete
    assert re.fullmatch(r"89[0-9]{4}[0-9A-F]{12,14}", first.iccid)
    assert re.fullmatch(r"\d{14,15}", first.imsi)
    for _ in range(3):
        assert facts_of(await opened.poll()) == facts_of(first)


@needs(Need.TRUTH)
async def test_iccid_imsi_number_signal_and_operator_are_read(opened, simulated):
    card = simulated.life.card
    for _ in range(3):  # one by one, then all in one line where the module takes that
        seen = await opened.poll()
        assert facts_of(seen) == truth_of(simulated)
        assert seen.signal_dbm == -113 + 2 * simulated.state.rssi
        assert seen.operator == card.operator
        assert [number.text for number in seen.numbers] == [card.number]


@needs(Need.TRUTH)
@pytest.mark.parametrize("digits", ["89461200000050000325", "8946012345678901232", "898602F90012345678C1"])
async def test_an_iccid_of_any_length_and_character_is_read_as_printed(opened, simulated, digits):
    simulated.life.card.iccid = digits
    assert (await opened.poll()).iccid == digits


async def test_every_command_is_answered_and_an_identified_module_gets_few(opened):
    for _ in range(3):
        await opened.poll()
    outcomes = []
    opened.link.on_exchange = lambda _command, outcome, _took: outcomes.append(outcome)
    await opened.poll()
    assert not any(isinstance(outcome, NoAnswer) for outcome in outcomes)
    assert opened.link.garbled == 0
    assert len(outcomes) <= (2 if opened.module.dialect.chains else 6)  # what decides, and the signal


async def test_closing_and_opening_the_port_changes_nothing(subject):
    seen = []
    for _ in range(2):
        async with opening(subject) as opened:
            first = await opened.polls_until(lambda seen: seen.complete, 90.0)
            seen.append((facts_of(first), first.identity, first.numbers))
    assert seen[0] == seen[1]


# Own number


@needs(Need.TRUTH)
@pytest.mark.parametrize("number", ["+46701740611", "0701740611", ""])
@pytest.mark.parametrize("alpha", ["", "Own, mine"])
async def test_the_number_is_read_as_the_card_has_it(opened, simulated, number, alpha):
    simulated.life.card.number, simulated.life.card.alpha = number, alpha
    assert [number.text for number in (await opened.poll()).numbers] == [number] * bool(number)


@needs(Need.TRUTH)
async def test_the_number_is_read_in_whatever_character_set_another_program_chose(opened, simulated):
    for port in simulated.ports:
        port.session.settings["+CSCS"] = "UCS2"
    seen = await opened.poll()
    assert [number.text for number in seen.numbers] == [simulated.life.card.number]
    assert seen.operator == simulated.life.card.operator


@needs(Need.TRUTH)
async def test_a_number_that_only_the_cards_file_holds_is_found_there(opened, simulated):
    simulated.life.card.number_at = NumberAt.FILE_ONLY
    assert (await opened.poll()).numbers == (
        NumberReading(simulated.life.card.number, NumberOrigin.EF_MSISDN),
    )


@needs(Need.TRUTH)
async def test_a_card_without_a_number_has_none(opened, simulated):
    simulated.life.card.number_at = NumberAt.NOWHERE
    assert (await opened.poll()).numbers == ()


@needs(Need.RESTART)
async def test_a_number_is_found_once_the_phone_book_is_loaded(opened, simulated):
    simulated.life.phonebook_ready = False
    numbers = (await opened.poll()).numbers or ()
    assert {number.text for number in numbers} <= {simulated.life.card.number}
    simulated.life._phonebook_read()
    opened.clock.skipped = 5.0
    seen = await opened.polls_until(lambda seen: seen.numbers)
    assert [number.text for number in seen.numbers] == [simulated.life.card.number]


@needs(Need.USSD)
async def test_the_network_reports_the_number_by_ussd(opened, simulated):
    await opened.poll()
    reading = await opened.module.ask_own_number("*100#", re.compile(r"number is (\+\d+)"))
    assert reading == NumberReading(simulated.life.card.e164, NumberOrigin.USSD)
    assert facts_of(await opened.poll()) == truth_of(simulated)


# Removed, locked and swapped SIMs

BAD_STATES = {
    "pulled": (lambda simulated: simulated.pull(), SimState.ABSENT),
    "pulled without a URC": (lambda simulated: simulated.pull(quiet=True), SimState.ABSENT),
    "PIN": (lambda simulated: simulated.life.lock(Lock.PIN), SimState.PIN),
    "PUK": (lambda simulated: simulated.life.lock(Lock.PUK), SimState.PUK),
    "busy": (lambda simulated: simulated.fault("busy"), SimState.BUSY),
}
ENDED_BY = {
    "PIN": lambda simulated: simulated.life.lock(Lock.NONE),
    "PUK": lambda simulated: simulated.life.lock(Lock.NONE),
    "busy": lambda simulated: simulated.faults_off(),
}


@needs(Need.HAND)
@pytest.mark.parametrize("what", BAD_STATES)
async def test_each_bad_state_of_a_sim_is_reported_and_so_is_its_return(all_opened, what):
    act, state = BAD_STATES[what]

    async def check(opened):
        simulated = opened.subject.simulated
        for _ in range(2):  # one by one, then in one line
            await opened.poll()
            await opened.poll()
            act(simulated)
            for _ in range(2):
                seen = await opened.poll()
                assert seen.sim is state
                assert (seen.imsi, seen.registration, seen.numbers) == (None, None, None)
            ENDED_BY.get(what, SimulatedModule.insert)(simulated)
            seen = await opened.polls_until(lambda seen: facts_of(seen) == truth_of(simulated))
            assert facts_of(seen) == truth_of(simulated)

    await in_parallel(all_opened, check)


@needs(Need.HAND)
async def test_a_missing_sim_is_published_before_anything_else_is_asked(opened, simulated):
    await opened.poll()
    simulated.pull(quiet=True)
    seen = await opened.poll()
    assert [early.sim for early in opened.published[:1]] == [SimState.ABSENT]
    assert seen.sim is SimState.ABSENT


@needs(Need.HAND)
async def test_the_urc_of_a_removed_sim_is_understood(opened, simulated):
    await opened.poll()
    session = simulated.ports[0].session
    lines = [text for text, _ in urc.vendor_lines(simulated.state, session, "sim_gone")]
    simulated.pull()
    async with asyncio.timeout(5):
        while len([line for line, _ in opened.urcs if line in lines]) < len(lines):
            await asyncio.sleep(0.001)
    meanings = {meaning for line, meaning in opened.urcs if line in lines}
    assert meanings <= {UrcMeaning.SIM_GONE, UrcMeaning.SIM_CHANGED}
    assert bool(meanings) == bool(lines)


@needs(Need.HAND)
async def test_a_swap_without_a_urc_is_published_in_the_next_poll_before_its_end(opened, simulated):
    for _ in range(3):
        await opened.poll()
    old, new = simulated.life.card, other_card(simulated)
    simulated.life.exchange_card(new)
    seen = await opened.poll()
    assert facts_of(seen) == truth_of(simulated)
    assert [number.text for number in seen.numbers] == [new.number]
    assert opened.published[0].iccid == new.iccid
    for early in opened.published:
        assert old.number not in [number.text for number in early.numbers or ()]


@needs(Need.HAND)
async def test_another_imsi_under_the_same_iccid_is_noticed(opened, simulated):
    await opened.poll()
    simulated.life.card.imsi = simulated.life.card.imsi[:5] + "0123456789"
    seen = await opened.poll()
    assert seen.imsi == simulated.life.card.imsi
    assert opened.published[-1].imsi == seen.imsi


@needs(Need.HAND)
async def test_a_radio_that_another_program_switched_off_is_reported_as_such(opened, simulated):
    await opened.poll()
    simulated.life.switch_radio("0")
    seen = await opened.poll()
    assert seen.sim is not SimState.READY
    assert "radio is switched off" in (await opened.poll()).detail


@needs(Need.HAND)
@pytest.mark.parametrize("personality", PERSONALITIES)
async def test_the_second_port_of_a_module_reports_the_same_though_urcs_may_go_to_the_first(personality):
    ports = [("modem", "at", None), ("second", "at", None)]
    async with (
        SimulatedModule(personality, ports=ports, speed=SPEED) as simulated,
        opening(Subject(simulated.ports[1].path, simulated)) as opened,
    ):
        for _ in range(2):
            assert facts_of(await opened.poll()) == truth_of(simulated)
        simulated.pull()
        assert (await opened.poll()).sim is SimState.ABSENT
        simulated.insert(other_card(simulated))
        seen = await opened.polls_until(lambda seen: facts_of(seen) == truth_of(simulated))
        assert facts_of(seen) == truth_of(simulated)


# Registration

NETWORK = {
    DENIED: Registration.DENIED,
    SEARCHING: Registration.SEARCHING,
    EMERGENCY_ONLY: Registration.EMERGENCY_ONLY,
    ROAMING: Registration.ROAMING,
    SMS_ONLY: Registration.SMS_ONLY_HOME,
    HOME: Registration.HOME,
}


@needs(Need.NETWORK)
async def test_registration_is_reported_as_the_network_grants_it(opened, simulated):
    for stat, expected in NETWORK.items():
        simulated.life.set_network(stat)
        for _ in range(2):
            seen = await opened.poll()
            eps_alone = stat == SMS_ONLY and "eps_only" in simulated.personality.quirks
            assert facts_of(seen) == truth_of(simulated, Registration.HOME if eps_alone else expected)
        assert seen.registration.receives == (stat in {ROAMING, SMS_ONLY, HOME})


@needs(Need.NETWORK)
async def test_packet_service_alone_counts_only_in_lte(opened, simulated):
    simulated.life.set_network(PACKET_ONLY)
    seen = await opened.poll()
    assert seen.registration.receives == (simulated.personality.generation == "lte")


@needs(Need.NETWORK)
async def test_a_change_of_registration_arrives_as_a_urc(opened, simulated):
    await opened.poll()
    simulated.life.set_network(DENIED)
    async with asyncio.timeout(5):
        while UrcMeaning.REGISTRATION not in [meaning for _, meaning in opened.urcs]:
            await asyncio.sleep(0.001)


# Restarts and other programs


@pytest.mark.answer_timeout(0.25)
@needs(Need.RESTART)
async def test_a_restart_voids_all_that_was_known_and_the_module_is_identified_again(all_opened):
    async def check(opened):
        simulated = opened.subject.simulated
        await opened.poll()
        simulated.reboot()
        seen = await opened.polls_until(lambda seen: facts_of(seen) == truth_of(simulated), 10.0)
        assert facts_of(seen) == truth_of(simulated)
        assert opened.module.dialect.name == DIALECTS[simulated.personality.name]
        assert opened.module.identity.imei == simulated.state.imei
        session = simulated.ports[0].session
        lines = [text for text, _ in urc.vendor_lines(simulated.state, session, "boot")]
        banner = UrcMeaning.RESTARTED in map(opened.module.dialect.meaning, lines)
        assert banner == (UrcMeaning.RESTARTED in [meaning for line, meaning in opened.urcs if line in lines])
        if banner:
            assert (session.echo, session.settings["+CMEE"]) == (False, "1")

    await in_parallel(all_opened, check)


@needs(Need.RESTART)
async def test_while_it_starts_nothing_is_known_of_the_sim(opened, simulated):
    await opened.poll()
    simulated.life.card_ready = False
    seen = await opened.poll()
    assert seen.sim in {SimState.NOT_READY, SimState.BUSY, SimState.ERROR}
    assert (seen.imsi, seen.numbers) == (None, None)
    simulated.life.card_ready = True
    assert facts_of(await opened.poll()) == truth_of(simulated)


LEFT = {
    "echo": lambda simulated, _: simulated.fault("echo"),
    "V0": lambda _, session: setattr(session, "verbose", False),
    "Q1": lambda _, session: setattr(session, "quiet", True),
    "errors in words": lambda _, session: session.settings.update({"+CMEE": "2"}),
    "no URCs": lambda _, session: session.settings.update({"+CREG": "0", "+CEREG": "0"}),
    "as after a start": lambda _, session: session.restore(),
}


@pytest.mark.answer_timeout(0.25)
@needs(Need.FAULTS)
@pytest.mark.parametrize("left", LEFT)
async def test_settings_left_by_another_program_do_no_harm(all_opened, left):
    async def check(opened):
        simulated = opened.subject.simulated
        await opened.poll()
        for port in simulated.ports:
            LEFT[left](simulated, port.session)
        for _ in range(2):
            seen = await opened.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)
        simulated.pull(quiet=True)
        assert (await opened.poll()).sim is SimState.ABSENT

    await in_parallel(all_opened, check)


@needs(Need.FAULTS)
async def test_polls_change_no_settings(opened, simulated):
    before = [dict(port.session.settings) for port in simulated.ports]
    for _ in range(8):
        await opened.poll()
    assert [dict(port.session.settings) for port in simulated.ports] == before, (
        "identifying changes settings, polls do not"
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


@pytest.mark.answer_timeout(0.25)
@needs(Need.FAULTS)
@pytest.mark.parametrize("fault", ["half", "garbage", "endless", "silent", "late", "slow"])
async def test_a_lost_answer_costs_one_poll_at_most_and_never_answers_another_question(all_opened, fault):
    async def check(opened):
        simulated = opened.subject.simulated
        await opened.poll()
        await opened.poll()
        simulated.fault(fault, seconds=2.0, once=True)
        lost = await opened.poll()
        simulated.faults_off()
        assert lost.iccid in {None, simulated.life.card.iccid}
        assert not lost.complete or facts_of(lost) == truth_of(simulated)  # it was asked singly
        for _ in range(2):
            seen = await opened.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)

    await in_parallel(all_opened, check)


@needs(Need.FAULTS)
@pytest.mark.parametrize("fault", ["flood", "nul", "rival"])
async def test_noise_on_the_line_makes_no_fact_and_hides_none(opened, simulated, fault):
    await opened.poll()
    simulated.fault(fault)
    for _ in range(2):
        seen = await opened.polls_until(lambda seen: seen.complete)
        assert facts_of(seen) == truth_of(simulated)
    simulated.faults_off()
    assert facts_of(await opened.polls_until(lambda seen: seen.complete)) == truth_of(simulated)


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
async def test_a_urc_in_any_gap_is_not_an_answer(opened, simulated):
    async def chatter():
        while True:
            for line in CHATTER:
                simulated.send_urc(line)
                await asyncio.sleep(0)

    talking = asyncio.create_task(chatter())
    try:
        for _ in range(4):
            seen = await opened.polls_until(lambda seen: seen.complete)
            assert facts_of(seen) == truth_of(simulated)
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talking


@needs(Need.TRUTH)
async def test_every_urc_of_the_simulator_has_a_meaning(opened, simulated):
    session = simulated.ports[0].session
    for urcs in simulated.personality.urcs.values():
        for one in urcs:
            text = filled(one.text, TemplateValues(simulated.state, session, one.when))
            assert opened.module.dialect.meaning(text) is not None, text
