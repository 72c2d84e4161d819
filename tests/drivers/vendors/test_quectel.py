from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_a_urc_reports_that_the_phone_book_is_loaded() -> None:
    assert by_name("quectel-4g").meaning("+QIND: PB DONE") is UrcMeaning.NUMBER_READY


def test_card_detection_reports_a_card_that_goes_or_comes() -> None:
    assert by_name("quectel-4g").meaning("+QSIMSTAT: 1,0") is UrcMeaning.SIM_GONE
    assert by_name("quectel-4g").meaning("+QSIMSTAT: 1,1") is UrcMeaning.SIM_CHANGED


def test_no_setting_is_sent_that_the_module_would_store() -> None:
    assert by_name("quectel").urc_switches == ()
