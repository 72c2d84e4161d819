from __future__ import annotations

from drivers.at import commands
from drivers.vendors import UrcMeaning, by_name


def test_scks_0_is_no_card_and_2_is_a_card_switched_off() -> None:
    assert by_name("cinterion").meaning("^SCKS: 0") is UrcMeaning.SIM_GONE
    assert by_name("cinterion").meaning("^SCKS: 2") is UrcMeaning.SIM_CHANGED


def test_each_family_is_asked_for_the_iccid_by_its_own_command_first() -> None:
    assert by_name("siemens").iccid[:2] == (commands.CXXCID, commands.SCID)
    assert by_name("cinterion").iccid[:2] == (commands.SCID, commands.CXXCID)


def test_a_start_in_any_mode_is_a_restart() -> None:
    assert by_name("cinterion").meaning("^SYSSTART AIRPLANE MODE") is UrcMeaning.RESTARTED
