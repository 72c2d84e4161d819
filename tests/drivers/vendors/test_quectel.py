from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_the_phone_book_tells_when_it_is_loaded() -> None:
    assert by_name("quectel-4g").meaning("+QIND: PB DONE") is UrcMeaning.NUMBER_READY


def test_card_detection_tells_of_the_card() -> None:
    assert by_name("quectel-4g").meaning("+QSIMSTAT: 1,0") is UrcMeaning.SIM_GONE
    assert by_name("quectel-4g").meaning("+QSIMSTAT: 1,1") is UrcMeaning.SIM_CHANGED


def test_nothing_that_the_module_would_keep_is_switched_on() -> None:
    assert by_name("quectel").urc_switches == ()
