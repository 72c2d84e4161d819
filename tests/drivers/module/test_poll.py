from __future__ import annotations

from drivers.module.poll import Facts, Poll
from drivers.module.profile import Profile
from drivers.module.questions import Questions
from drivers.observation import Registration, SimState
from drivers.vendors import by_name
from tests.drivers.module.told import SILENT, Told, refused

GOOD = {
    "AT+CPIN?": ("+CPIN: READY",), "AT+QCCID": ("+QCCID: 8946120000005000016",), "AT+CIMI": ("240120000000016",),
    "AT+CREG?": ("+CREG: 2,1",), "AT+CSQ": ("+CSQ: 99,99",), "AT+COPS?": ('+COPS: 0,0,"TELE2"',), "AT+CNUM": (),
}  # fmt: skip


async def look(answers: dict[str, object]) -> tuple[Facts, list[Facts], Told]:
    link, told = Told(**answers), []
    facts = await Poll(
        Questions(link),
        by_name("quectel-4g"),
        Profile(),
        now=7.0,
        tell=lambda so_far: told.append(Facts(so_far.at, so_far.sim, so_far.iccid, so_far.imsi)),
    ).run()
    return facts, told, link


async def test_facts_are_told_as_they_become_known() -> None:
    facts, told, _ = await look(GOOD)

    assert [(so_far.iccid, so_far.imsi) for so_far in told] == [
        ("8946120000005000016", None),
        ("8946120000005000016", "240120000000016"),
    ]
    assert facts.whole
    assert facts.at == 7.0


async def test_a_signal_that_is_not_known_is_asked_in_one_wording_only() -> None:
    facts, _, link = await look(GOOD)

    assert facts.signal_dbm is None
    assert "AT+CSQ?" not in link.asked


async def test_a_signal_that_only_the_other_form_tells_is_found() -> None:
    facts, _, _ = await look(GOOD | {"AT+CSQ": (), "AT+CSQ?": ("+CSQ: 17,99",)})

    assert facts.signal_dbm == -79


async def test_a_card_that_the_iccid_question_finds_gone_is_gone() -> None:
    facts, told, _ = await look(GOOD | {"AT+QCCID": refused("AT+QCCID", 10)})

    assert (facts.sim, facts.iccid) == (SimState.ABSENT, None)
    assert [so_far.sim for so_far in told] == [SimState.ABSENT]


async def test_an_imsi_that_is_refused_without_reason_is_an_error_of_the_sim() -> None:
    facts, told, _ = await look(GOOD | {"AT+CIMI": refused("AT+CIMI")})

    assert (facts.sim, facts.iccid, facts.imsi) == (SimState.ERROR, None, None)
    assert told[-1].sim is SimState.ERROR


async def test_an_iccid_that_cannot_be_read_leaves_the_rest_known() -> None:
    facts, _, _ = await look(GOOD | {"AT+QCCID": refused("AT+QCCID")})

    assert (facts.iccid, facts.imsi, facts.registration) == (None, "240120000000016", Registration.HOME)
    assert not facts.whole


async def test_the_cards_file_gives_the_iccid_only_where_the_card_did_what_was_asked() -> None:
    wrong = ('+CRSM: 106,130,"98642100000005001016"',)
    facts, _, _ = await look(GOOD | {"AT+QCCID": refused("AT+QCCID"), "AT+CRSM=176,12258,0,0,10": wrong})

    assert facts.iccid is None


async def test_silence_keeps_what_was_said_and_says_where_it_began() -> None:
    facts, _, link = await look(GOOD | {"AT+CREG?": SILENT})

    assert (facts.imsi, facts.registration) == ("240120000000016", None)
    assert facts.detail == "no answer to AT+CREG?"
    assert link.asked[-1] == "AT+CREG?"


async def test_a_radio_that_is_off_is_named_where_the_card_is_only_said_to_be_powered_down() -> None:
    facts, _, _ = await look({"AT+CPIN?": refused("AT+CPIN?", 772), "AT+CFUN?": ("+CFUN: 0",)})

    assert (facts.sim, facts.detail) == (SimState.NOT_READY, "the radio is switched off (CFUN 0)")
