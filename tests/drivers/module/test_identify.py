from __future__ import annotations

import pytest

from drivers.at.commands import Command
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.identify import identify
from drivers.module.questions import Questions
from drivers.observation import Identity
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink

EC25 = {
    "ATE0V1Q0": (), "ATI": ("Quectel", "EC25", "Revision: EC25EFAR02A09M4G"),
    "AT+CGSN": ("861234000000079",), "AT+CMEE=1": (), "AT+CREG=2": (), "AT+CEREG=2": (),
}  # fmt: skip
CHAIN = "AT+CMEE=1;+CREG=2;+CEREG=2;+CGSN"


async def test_a_module_that_chains_is_introduced_in_three_lines() -> None:
    link = FakeLink(**{text: EC25[text] for text in ("ATE0V1Q0", "ATI")} | {CHAIN: EC25["AT+CGSN"]})

    met = await identify(Questions(link), None)

    assert (met.whole, met.identity.imei) == (True, "861234000000079")
    assert [setting.text for setting in met.settings[1:]] == ["AT+CMEE=1", "AT+CREG=2", "AT+CEREG=2"]
    assert link.asked == ["ATE0V1Q0", "ATI", CHAIN]


@pytest.mark.parametrize("answer", ["refused", "silence", "an OK behind its beginning"])
async def test_a_chain_that_is_not_answered_as_a_whole_is_asked_singly_and_never_sent_again(
    answer: str,
) -> None:
    said = {"refused": Refused(CHAIN, None, "ERROR"), "silence": SILENT}.get(answer, ())
    link = FakeLink(**EC25 | {CHAIN: said})
    failed: set[Command] = set()

    for _ in range(2):
        met = await identify(Questions(link, failed_chains=failed), None)
        assert met.whole
        assert [setting.text for setting in met.settings[1:]] == ["AT+CMEE=1", "AT+CREG=2", "AT+CEREG=2"]

    assert link.asked.count(CHAIN) == 1
    assert {"AT+CMEE=1", "AT+CREG=2", "AT+CEREG=2"} <= set(link.asked)


async def test_nobody_who_waits_for_the_port_has_to_wait_for_a_chain() -> None:
    link = FakeLink(**EC25)

    await identify(Questions(link), None, may_chain=False)

    assert link.asked == list(EC25)


async def test_a_module_that_answers_all_in_ati_is_asked_little_more() -> None:
    link = FakeLink(**EC25)

    met = await identify(Questions(link), None)

    assert met.identity == Identity(
        manufacturer="Quectel", model="EC25", revision="EC25EFAR02A09M4G", imei="861234000000079"
    )
    assert met.dialect.name == "quectel-4g"
    assert [asked for asked in link.asked if asked != CHAIN] == list(EC25)


async def test_what_ati_does_not_contain_is_asked_by_itself() -> None:
    link = FakeLink(**EC25 | {
        "ATI": ("332",), "AT+CGMI": ("Telit",), "AT+CGMM": ("LE910C1-EU",), "AT+CGMR": ("25.20.226",),
    })  # fmt: skip

    met = await identify(Questions(link), None)

    assert (met.identity.manufacturer, met.identity.model, met.identity.revision) == (
        "Telit",
        "LE910C1-EU",
        "25.20.226",
    )
    assert (met.dialect.name, link.asked[-1]) == ("telit", "AT#QSS=1")


async def test_an_imei_in_ati_is_not_asked_again() -> None:
    link = FakeLink(**EC25 | {"ATI": ("Manufacturer: huawei", "Model: E1750", "IMEI: 861234000000095")})

    met = await identify(Questions(link), None)

    assert met.identity.imei == "861234000000095"
    assert "AT+CGSN" not in link.asked


async def test_the_second_try_reaches_a_module_that_was_just_starting() -> None:
    link = FakeLink(**EC25 | {"ATE0V1Q0": SILENT})
    link.meanwhile = lambda: link.answers.update({"ATE0V1Q0": ()} if len(link.asked) == 2 else {})

    assert (await identify(Questions(link), None)).whole


async def test_a_port_that_says_nothing_is_no_modem() -> None:
    link = FakeLink(ATE0V1Q0=NoAnswer("ATE0V1Q0"))

    with pytest.raises(NoAnswer):
        await identify(Questions(link), None)

    assert link.asked == ["ATE0V1Q0"]


async def test_a_module_silent_to_the_settings_in_one_line_gets_them_one_by_one() -> None:
    link = FakeLink(**EC25 | {"ATE0V1Q0": SILENT, "ATE0": (), "ATV1": (), "ATQ0": ()})

    met = await identify(Questions(link), None)

    assert met.dialect.name == "quectel-4g"
    assert [setting.text for setting in met.settings[:3]] == ["ATE0", "ATV1", "ATQ0"]


@pytest.mark.parametrize("command", ["AT+CMEE=1", "ATI", "AT+CGSN", "AT+CREG=2", "AT+CEREG=2"])
async def test_silence_to_one_question_leaves_the_others(command: str) -> None:
    named = {"AT+CGMI": ("Quectel",), "AT+CGMM": ("EC25",), "AT+CPIN?": ("+CPIN: READY",)}
    link = FakeLink(**EC25 | named | {command: SILENT})

    met = await identify(Questions(link), None)

    assert met.whole
    assert met.dialect.name == "quectel-4g"
    assert (met.identity.imei is None) is (command == "AT+CGSN")


@pytest.mark.parametrize("command", ["AT+CMEE=1", "ATI", "AT+CGSN", "AT+CREG=2", "AT+CEREG=2"])
async def test_a_module_that_falls_silent_ends_it_early_with_what_is_known(command: str) -> None:
    link = FakeLink(**EC25 | {command: NoAnswer(command)})

    met = await identify(Questions(link), None)

    assert not met.whole
    assert link.asked[-1] == command
    assert (met.dialect.name == "quectel-4g") is (list(EC25).index(command) > list(EC25).index("ATI"))


async def test_a_refused_identity_leaves_the_generic_dialect() -> None:
    met = await identify(Questions(FakeLink(**{"ATE0V1Q0": (), "AT+CPIN?": ("+CPIN: READY",)})), None)

    assert (met.whole, met.identity, met.dialect.name) == (True, Identity(), "generic")


@pytest.mark.parametrize("answer", ["state", "code"])
async def test_what_knows_the_question_for_a_sim_is_a_modem_although_it_has_no_name(answer: str) -> None:
    cpin = ("+CPIN: SIM PIN",) if answer == "state" else Refused("AT+CPIN?", 10, "+CME ERROR: 10")

    assert (await identify(Questions(FakeLink(**{"ATE0V1Q0": (), "AT+CPIN?": cpin})), None)).whole


async def test_what_refuses_every_question_is_no_modem() -> None:
    """A Wi-Fi or Bluetooth module, which knows AT and nothing of GSM."""
    with pytest.raises(NoAnswer, match=r"CPIN"):
        await identify(Questions(FakeLink(ATE0V1Q0=())), None)


async def test_what_says_ok_to_everything_is_no_modem_after_few_questions() -> None:
    """A printer: its words may be taken for a name, but nothing comes before an OK that needs an answer."""
    alone = {text: Silence(text, ok_alone=True) for text in ("AT+CPIN?", "AT+CGSN")}
    link = FakeLink(**{"ATE0V1Q0": (), "AT+CMEE=1": (), "ATI": ('echo:Unknown command: "ATI"',)} | alone)

    with pytest.raises(NoAnswer):
        await identify(Questions(link), None)

    assert link.asked == ["ATE0V1Q0", "ATI", "AT+CMEE=1", "AT+CPIN?", "AT+CGSN"]


async def test_a_named_family_needs_no_recognising() -> None:
    met = await identify(Questions(FakeLink(**EC25)), by_name("simcom-2g"))

    assert met.dialect.name == "simcom-2g"
