from __future__ import annotations

import pytest

from drivers.at.allowlist import ALLOWED, Kind
from drivers.vendors import (
    DIALECTS,
    GENERIC,
    URCS,
    VENDORS,
    Dialect,
    UrcMeaning,
    by_name,
    meaning_in_any_dialect,
    recognise,
)

NAMED = [
    ("simcom-2g", ["SIM800 R14.18"]),
    ("simcom-2g", ["SIMCOM_Ltd", "SIMCOM_SIM900"]),
    ("simcom-3g", ["Manufacturer: SIMCOM INCORPORATED", "Model: SIMCOM_SIM5320E"]),
    ("simcom-70xx", ["SIMCOM_Ltd", "SIM7070"]),
    ("simcom-4g", ["Model: SIMCOM_SIM7500E"]),
    ("simcom-5g", ["Manufacturer: SIMCOM INCORPORATED", "Model: SIMCOM_SIM8202G-M2"]),
    ("simcom-a76", ["Manufacturer: INCORPORATED", "Model: A7672E-FASE"]),
    ("simcom", ["SIMCOM_Ltd", "SIM2000"]),
    ("quectel-2g", ["Quectel_Ltd", "Quectel_M35"]),
    ("quectel-2g", ["Quectel_Ltd", "Quectel_M26", "Revision: M26FBR03A01"]),
    ("quectel-3g", ["Quectel", "UC15"]),
    ("quectel-4g", ["Quectel", "EC20F"]),
    ("quectel-4g", ["Quectel", "EG25", "Revision: EG25GGBR07A08M2G"]),
    ("quectel", ["Quectel", "SC20"]),
    ("huawei", ["Manufacturer: huawei", "Model: E173"]),
    ("huawei", ["Manufacturer: huawei", "Model: E3131"]),
    ("huawei-4g", ["Manufacturer: huawei", "Model: E3372"]),
    ("huawei-4g", ["Manufacturer: Huawei Technologies Co., Ltd.", "Model: ME909s-120"]),
    ("zte", ["ZTE INCORPORATED", "MF622"]),
    ("wavecom", [" WAVECOM MODEM", " MULTIBAND  900E  1800"]),
    ("wavecom", ["Sierra Wireless", "FXT009"]),
    ("sierra", ["Manufacturer: Sierra Wireless, Incorporated", "Model: MC7455"]),
    ("telit-2g", ["332", "Telit", "GL865-QUAD"]),
    ("telit", ["332", "Telit", "LE910-EU1"]),
    ("ublox", ["u-blox", "TOBY-L210"]),
    ("ublox-3g", ["u-blox", "LISA-U200"]),
    ("cinterion", ["Cinterion", "PLS62-W", "REVISION 01.000"]),
    ("siemens", ["SIEMENS", "TC35i", "REVISION 03.01"]),
    ("neoway-2g", ["NEOWAY", "M590"]),
    ("neoway", ["Neoway", "N58-CA"]),
    ("fibocom", ["Fibocom", "L610"]),
    ("meig", ["MEIGLINK", "SLM770A"]),
    ("aithinker", ["Ai Thinker Co.LTD", "A6"]),
    ("asr", ["AirM2M_780E_V1171_LTE_AT"]),
    ("generic", ["QUALCOMM INCORPORATED", "M6280"]),
    ("generic", ["Manufacturer", "HSPA USB MODEM"]),
    ("generic", []),
]


@pytest.mark.parametrize(("name", "lines"), NAMED)
def test_a_module_is_recognised_by_the_lines_that_name_it(name: str, lines: list[str]) -> None:
    assert recognise(lines).name == name


def test_every_dialect_can_be_recognised() -> None:
    assert {name for name, _ in NAMED} == {dialect.name for dialect in DIALECTS}


@pytest.mark.parametrize("name", ["simcom", "quectel", "telit", "cinterion"])
def test_a_forced_vendor_has_its_own_dialect_whatever_the_module_answers(name: str) -> None:
    assert recognise(["Nobody", "Nothing"], vendor=name) is by_name(name)


def test_a_forced_vendor_leaves_the_family_to_the_module() -> None:
    assert recognise(["some bridge", "M95"], vendor="quectel").name == "quectel-2g"


def test_names_are_unique_and_each_vendor_has_a_dialect_of_its_name() -> None:
    names = [dialect.name for dialect in DIALECTS]

    assert len(set(names)) == len(names)
    assert set(VENDORS) <= set(names)
    with pytest.raises(KeyError):
        by_name("nokia")


def test_each_vendors_own_dialect_takes_any_model_and_comes_last() -> None:
    for vendor in VENDORS:
        own = [dialect for dialect in DIALECTS if dialect.vendor == vendor][-1]
        assert (own.name, own.model) == (vendor, None)


def test_every_dialect_can_read_the_iccid_from_the_cards_file() -> None:
    for dialect in DIALECTS:
        assert "AT+CRSM=176,12258,0,0,10" in {command.text for command in dialect.iccid}, dialect.name


def test_urc_switches_are_settings_that_a_restart_undoes() -> None:
    settings = {entry.shown for entry in ALLOWED if entry.kind is Kind.SETTING}

    assert {switch.text for dialect in DIALECTS for switch in dialect.urc_switches} <= settings


def test_every_dialect_knows_the_urcs_of_all_modules() -> None:
    for dialect in DIALECTS:
        assert dialect.meaning("+CPIN: NOT INSERTED") is UrcMeaning.SIM_GONE, dialect.name
        assert dialect.meaning("RDY") is UrcMeaning.RESTARTED, dialect.name


def test_a_port_knows_the_urcs_of_all_dialects() -> None:
    assert all(urc.pattern in URCS for dialect in DIALECTS for urc in dialect.urcs)


def test_a_urc_of_an_unlisted_module_means_what_it_means_to_any_vendor() -> None:
    assert meaning_in_any_dialect("#QSS: 0") is UrcMeaning.SIM_GONE
    assert meaning_in_any_dialect("MODEM:STARTUP") is UrcMeaning.RESTARTED
    assert meaning_in_any_dialect("+FANCY: 1") is None
    assert GENERIC.meaning("#QSS: 0") is None


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_answer_to_a_question_of_a_dialect_is_a_restart(dialect: Dialect) -> None:
    for line in ("OK", "ERROR", "8946120000005000016", "240120000000016", "+CREG: 2,1", "Quectel", "0", "4"):
        assert dialect.meaning(line) not in {UrcMeaning.RESTARTED, UrcMeaning.STOPPED, UrcMeaning.SIM_GONE}
