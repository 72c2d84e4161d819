from __future__ import annotations

from drivers.at import commands
from drivers.vendors import UrcMeaning, by_name


def test_the_2g_family_is_not_asked_for_lte() -> None:
    assert by_name("simcom-2g").lte is None


def test_the_newer_families_have_another_iccid_command() -> None:
    assert by_name("simcom-2g").iccid[0] is commands.CCID
    assert [by_name(name).iccid[0] for name in ("simcom-3g", "simcom-4g", "simcom-a76")] == [
        commands.CICCID
    ] * 3


def test_a_supply_warning_differs_from_a_power_down() -> None:
    dialect = by_name("simcom-2g")

    assert dialect.meaning("UNDER-VOLTAGE WARNNING") is UrcMeaning.POWER
    assert dialect.meaning("OVER-VOLTAGE POWER DOWN") is UrcMeaning.STOPPED
