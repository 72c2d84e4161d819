from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import NoAnswer, Silence
from drivers.module.profile import Profile
from drivers.module.questions import Questions
from drivers.module.sim import ask_radio, ask_sim_state
from drivers.observation import Observation, SimState
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink, refused

IMSI = "240120000000016"
BLANK = Observation(module="any", at=0.0)


async def ask(dialect: str = "quectel-4g", profile: Profile | None = None, **answers: object) -> Observation:
    names = {"cpin": "AT+CPIN?", "cimi": "AT+CIMI", "qsimstat": "AT+QSIMSTAT?", "sysinfo": "AT^SYSINFO"}
    link = FakeLink(**{names[name]: answer for name, answer in answers.items()})
    return await ask_sim_state(Questions(link), by_name(dialect), profile or Profile(), BLANK)


async def test_a_clear_answer_is_believed() -> None:
    assert await ask(cpin=("+CPIN: READY",)) == replace(BLANK, sim=SimState.READY)


async def test_of_two_lines_the_last_is_the_answer() -> None:
    assert (await ask(cpin=("+CPIN: READY", "+CPIN: SIM PIN"))).sim is SimState.PIN


async def test_an_imsi_proves_a_card_that_cpin_refuses() -> None:
    seen = await ask(cpin=refused("AT+CPIN?", 13), cimi=(IMSI,))

    assert (seen.sim, seen.imsi) == (SimState.READY, IMSI)


async def test_the_code_of_a_refused_imsi_weighs_more_than_a_failure() -> None:
    assert (await ask(cpin=refused("AT+CPIN?", 13), cimi=refused("AT+CIMI", 10))).sim is SimState.ABSENT


async def test_the_vendors_question_distinguishes_a_card_that_is_gone_from_one_that_failed() -> None:
    gone = await ask(cpin=refused("AT+CPIN?"), qsimstat=("+QSIMSTAT: 0,0",))
    failed = await ask(cpin=refused("AT+CPIN?"), qsimstat=("+QSIMSTAT: 0,1",))

    assert (gone.sim, failed.sim) == (SimState.ABSENT, SimState.ERROR)


async def test_a_vendors_ready_does_not_overrule_a_refusal() -> None:
    seen = await ask("huawei", cpin=refused("AT+CPIN?", 13), sysinfo=("^SYSINFO:2,3,0,5,1",))

    assert seen.sim is SimState.ERROR


async def test_an_empty_answer_alone_is_not_known() -> None:
    assert (await ask(cpin=("+CPIN:",))).sim is None


async def test_silence_is_not_known() -> None:
    with pytest.raises(NoAnswer):
        await ask(cpin=SILENT)


async def test_an_answer_without_final_result_is_learned() -> None:
    profile = Profile()

    seen = await ask(profile=profile, cpin=Silence("AT+CPIN?", ("+CPIN: SIM PUK",)))

    assert seen.sim is SimState.PUK
    assert profile.sim_command(by_name("quectel-4g")).closes is not None


@pytest.mark.parametrize(("answer", "words"), [
    (("+CFUN: 0",), "the radio is switched off (CFUN 0)"),
    (("+CFUN: 4",), "the radio is in flight mode (CFUN 4)"),
    (("+CFUN: 1",), ""),
    (("+CFUN: (0-1,4-7),(0-1)",), ""),
    (refused("AT+CFUN?"), ""),
])  # fmt: skip
async def test_a_radio_that_is_off_has_a_text(answer: object, words: str) -> None:
    assert await ask_radio(Questions(FakeLink(**{"AT+CFUN?": answer})), Profile()) == words


async def test_numbers_that_errors_lost_and_have_again_tell_that_our_settings_were_gone() -> None:
    link = FakeLink(**{"AT+CPIN?": refused("AT+CPIN?"), "AT+CMEE=1": ()})
    profile = Profile()
    link.meanwhile = lambda: (
        link.answers.update({"AT+CPIN?": refused("AT+CPIN?", 10)}) if "AT+CMEE=1" in link.asked else None
    )
    await ask_sim_state(Questions(link), by_name("quectel-4g"), profile, BLANK)
    assert profile.settings_lost


async def test_errors_that_never_have_numbers_tell_nothing_of_our_settings() -> None:
    profile = Profile()
    await ask(profile=profile, cpin=refused("AT+CPIN?"))
    assert not profile.settings_lost
