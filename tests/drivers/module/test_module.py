from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.at import commands
from drivers.at.commands import Command
from drivers.errors import LinkLost, NoAnswer
from drivers.module import Module
from drivers.observation import NumberOrigin, NumberReading, Observation, Registration, SimState
from drivers.vendors import UrcMeaning, by_name
from tests.drivers.scripted_modules import MemoryLink, ScriptedModule, line, read_transcript

OTHER_ICCID = "8946120000005000990"
OTHER_IMSI = "240120000000990"
STEADY = "AT+CPIN?;+QCCID;+CIMI;+CREG?;+CSQ"


@dataclass
class Seen:
    """A scripted module, the link to it, and what it published."""

    script: ScriptedModule
    link: MemoryLink
    module: Module
    now: float = 100.0
    published: list[Observation] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """What reached it since the poll began."""
        return self.script.asked

    async def poll(self) -> Observation:
        """Poll ten seconds later."""
        self.asked.clear()
        self.published.clear()
        self.now += 10.0
        return await self.module.poll(self.published.append)

    def swap(self, iccid: str = OTHER_ICCID, imsi: str = OTHER_IMSI) -> None:
        """Another SIM is in the EC25 now, without a number."""
        self.script.set_reply("AT+QCCID", f"+QCCID: {iccid}", "OK")
        self.script.set_reply("AT+CIMI", imsi, "OK")
        self.script.set_reply("AT+CNUM", "OK")
        self.script.set_reply("AT+CRSM=192,28480", "+CRSM: 106,130", "OK")


def see(family: str = "quectel-ec25", case: str = "", **options: object) -> Seen:
    script = ScriptedModule(read_transcript(family))
    script.becomes(case)
    link = MemoryLink(script)
    seen: Seen
    module = Module(family, link, clock=lambda: seen.now, **options)
    seen = Seen(script, link, module)
    link.on_urc = module.on_urc
    return seen


async def settled(family: str = "quectel-ec25", **options: object) -> Seen:
    """Identified, and polled once."""
    seen = see(family, **options)
    assert (await seen.poll()).complete
    return seen


# identification


@pytest.mark.parametrize(
    ("echo", "verbose", "quiet"),
    [(True, True, False), (False, False, False), (True, False, True), (False, True, True)],
)
async def test_a_module_left_in_any_mode_is_understood(echo: bool, verbose: bool, quiet: bool) -> None:
    seen = see()
    seen.script.echo, seen.script.verbose, seen.script.quiet = echo, verbose, quiet

    identity = await seen.module.identify()

    assert (identity.manufacturer, identity.model, identity.imei) == ("Quectel", "EC25", "861234000000079")


async def test_settings_refused_together_are_made_one_by_one() -> None:
    seen = see()
    seen.script.set_reply("ATE0V1Q0", "ERROR")

    await seen.module.identify()

    assert seen.asked[:4] == ["ATE0V1Q0", "ATE0", "ATV1", "ATQ0"]


async def test_what_never_answers_is_asked_twice_and_left() -> None:
    seen = see()
    seen.script.dead = True

    with pytest.raises(NoAnswer):
        await seen.module.identify()

    assert seen.asked == [
        "ATE0V1Q0"
    ]  # the second try begins with bringing the link in step, which fails here


async def test_silence_during_identification_does_not_prove_that_it_is_not_a_modem_and_the_next_poll_completes_it() -> (
    None
):
    seen = see()
    seen.script.mute.add("ATI")

    identity = await seen.module.identify()
    seen.script.mute.clear()
    observation = await seen.poll()

    assert identity.model is None
    assert observation.complete
    assert observation.identity is not None
    assert observation.identity.model == "EC25"
    assert observation.driver == "quectel-4g"


async def test_a_module_that_never_identifies_itself_is_asked_for_its_sim_all_the_same() -> None:
    seen = see("generic-qualcomm")
    seen.script.mute.add("ATI")

    polls = [await seen.poll() for _ in range(4)]

    assert polls[-1].iccid == "8946120000005000263"
    assert "ATI" not in seen.asked


async def test_a_vendor_that_is_named_leaves_the_family_to_the_module() -> None:
    seen = see("simcom-sim7600", dialect=by_name("simcom"))

    assert (await seen.poll()).driver == "simcom-4g"


async def test_a_family_that_is_named_is_taken() -> None:
    seen = see("generic-qualcomm", dialect=by_name("zte"))

    assert (await seen.poll()).driver == "zte"


async def test_timeouts_follow_the_configured_answer_timeout() -> None:
    seen = await settled(answer_timeout=0.5)

    assert {0.5, 1.0} == {round(timeout or 0, 3) for timeout in seen.link.timeouts}


# few round trips


async def test_a_first_poll_asks_each_thing_once() -> None:
    seen = await settled()

    assert seen.asked == [
        "ATE0V1Q0", "AT+CMEE=1", "ATI", "AT+CGSN", "AT+CREG=2", "AT+CEREG=2",
        "AT+CPIN?", "AT+QCCID", "AT+CIMI", "AT+CREG?", "AT+CSQ", "AT+COPS?", "AT+CNUM", "AT+QCCID",
    ]  # fmt: skip


async def test_a_steady_poll_is_one_line() -> None:
    seen = await settled()

    lines = [(await seen.poll(), list(seen.asked))[1] for _ in range(7)]

    assert lines == [[STEADY]] * 5 + [[STEADY + ";+COPS?"]] + [[STEADY]]


async def test_while_somebody_waits_for_the_line_every_question_is_asked_by_itself() -> None:
    seen = await settled()
    await seen.poll()
    seen.module.may_chain = False
    assert (await seen.poll()).complete
    assert seen.asked == ["AT+CPIN?", "AT+QCCID", "AT+CIMI", "AT+CREG?", "AT+CSQ"]
    seen.module.may_chain = True
    await seen.poll()
    assert seen.asked[0].startswith(STEADY)


async def test_the_settings_that_the_module_took_can_be_made_anew_by_others_and_end_with_a_restart() -> None:
    seen = see()
    assert seen.module.settings == ()
    await seen.poll()
    taken = ["ATE0V1Q0", "AT+CMEE=1", "AT+CREG=2", "AT+CEREG=2"]
    assert [command.text for command in seen.module.settings] == taken
    seen.module.on_urc("RDY")
    assert seen.module.settings == ()
    seen.script.set_reply("AT+CEREG=2", "ERROR")
    await seen.poll()
    assert [command.text for command in seen.module.settings] == taken[:-1]


async def test_a_steady_poll_without_chains_asks_what_decides_and_the_signal() -> None:
    seen = await settled("huawei-e1750")

    await seen.poll()

    assert seen.asked == ["AT+CPIN?", "AT^ICCID?", "AT+CIMI", "AT+CREG?", "AT+CSQ"]


async def test_lte_is_asked_only_where_the_circuit_switched_side_is_not_good() -> None:
    seen = await settled("quectel-bg96")

    assert "AT+CEREG?" in seen.asked
    assert (await seen.poll()).registration is Registration.ROAMING
    assert seen.asked[0] == "AT+CPIN?;+QCCID;+CIMI;+CREG?;+CEREG?;+CSQ"


async def test_a_chain_that_is_refused_is_asked_singly_in_the_same_poll_and_given_up_the_second_time() -> (
    None
):
    seen = await settled()
    seen.script.chains = False

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(4)]

    assert all(observation.complete for observation, _ in polls)
    assert [len(asked) for _, asked in polls] == [6, 6, 5, 5]


async def test_a_line_that_is_never_answered_is_given_up() -> None:
    seen = await settled()
    seen.script.mute.add(STEADY)

    polls = [(await seen.poll(), list(seen.asked)) for _ in range(6)]

    assert [observation.complete for observation, _ in polls] == [False, True, False, True, True, True]
    assert STEADY not in polls[-1][1]


async def test_a_line_answered_in_part_is_asked_singly() -> None:
    seen = await settled()
    seen.script.replies[STEADY] = b""
    seen.script.set_reply("AT+CPIN?;+QCCID;+CIMI;+CREG?;+CSQ", "+CPIN: READY", "OK")
    seen.script._chained = lambda text: seen.script.replies[text]

    observation = await seen.poll()

    assert observation.complete
    assert seen.asked[0] == STEADY


async def test_a_sim_that_went_is_known_from_the_refused_line_itself() -> None:
    seen = await settled()
    seen.script.becomes("no-card")

    observation = await seen.poll()

    assert (observation.sim, observation.iccid) == (SimState.ABSENT, None)
    assert seen.asked == [STEADY, "AT+CFUN?"]


# the state of the SIM


@pytest.mark.parametrize(("words", "state"), [
    ("+CPIN: SIM PIN", SimState.PIN),
    ('+CPIN: "SIM PIN"', SimState.PIN),
    ("+CPIN: SIM PUK", SimState.PUK),
    ("+CPIN: PH-NET PIN", SimState.PIN),
    ("+CPIN: NOT READY", SimState.NOT_READY),
    ("+CPIN: NOT INSERTED", SimState.ABSENT),
    ("+CPIN: SIM REMOVED", SimState.ABSENT),
])  # fmt: skip
@pytest.mark.parametrize("chained", [False, True])
async def test_the_answer_to_cpin_is_the_state(words: str, state: SimState, chained: bool) -> None:
    seen = await settled() if chained else see()
    seen.script.set_reply("AT+CPIN?", words, "OK")

    observation = await seen.poll()

    assert state is observation.sim
    assert not observation.complete
    assert [state] == [published.sim for published in seen.published]


@pytest.mark.parametrize(("code", "state"), [
    (5, SimState.PIN), (6, SimState.PIN), (7, SimState.PUK), (10, SimState.ABSENT), (11, SimState.PIN),
    (12, SimState.PUK), (14, SimState.BUSY), (40, SimState.PIN), (47, SimState.PIN), (262, SimState.PUK),
    (515, SimState.BUSY), (532, SimState.BUSY), (772, SimState.NOT_READY),
])  # fmt: skip
@pytest.mark.parametrize("chained", [False, True])
async def test_a_refusal_with_a_code_of_the_sim_is_the_state(
    code: int, state: SimState, chained: bool
) -> None:
    seen = await settled() if chained else see()
    seen.script.set_reply("AT+CPIN?", f"+CME ERROR: {code}")

    observation = await seen.poll()

    assert state is observation.sim
    assert observation.imsi is None


@pytest.mark.parametrize("code", [0, 3, 13, 15, 100])
async def test_a_failure_of_the_sim_is_an_error_only_where_the_imsi_is_refused_too(code: int) -> None:
    seen = see()
    seen.script.set_reply("AT+CPIN?", f"+CME ERROR: {code}")
    assert (await seen.poll()).sim is SimState.READY

    seen.script.set_reply("AT+CIMI", f"+CME ERROR: {code}")
    observation = await seen.poll()

    assert observation.sim is SimState.ERROR
    assert observation.detail


async def test_a_busy_sim_takes_nothing_back() -> None:
    seen = await settled()
    seen.script.becomes("")
    seen.script.set_reply("AT+CPIN?", "+CME ERROR: 14")

    observation = await seen.poll()

    assert (observation.sim, observation.complete) == (SimState.BUSY, False)
    assert seen.published == []


async def test_ready_before_the_files_can_be_read_is_busy() -> None:
    seen = see("telit-le910", "too-early")

    assert (await seen.poll()).sim is SimState.BUSY


async def test_plain_errors_after_a_restart_without_banner_are_made_to_have_numbers_again() -> None:
    seen = await settled()
    seen.script.becomes("unseen-card")

    first = await seen.poll()
    first_asked = list(seen.asked)
    await seen.poll()

    assert first.sim is SimState.ABSENT
    assert "AT+CMEE=1" in first_asked
    assert "AT+CMEE=1" not in seen.asked


async def test_a_radio_switched_off_by_another_program_is_in_the_detail() -> None:
    seen = see("asr-air780", "radio-off")

    polls = [(await seen.poll(), seen.asked.count("AT+CFUN?")) for _ in range(7)]

    assert {"the radio is switched off (CFUN 0)"} == {observation.detail for observation, _ in polls}
    assert [count for _, count in polls] == [1, 0, 0, 0, 0, 0, 1]


async def test_an_answer_without_a_state_proves_nothing() -> None:
    seen = see()
    seen.script.set_reply("AT+CPIN?", "+CPIN: ", "OK")
    seen.script.set_reply("AT+CIMI", "ERROR")

    observation = await seen.poll()

    assert observation.sim is None
    assert seen.published == []


async def test_cpin_without_final_result_is_learned_of_an_unlisted_module() -> None:
    seen = see("generic-qualcomm")
    seen.script.set_reply("AT+CPIN?", "+CPIN: READY")

    first, second = await seen.poll(), await seen.poll()

    assert first.complete
    assert second.complete


# which SIM


async def test_every_known_question_for_the_iccid_is_tried_once_and_the_one_that_worked_is_kept() -> None:
    seen = see("generic-qualcomm")

    await seen.poll()
    first = list(seen.asked)
    await seen.poll()

    assert first.index("AT+CCID") < first.index("AT+ICCID")
    assert [text for text in seen.asked if "CCID" in text or "CRSM" in text] == ["AT+ICCID"]


async def test_failed_rounds_over_all_variants_come_to_an_end() -> None:
    seen = see("generic-qualcomm")
    seen.script.set_reply("AT+ICCID", "ERROR")

    polls = [(await seen.poll(), len(seen.asked)) for _ in range(5)]

    assert all(observation.iccid is None for observation, _ in polls)
    assert polls[-1][1] < 8
    assert "AT+CRSM=176,12258,0,0,10" in seen.asked


async def test_a_pin_leaves_the_iccid_to_be_known() -> None:
    observation = await see("quectel-ec25", "pin").poll()

    assert (observation.sim, observation.iccid, observation.imsi) == (
        SimState.PIN,
        "89461200000050000739",
        None,
    )


# registration


async def test_a_registration_that_a_module_does_not_have_is_not_asked_again() -> None:
    seen = see("generic-qualcomm")
    seen.script.set_reply("AT+CREG?", "+CREG: 2,2", "OK")

    first = await seen.poll()
    first_asked = list(seen.asked)
    await seen.poll()

    assert first.registration is Registration.SEARCHING
    assert "AT+CEREG?" in first_asked
    assert "AT+CEREG?" not in seen.asked


async def test_one_refusal_of_a_registration_that_was_answered_before_is_not_remembered() -> None:
    seen = await settled("quectel-bg96")
    seen.script.chains = False
    good = seen.script.replies["AT+CEREG?"]
    seen.script.set_reply("AT+CEREG?", "ERROR")
    assert (await seen.poll()).registration is Registration.NOT_SEARCHING

    seen.script.replies["AT+CEREG?"] = good

    assert (await seen.poll()).registration is Registration.ROAMING


async def test_half_the_registrations_are_not_a_registration() -> None:
    seen = await settled("quectel-bg96")
    seen.script.chains = False
    seen.script.mute.add("AT+CEREG?")

    observation = await seen.poll()

    assert observation.registration is None
    assert not observation.complete


# the own number


async def test_the_number_is_asked_once_for_each_sim() -> None:
    seen = await settled()
    assert "AT+CNUM" in seen.asked

    for _ in range(3):
        observation = await seen.poll()
        assert "AT+CNUM" not in seen.asked
        assert observation.numbers == (NumberReading("+46701740673", NumberOrigin.CNUM),)


async def test_a_new_sim_loses_the_old_number_before_anything_else_is_asked() -> None:
    seen = await settled()
    seen.swap()
    asked_when_published: list[int] = []

    seen.asked.clear()
    seen.published.clear()
    observation = await seen.module.poll(
        lambda published: (seen.published.append(published), asked_when_published.append(len(seen.asked)))[0]
    )

    assert [(published.iccid, published.imsi, published.numbers) for published in seen.published] == [
        (OTHER_ICCID, OTHER_IMSI, None)
    ]
    assert asked_when_published == [1]
    assert observation.numbers == ()
    assert "AT+CNUM" in seen.asked


async def test_one_by_one_a_new_iccid_is_published_before_the_imsi_is_asked() -> None:
    seen = await settled("huawei-e1750")
    seen.script.set_reply("AT^ICCID?", f"^ICCID: {OTHER_ICCID}", "OK")
    seen.script.set_reply("AT+CIMI", OTHER_IMSI, "OK")

    await seen.poll()

    assert [(published.iccid, published.imsi, published.numbers) for published in seen.published] == [
        (OTHER_ICCID, None, None),
        (OTHER_ICCID, OTHER_IMSI, None),
    ]


async def test_a_new_imsi_under_the_same_iccid_is_a_new_sim() -> None:
    seen = await settled()
    seen.script.set_reply("AT+CIMI", OTHER_IMSI, "OK")

    await seen.poll()

    assert [published.numbers for published in seen.published] == [None]
    assert "AT+CNUM" in seen.asked


async def test_the_same_sim_is_not_published_twice() -> None:
    seen = await settled()

    await seen.poll()

    assert seen.published == []


async def test_a_phone_book_that_is_busy_is_asked_again_a_few_times() -> None:
    seen = see("simcom-sim800", "number-busy")

    polls = [(await seen.poll(), seen.asked.count("AT+CNUM")) for _ in range(8)]

    assert {None} == {observation.numbers for observation, _ in polls}
    assert 2 <= sum(count for _, count in polls) <= 4


async def test_a_phone_book_that_is_loaded_is_asked_at_once() -> None:
    seen = see("simcom-sim800", "number-busy")
    for _ in range(8):
        await seen.poll()
    seen.script.becomes("")

    seen.link.idle(line("SMS Ready"))
    observation = await seen.poll()

    assert (NumberReading("+46701740616", NumberOrigin.CNUM),) == observation.numbers


async def test_a_number_question_that_is_never_answered_costs_few_polls_and_no_facts() -> None:
    seen = see()
    seen.script.mute.add("AT+CNUM")

    polls = [(await seen.poll(), seen.asked.count("AT+CNUM")) for _ in range(8)]

    assert all(observation.complete for observation, _ in polls)
    assert sum(count for _, count in polls) <= 4


async def test_a_card_without_a_number_has_none() -> None:
    assert (await see("quectel-ec25", "no-number").poll()).numbers == ()


async def test_the_network_is_asked_for_the_number_only_on_request() -> None:
    seen = await settled()
    seen.script.replies['AT+CUSD=1,"*100#",15'] = line("OK") + line('+CUSD: 0,"Ditt nummer: +46701740673",15')

    number = await seen.module.ask_own_number("*100#", re.compile(r"(\+?\d{8,15})"))

    assert number == NumberReading("+46701740673", NumberOrigin.USSD)


async def test_a_service_code_is_never_sent() -> None:
    seen = await settled()
    seen.asked.clear()

    with pytest.raises(ValueError, match="own-number"):
        await seen.module.ask_own_number("*21*123#", re.compile("x"))

    assert seen.asked == []


async def test_a_network_without_an_answer_gives_no_number() -> None:
    seen = await settled()

    assert await seen.module.ask_own_number("*100#", re.compile(r"\d+")) is None


# URCs


async def test_a_restart_is_observed_without_a_question() -> None:
    seen = await settled()

    meaning = seen.module.on_urc("RDY")
    observation = seen.module.proven_by(UrcMeaning.RESTARTED)

    assert meaning is UrcMeaning.RESTARTED
    assert observation is not None
    assert (observation.restarted, observation.sim, observation.iccid) == (True, SimState.NOT_READY, None)


async def test_a_restart_makes_the_next_poll_start_over() -> None:
    seen = await settled()
    seen.module.on_urc("RDY")

    observation = await seen.poll()

    assert seen.asked[0] == "ATE0V1Q0"
    assert "AT+CNUM" in seen.asked
    assert observation.complete
    assert [published.iccid for published in seen.published] == ["89461200000050000739"] * 2


async def test_a_sim_that_is_gone_is_observed_without_a_question() -> None:
    seen = await settled()

    observation = seen.module.proven_by(UrcMeaning.SIM_GONE)

    assert observation is not None
    assert (observation.restarted, observation.sim, observation.iccid) == (False, SimState.ABSENT, None)


@pytest.mark.parametrize(
    "meaning",
    [
        UrcMeaning.SIM_CHANGED,
        UrcMeaning.NUMBER_READY,
        UrcMeaning.REGISTRATION,
        UrcMeaning.POWER,
        UrcMeaning.NOISE,
    ],
)
async def test_other_urcs_prove_nothing_by_themselves(meaning: UrcMeaning) -> None:
    assert (await settled()).module.proven_by(meaning) is None


async def test_the_urcs_of_an_unlisted_module_are_understood_as_any_vendors() -> None:
    seen = await settled("generic-qualcomm")

    assert seen.module.on_urc("^SIMST: 255,0") is UrcMeaning.SIM_GONE
    assert seen.module.on_urc("*ATREADY: 1") is UrcMeaning.RESTARTED


async def test_a_module_that_restarts_all_the_time_is_observed_as_restarted() -> None:
    seen = see()
    for gap in range(50):
        seen.script.after[gap] = line("RDY")

    observation = await seen.poll()

    assert (observation.restarted, observation.sim) == (True, SimState.NOT_READY)
    assert len(seen.asked) < 12


async def test_an_unknown_urc_means_nothing() -> None:
    assert (await settled()).module.on_urc("+FANCY: 1") is None


LOOK_GAPS = range(5)
PLACES = ("before", "within", "after")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gap", LOOK_GAPS)
@pytest.mark.parametrize("banner", ["RDY", "POWERED DOWN"])
async def test_a_restart_in_any_gap_of_a_poll_voids_it(gap: int, place: str, banner: str) -> None:
    seen = await settled("quectel-ec25")
    seen.script.chains = False
    for _ in range(2):
        await seen.poll()
    getattr(seen.script, place)[gap] = line(banner)

    voided = await seen.poll()
    getattr(seen.script, place).clear()
    again = await seen.poll()

    assert (voided.restarted, voided.sim) == (True, SimState.NOT_READY)
    assert seen.asked[0] == "ATE0V1Q0"
    assert again.complete


@pytest.mark.parametrize("place", PLACES)
async def test_a_restart_in_the_gap_of_a_chained_poll_voids_it(place: str) -> None:
    seen = await settled()
    getattr(seen.script, place)[0] = line("RDY")

    assert (await seen.poll()).restarted


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gap", range(13))
async def test_a_restart_in_any_gap_of_the_first_poll_leaves_no_old_fact(gap: int, place: str) -> None:
    seen = see()
    getattr(seen.script, place)[gap] = line("RDY")

    first = await seen.poll()
    getattr(seen.script, place).clear()
    second = await seen.poll()

    assert first.complete is not first.restarted
    assert second.complete


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gap", LOOK_GAPS)
async def test_a_sim_that_goes_in_any_gap_is_gone(gap: int, place: str) -> None:
    seen = await settled("quectel-ec25")
    seen.script.chains = False
    for _ in range(2):
        await seen.poll()
    getattr(seen.script, place)[gap] = line("+QSIMSTAT: 1,0")

    observation = await seen.poll()

    assert (observation.sim, observation.iccid, observation.imsi) == (SimState.ABSENT, None, None)


@pytest.mark.parametrize("gap", LOOK_GAPS)
async def test_a_sim_swapped_in_any_gap_is_never_mixed_with_the_old_one(gap: int) -> None:
    seen = await settled("quectel-ec25")
    seen.script.chains = False
    for _ in range(2):
        await seen.poll()
    hear = seen.script.hear

    def swapping(data: bytes) -> bytes:
        if len(seen.asked) == gap:
            seen.swap()
            return line("+QUSIM: 1") + hear(data)
        return hear(data)

    seen.script.hear = swapping
    observation = await seen.poll()

    assert (observation.iccid, observation.imsi, observation.numbers) == (OTHER_ICCID, OTHER_IMSI, ())


async def test_a_number_read_from_another_sim_after_a_silent_swap_does_not_count() -> None:
    seen = see("quectel-ec25")
    hear = seen.script.hear

    def swapping(data: bytes) -> bytes:
        if data.startswith(b"AT+CNUM"):
            seen.swap()
            seen.script.set_reply("AT+CNUM", '+CNUM: "","+46700000990",145', "OK")
        return hear(data)

    seen.script.hear = swapping
    observation = await seen.poll()

    assert not observation.numbers
    seen.script.hear = hear
    after = await seen.poll()
    assert (after.iccid, after.numbers) == (OTHER_ICCID, (NumberReading("+46700000990", NumberOrigin.CNUM),))


async def test_a_number_counts_only_where_the_sim_is_known_to_be_still_there() -> None:
    seen = see("quectel-ec25")
    hear = seen.script.hear
    published = False

    def falling_silent(data: bytes) -> bytes:
        nonlocal published
        answer = b"" if published else hear(data)
        published = published or data.startswith(b"AT+CNUM")
        return answer

    seen.script.hear = falling_silent
    observation = await seen.poll()
    assert not observation.numbers

    seen.script.hear = hear
    assert (await seen.poll()).numbers


async def test_a_module_that_sends_urcs_about_its_sim_in_every_poll_is_polled_to_the_end() -> None:
    seen = await settled()
    for gap in range(40):
        seen.script.before[gap] = line("+CPIN: READY")

    assert (await seen.poll()).complete


# silence and losses


@pytest.mark.parametrize("gap", LOOK_GAPS)
async def test_silence_ends_a_poll_with_what_is_known_and_is_waited_for_once(gap: int) -> None:
    seen = await settled("huawei-e1750")
    await seen.poll()
    order = list(seen.asked)
    seen.script.mute.add(order[gap])

    observation = await seen.poll()

    assert order[: gap + 1] == seen.asked
    assert (gap < 4) is not observation.complete
    assert [None if gap < 2 else "89461200000050000994"] == [observation.iccid]
    assert order[gap] in observation.detail
    assert seen.published == []


async def test_a_dead_module_is_not_known_and_not_absent() -> None:
    seen = await settled()
    seen.script.dead = True

    observation = await seen.poll()

    assert observation.sim is None
    assert not observation.complete
    assert seen.published == []


async def test_a_module_that_stopped_and_stays_silent_is_not_known() -> None:
    seen = await settled()
    seen.module.on_urc("POWERED DOWN")
    seen.script.dead = True

    observation = await seen.poll()

    assert observation.sim is None
    assert observation.identity is None


async def test_a_lost_link_is_the_callers_affair() -> None:
    seen = await settled()

    class Lost:
        async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109
            raise LinkLost(command.text)

    seen.module._questions._link = Lost()

    with pytest.raises(LinkLost):
        await seen.poll()


async def test_an_observation_is_dated_by_its_first_question() -> None:
    seen = await settled()
    hear = seen.script.hear

    def slowly(data: bytes) -> bytes:
        seen.now += 3.0
        return hear(data)

    seen.script.hear = slowly

    assert (await seen.poll()).at == 120.0


REPLIES = st.sampled_from([
    b"", b"\r\nOK\r\n", b"\r\nERROR\r\n", b"\r\n+CME ERROR: 10\r\n", b"\r\n+CME ERROR: 14\r\n",
    b"\r\n+CME ERROR: 13\r\n", b"\r\n+CME ERROR: 100\r\n", b"\r\nRDY\r\n\r\nOK\r\n",
    b"\r\n+CPIN: READY\r\n\r\nOK\r\n", b"\r\n+CPIN: NOT READY\r\n", b"\xff\xfe\x00garbage\r\n\r\nOK\r\n",
    b"\r\n+QSIMSTAT: 1,0\r\n\r\nERROR\r\n", b"\r\n+CREG: 2,\r\n\r\nOK\r\n",
    b"\r\n8946120000005000016\r\n\r\nOK\r\n", b"\r\n240120000000016\r\n\r\nOK\r\n", b"\r\n> ", b"0\r", b"4\r",
])  # fmt: skip


@given(
    family=st.sampled_from(["quectel-ec25", "huawei-e1750", "generic-qualcomm", "wavecom-q2406"]),
    odd=st.dictionaries(st.integers(0, 60), REPLIES, max_size=30),
)
async def test_whatever_is_answered_a_poll_ends_with_an_observation(
    family: str, odd: dict[int, bytes]
) -> None:
    seen = see(family)
    hear = seen.script.hear
    count = 0

    def oddly(data: bytes) -> bytes:
        nonlocal count
        count += 1
        reply = hear(data)
        return odd.get(count, reply)

    seen.script.hear = oddly

    for _ in range(3):
        observation = await seen.poll()
        assert len(seen.asked) < 90
        assert all(commands.allowed(text) for text in seen.asked)
        assert not observation.complete or observation.sim in set(SimState) - {SimState.BUSY}
        assert observation.sim is SimState.READY or (observation.imsi, observation.numbers) == (None, None)
