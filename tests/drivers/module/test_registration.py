from __future__ import annotations

import pytest

from drivers.at import commands
from drivers.errors import NoAnswer, Silence
from drivers.module.profile import Profile
from drivers.module.questions import Questions
from drivers.module.registration import PACKET_ONLY, REFUSED, ask_registration, read_domain
from drivers.observation import Observation, Registration
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink, refused

LTE = by_name("quectel-4g")
BLANK = Observation(module="any", at=0.0)


async def ask(
    profile: Profile | None = None, **answers: object
) -> tuple[Registration | None, str, list[str]]:
    names = {"cs": "AT+CREG?", "eps": "AT+CEREG?", "nr": "AT+C5GREG?", "ps": "AT+CGREG?"}
    link = FakeLink(**{names[name]: answer for name, answer in answers.items()})
    seen = await ask_registration(Questions(link), LTE, profile or Profile(), BLANK, {})
    return seen.registration, seen.detail, link.asked


async def test_good_circuit_switched_is_enough() -> None:
    assert await ask(cs=("+CREG: 2,1",)) == (Registration.HOME, "", ["AT+CREG?"])


async def test_good_lte_is_enough() -> None:
    registration, _, asked = await ask(cs=("+CREG: 2,0",), eps=("+CEREG: 2,5",))

    assert (registration, asked) == (Registration.ROAMING, ["AT+CREG?", "AT+CEREG?"])


async def test_packets_alone_are_not_enough_and_the_detail_says_so() -> None:
    registration, detail, _ = await ask(cs=("+CREG: 2,2",), eps=("+CEREG: 2,0",), ps=("+CGREG: 2,1",))

    assert (registration, detail) == (Registration.SEARCHING, PACKET_ONLY)


@pytest.mark.parametrize("stat", [6, 7])
async def test_packets_that_carry_messages_are_enough(stat: int) -> None:
    registration, _, _ = await ask(cs=("+CREG: 2,0",), eps=("+CEREG: 2,0",), ps=(f"+CGREG: 2,{stat}",))

    assert registration == stat


async def test_a_refusal_is_no_registration_and_not_asked_again() -> None:
    profile = Profile()

    await ask(profile, cs=("+CREG: 2,3",), eps=refused("AT+CEREG?"), ps=("+CGREG: 2,0",))
    registration, _, asked = await ask(profile, cs=("+CREG: 2,3",), ps=("+CGREG: 2,0",))

    assert (registration, asked) == (Registration.DENIED, ["AT+CREG?", "AT+CGREG?"])


@pytest.mark.parametrize("code", [10, 14, 515])
async def test_a_sim_that_is_busy_or_gone_proves_nothing_about_the_module(code: int) -> None:
    profile = Profile()

    await ask(profile, cs=("+CREG: 2,2",), eps=refused("AT+CEREG?", code))

    assert commands.CEREG not in profile.unsupported


async def test_silence_to_what_was_answered_before_is_not_half_an_answer() -> None:
    profile = Profile()
    await ask(profile, cs=("+CREG: 2,2",), eps=("+CEREG: 2,1",))

    with pytest.raises(NoAnswer):
        await ask(profile, cs=("+CREG: 2,2",), eps=SILENT)


async def test_silence_to_what_the_module_may_not_know_leaves_the_others_and_is_named() -> None:
    registration, detail, _ = await ask(cs=("+CREG: 2,2",), eps=SILENT, ps=("+CGREG: 2,0",))

    assert (registration, detail) == (Registration.SEARCHING, "no answer to AT+CEREG?")


@pytest.mark.parametrize("silent", ["cs", "eps"])
async def test_the_domain_that_is_answered_is_enough(silent: str) -> None:
    answers: dict[str, object] = {"cs": ("+CREG: 2,1",), "eps": ("+CEREG: 2,1",)}

    registration, _, _ = await ask(**(answers | {silent: SILENT}))

    assert registration is Registration.HOME


async def test_silence_to_every_domain_is_raised() -> None:
    with pytest.raises(NoAnswer, match="CREG"):
        await ask(cs=SILENT, eps=SILENT, nr=SILENT, ps=SILENT)


async def test_stand_alone_5g_is_enough_and_asked_last() -> None:
    registration, _, asked = await ask(cs=("+CREG: 2,0",), eps=("+CEREG: 2,0",), nr=("+C5GREG: 2,1",))

    assert (registration, asked) == (Registration.HOME, ["AT+CREG?", "AT+CEREG?", "AT+C5GREG?"])


async def test_a_module_without_5g_is_asked_once() -> None:
    profile = Profile()
    for _ in range(2):
        _, _, asked = await ask(profile, cs=("+CREG: 2,2",), eps=("+CEREG: 2,2",), ps=("+CGREG: 2,0",))

    assert "AT+C5GREG?" not in asked


async def test_a_state_outside_the_standard_is_named() -> None:
    registration, detail, _ = await ask(eps=("+CEREG: 0,90",))

    assert registration is Registration.UNKNOWN
    assert "AT+CEREG? is state 90" in detail


async def test_what_the_chain_answered_is_not_asked_again() -> None:
    link = FakeLink()

    seen = await ask_registration(
        Questions(link),
        LTE,
        Profile(),
        BLANK,
        {commands.CREG: Registration.SEARCHING, commands.CEREG: Registration.HOME},
    )

    assert (seen.registration, link.asked) == (Registration.HOME, [])


def test_each_registration_reads_its_own_lines() -> None:
    answer = ("+CPIN: READY", "+CEREG: 2,5", "+CREG: 2,3", "+CGREG: 2,1")

    assert [
        read_domain(question, answer, Profile())
        for question in (commands.CREG, commands.CEREG, commands.CGREG)
    ] == [3, 5, 1]


async def test_a_module_that_refuses_every_domain_answers_and_is_not_silent() -> None:
    assert (await ask())[:2] == (Registration.UNKNOWN, REFUSED)


async def test_a_busy_sim_leaves_the_registration_open() -> None:
    assert (await ask(cs=refused("AT+CREG?", 14)))[0] is None


async def test_what_cannot_be_read_is_no_silence_either() -> None:
    unreadable = {
        name: Silence(f"AT+{name}?", ok_alone=True) for name in ("CREG", "CEREG", "C5GREG", "CGREG")
    }
    link = FakeLink(**{f"AT+{name}?": answer for name, answer in unreadable.items()})
    questions, profile = Questions(link), Profile()

    for _ in range(4):  # after the second they rest, which is no silence either
        seen = await ask_registration(questions, LTE, profile, BLANK, {})

        assert seen.registration is Registration.UNKNOWN
        assert "no readable answer to AT+C" in seen.detail


async def test_a_domain_that_falls_silent_is_asked_behind_the_other() -> None:
    answers: dict[str, object] = {"AT+CREG?": ("+CREG: 2,1",), "AT+CEREG?": ("+CEREG: 2,1",)}
    link, profile = FakeLink(**answers), Profile()
    questions = Questions(link)
    await ask_registration(questions, LTE, profile, BLANK, {})
    link.answers["AT+CREG?"] = SILENT

    seen = [await ask_registration(questions, LTE, profile, BLANK, {}) for _ in range(3)]

    assert [one.registration for one in seen] == [Registration.HOME] * 3
    assert link.asked == ["AT+CREG?", "AT+CREG?", "AT+CEREG?", "AT+CEREG?", "AT+CEREG?"]
    link.answers |= {"AT+CREG?": ("+CREG: 2,1",), "AT+CEREG?": ("+CEREG: 2,0",)}
    assert (await ask_registration(questions, LTE, profile, BLANK, {})).registration is Registration.HOME
