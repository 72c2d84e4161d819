"""What URCs prove, and polls that they interrupt."""

from __future__ import annotations

import pytest

from drivers.observation import NumberOrigin, NumberReading, SimState
from drivers.vendors import UrcMeaning
from tests.drivers.module.seen import OTHER_ICCID, OTHER_IMSI, POLL_GAPS, see, settled
from tests.drivers.scripted_modules import line

PLACES = ("before", "within", "after")


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
    assert "AT+CNUM" in seen.questions
    assert observation.complete
    assert [published.iccid for published in seen.published] == ["89461200000050000739"]


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


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("gap", POLL_GAPS)
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
@pytest.mark.parametrize("gap", POLL_GAPS)
async def test_a_sim_that_goes_in_any_gap_is_gone(gap: int, place: str) -> None:
    seen = await settled("quectel-ec25")
    seen.script.chains = False
    for _ in range(2):
        await seen.poll()
    getattr(seen.script, place)[gap] = line("+QSIMSTAT: 1,0")

    observation = await seen.poll()

    assert (observation.sim, observation.iccid, observation.imsi) == (SimState.ABSENT, None, None)


@pytest.mark.parametrize("gap", POLL_GAPS)
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
        if b"+CNUM" in data:
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
        published = published or b"+CNUM" in data
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
