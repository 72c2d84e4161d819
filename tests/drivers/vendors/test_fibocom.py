from __future__ import annotations

from drivers.at import commands
from drivers.vendors import UrcMeaning, by_name


def test_the_cards_file_is_read_before_iccid_commands_that_nobody_verified() -> None:
    assert by_name("fibocom").iccid[0] is commands.CRSM_ICCID


def test_a_dropped_sim_is_gone() -> None:
    assert by_name("fibocom").meaning("+SIM DROP") is UrcMeaning.SIM_GONE
    assert by_name("fibocom").meaning("+SIM READY") is UrcMeaning.SIM_CHANGED
