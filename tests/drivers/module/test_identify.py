from __future__ import annotations

import pytest

from drivers.errors import NoAnswer
from drivers.module.identify import identify
from drivers.module.questions import Questions
from drivers.observation import Identity
from drivers.vendors import by_name
from tests.drivers.module.fake_link import SILENT, FakeLink

EC25 = {
    "ATE0V1Q0": (), "AT+CMEE=1": (), "ATI": ("Quectel", "EC25", "Revision: EC25EFAR02A09M4G"),
    "AT+CGSN": ("861234000000079",), "AT+CREG=2": (), "AT+CEREG=2": (),
}  # fmt: skip


async def test_a_module_that_answers_all_in_ati_is_asked_little_more() -> None:
    link = FakeLink(**EC25)

    met = await identify(Questions(link), None)

    assert met.identity == Identity(
        manufacturer="Quectel", model="EC25", revision="EC25EFAR02A09M4G", imei="861234000000079"
    )
    assert met.dialect.name == "quectel-4g"
    assert link.asked == list(EC25)


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


async def test_two_silences_are_no_modem() -> None:
    link = FakeLink(ATE0V1Q0=SILENT)

    with pytest.raises(NoAnswer):
        await identify(Questions(link), None)

    assert link.asked == ["ATE0V1Q0"] * 2


@pytest.mark.parametrize("command", ["AT+CMEE=1", "ATI", "AT+CGSN", "AT+CREG=2", "AT+CEREG=2"])
async def test_silence_later_ends_it_early_with_what_is_known(command: str) -> None:
    link = FakeLink(**EC25 | {command: SILENT})

    met = await identify(Questions(link), None)

    assert not met.whole
    assert link.asked[-1] == command
    assert (met.dialect.name == "quectel-4g") is (list(EC25).index(command) > list(EC25).index("ATI"))


async def test_a_refused_identity_leaves_the_generic_dialect() -> None:
    met = await identify(Questions(FakeLink(ATE0V1Q0=())), None)

    assert (met.whole, met.identity, met.dialect.name) == (True, Identity(), "generic")


async def test_a_named_family_needs_no_recognising() -> None:
    met = await identify(Questions(FakeLink(**EC25)), by_name("simcom-2g"))

    assert met.dialect.name == "simcom-2g"
