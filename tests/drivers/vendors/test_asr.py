from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_what_it_sends_when_the_radio_is_switched_off_means_that_the_sim_is_gone() -> None:
    for line in ("+CPIN: SIM REMOVED", "^CARDMODE: 255", "^SIMST: 255,0"):
        assert by_name("asr").meaning(line) is UrcMeaning.SIM_GONE


def test_an_unsolicited_iccid_means_that_the_sim_changed() -> None:
    assert by_name("asr").meaning("ICCID: 898602f90000c0000255") is UrcMeaning.SIM_CHANGED
