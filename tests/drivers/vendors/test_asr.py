from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_what_it_says_when_somebody_switches_the_radio_off_is_a_sim_that_is_gone() -> None:
    for line in ("+CPIN: SIM REMOVED", "^CARDMODE: 255", "^SIMST: 255,0"):
        assert by_name("asr").meaning(line) is UrcMeaning.SIM_GONE


def test_an_iccid_told_unasked_is_news_of_the_card() -> None:
    assert by_name("asr").meaning("ICCID: 898602f90000c0000255") is UrcMeaning.SIM_CHANGED
