from __future__ import annotations

from drivers.at import commands
from drivers.vendors import UrcMeaning, by_name


def test_the_2g_line_has_no_lte_to_ask_for() -> None:
    assert by_name("simcom-2g").lte is None


def test_the_newer_lines_have_another_iccid_question() -> None:
    assert by_name("simcom-2g").iccid[0] is commands.CCID
    assert [by_name(name).iccid[0] for name in ("simcom-3g", "simcom-4g", "simcom-a76")] == [
        commands.CICCID
    ] * 3


def test_warnings_of_the_supply_are_told_from_its_end() -> None:
    dialect = by_name("simcom-2g")

    assert dialect.meaning("UNDER-VOLTAGE WARNNING") is UrcMeaning.POWER
    assert dialect.meaning("OVER-VOLTAGE POWER DOWN") is UrcMeaning.STOPPED
