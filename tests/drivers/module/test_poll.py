from __future__ import annotations

import pytest

from drivers.errors import Silence
from drivers.module.poll import Poll
from drivers.module.profile import Profile
from drivers.module.questions import Questions
from drivers.observation import Observation, Registration, SimState
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink, refused

GOOD = {
    "AT+CPIN?": ("+CPIN: READY",), "AT+QCCID": ("+QCCID: 8946120000005000016",), "AT+CIMI": ("240120000000016",),
    "AT+CREG?": ("+CREG: 2,1",), "AT+CSQ": ("+CSQ: 99,99",), "AT+COPS?": ('+COPS: 0,0,"TELE2"',), "AT+CNUM": (),
}  # fmt: skip


async def poll(answers: dict[str, object]) -> tuple[Observation, list[Observation], FakeLink]:
    link, published = FakeLink(**answers), []
    seen = await Poll(
        Questions(link),
        by_name("quectel-4g"),
        Profile(),
        Observation(module="any", at=7.0),
        publish=published.append,
    ).run()
    return seen, published, link


async def test_facts_are_published_as_they_become_known() -> None:
    seen, published, _ = await poll(GOOD)

    assert [(so_far.iccid, so_far.imsi) for so_far in published] == [
        ("8946120000005000016", None),
        ("8946120000005000016", "240120000000016"),
    ]
    assert seen.complete
    assert seen.at == 7.0


async def test_a_signal_that_is_not_known_is_asked_in_one_variant_only() -> None:
    seen, _, link = await poll(GOOD)

    assert seen.signal_dbm is None
    assert "AT+CSQ?" not in link.asked


async def test_a_signal_that_only_the_other_variant_gives_is_found() -> None:
    seen, _, _ = await poll(GOOD | {"AT+CSQ": (), "AT+CSQ?": ("+CSQ: 17,99",)})

    assert seen.signal_dbm == -79


async def test_a_card_that_the_iccid_question_finds_gone_is_gone() -> None:
    seen, published, _ = await poll(GOOD | {"AT+QCCID": refused("AT+QCCID", 10)})

    assert (seen.sim, seen.iccid) == (SimState.ABSENT, None)
    assert [so_far.sim for so_far in published] == [SimState.ABSENT]


async def test_an_imsi_that_is_refused_without_reason_is_an_error_of_the_sim() -> None:
    seen, published, _ = await poll(GOOD | {"AT+CIMI": refused("AT+CIMI")})

    assert (seen.sim, seen.iccid, seen.imsi) == (SimState.ERROR, None, None)
    assert published[-1].sim is SimState.ERROR


async def test_an_iccid_that_cannot_be_read_leaves_the_rest_known() -> None:
    seen, _, _ = await poll(GOOD | {"AT+QCCID": refused("AT+QCCID")})

    assert (seen.iccid, seen.imsi, seen.registration) == (None, "240120000000016", Registration.HOME)
    assert not seen.complete


async def test_the_cards_file_gives_the_iccid_only_where_the_card_did_what_was_asked() -> None:
    wrong = ('+CRSM: 106,130,"98642100000005001016"',)
    seen, _, _ = await poll(GOOD | {"AT+QCCID": refused("AT+QCCID"), "AT+CRSM=176,12258,0,0,10": wrong})

    assert seen.iccid is None


async def test_silence_keeps_what_was_answered_and_names_the_question() -> None:
    seen, _, _ = await poll(GOOD | {"AT+CREG?": SILENT})

    assert (seen.imsi, seen.registration) == ("240120000000016", None)
    assert seen.detail == "no answer to AT+CREG?"


async def test_flight_mode_with_a_ready_sim_is_why_there_is_no_network() -> None:
    seen, _, _ = await poll(GOOD | {"AT+CREG?": ("+CREG: 2,0",), "AT+CFUN?": ("+CFUN: 4",)})

    assert (seen.registration, seen.detail) == (
        Registration.NOT_SEARCHING,
        "the radio is in flight mode (CFUN 4)",
    )


async def test_a_radio_that_is_on_is_no_reason() -> None:
    seen, _, link = await poll(GOOD | {"AT+CREG?": ("+CREG: 2,2",), "AT+CFUN?": ("+CFUN: 1",)})

    assert (seen.registration, seen.detail) == (Registration.SEARCHING, "")
    assert "AT+CFUN?" in link.asked


async def test_a_radio_that_is_off_is_named_where_the_card_is_only_powered_down() -> None:
    seen, _, _ = await poll({"AT+CPIN?": refused("AT+CPIN?", 772), "AT+CFUN?": ("+CFUN: 0",)})

    assert (seen.sim, seen.detail) == (SimState.NOT_READY, "the radio is switched off (CFUN 0)")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"AT+CIMI": ("111111111111111",)}, "AT+CIMI says 111111111111111, which is not an IMSI"),
        ({"AT+CIMI": ("+CIMI: 000000000000000",)}, "AT+CIMI says 000000000000000, which is not an IMSI"),
        ({"AT+CIMI": ()}, "the module does not report the SIM's IMSI"),
        ({"AT+CIMI": Silence("AT+CIMI", ok_alone=True)}, "the module does not report the SIM's IMSI"),
        ({"AT+QCCID": ("+QCCID: 00000000000000000000",)}, "the module does not report the SIM's ICCID"),
        (
            {f"AT+{name}CID": Silence(f"AT+{name}CID", ok_alone=True) for name in ("QC", "IC", "C")},
            "the module does not report the SIM's ICCID",
        ),
    ],
)
async def test_a_card_whose_identity_stays_unreadable_is_an_error_and_not_silence(
    answers: dict[str, object], said: str
) -> None:
    questions, profile = Questions(FakeLink(**(GOOD | answers))), Profile()
    seen = []
    for at in range(4):
        blank = Observation(module="any", at=float(at))
        poll = Poll(questions, by_name("quectel-4g"), profile, blank, publish=lambda _: None)
        seen.append(await poll.run())

    assert [one.sim for one in seen[:3]] == [SimState.READY, SimState.READY, SimState.ERROR]
    assert all(one.detail == said for one in seen)


async def test_one_unreadable_answer_between_good_ones_is_no_error() -> None:
    link, profile = FakeLink(**GOOD), Profile()
    questions = Questions(link)
    for imsi in ("240120000000016", "111111111111111") * 4:
        link.answers["AT+CIMI"] = (imsi,)
        blank = Observation(module="any", at=0.0)
        seen = await Poll(questions, by_name("quectel-4g"), profile, blank, publish=lambda _: None).run()
        assert seen.sim is SimState.READY
