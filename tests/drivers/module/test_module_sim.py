"""The SIM and its registration, as polls find them."""

from __future__ import annotations

import pytest

from drivers.observation import Registration, SimState
from tests.drivers.module.seen import see, settled


@pytest.mark.parametrize(("words", "state"), [
    ("+CPIN: SIM PIN", SimState.PIN),
    ('+CPIN: "SIM PIN"', SimState.PIN),
    ("+CPIN: SIM PUK", SimState.PUK),
    ("+CPIN: PH-NET PIN", SimState.LOCKED),
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
    (5, SimState.LOCKED), (6, SimState.LOCKED), (7, SimState.LOCKED), (10, SimState.ABSENT), (11, SimState.PIN),
    (12, SimState.PUK), (14, SimState.BUSY), (40, SimState.LOCKED), (47, SimState.LOCKED), (262, SimState.PUK),
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
    assert polls[-1][1] < 9
    assert "AT+CRSM=176,12258,0,0,10" in seen.asked


async def test_a_pin_leaves_the_iccid_to_be_known() -> None:
    observation = await see("quectel-ec25", "pin").poll()

    assert (observation.sim, observation.iccid, observation.imsi) == (
        SimState.PIN,
        "89461200000050000739",
        None,
    )


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
