"""The own number of the SIM that is in the module."""

from __future__ import annotations

import re

import pytest

from drivers.observation import NumberOrigin, NumberReading
from tests.drivers.module.seen import OTHER_ICCID, OTHER_IMSI, see, settled
from tests.drivers.scripted_modules import line


async def test_the_number_is_asked_once_for_each_sim() -> None:
    seen = await settled()
    assert "AT+CNUM" in seen.questions

    for _ in range(3):
        observation = await seen.poll()
        assert "AT+CNUM" not in seen.questions
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
    assert "AT+CNUM" in seen.questions


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
    assert "AT+CNUM" in seen.questions


async def test_the_same_sim_is_not_published_twice() -> None:
    seen = await settled()

    await seen.poll()

    assert seen.published == []


async def test_a_phone_book_that_is_busy_is_asked_again_a_few_times() -> None:
    seen = see("simcom-sim800", "number-busy")

    polls = [(await seen.poll(), seen.questions.count("AT+CNUM")) for _ in range(8)]

    assert {None} == {observation.numbers for observation, _ in polls}
    assert 2 <= sum(count for _, count in polls) <= 5  # once in a chain too


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

    polls = [(await seen.poll(), seen.questions.count("AT+CNUM")) for _ in range(8)]

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


async def test_a_registration_that_is_reported_as_before_our_setting_is_a_restart_and_the_number_is_asked_anew() -> (
    None
):
    seen = await settled()
    assert not (await seen.poll()).settings_lost
    answer = seen.script.replies["AT+CREG?"]
    seen.script.replies["AT+CREG?"] = answer.replace(b"+CREG: 2,1", b"+CREG: 0,1")

    first = await seen.poll()
    second = await seen.poll()

    assert (first.settings_lost, first.complete, first.numbers) == (True, True, None)
    assert "AT+CNUM" in seen.questions
    assert not second.settings_lost
    assert second.numbers == (NumberReading("+46701740673", NumberOrigin.CNUM),)


async def test_a_module_that_never_took_our_setting_did_not_lose_it() -> None:
    seen = see()
    seen.script.replies["AT+CREG?"] = line("+CREG: 0,1") + line("OK")

    assert not any([(await seen.poll()).settings_lost for _ in range(4)])
