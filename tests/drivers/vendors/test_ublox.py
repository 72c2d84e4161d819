from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_uusimstat_tells_gone_in_and_loaded() -> None:
    said = {state: by_name("ublox").meaning(f"+UUSIMSTAT:{state}") for state in (0, 4, 6, 7, 8, 9)}

    assert said == {
        0: UrcMeaning.SIM_GONE, 4: UrcMeaning.SIM_CHANGED, 6: UrcMeaning.SIM_CHANGED,
        7: UrcMeaning.NUMBER_READY, 8: UrcMeaning.NUMBER_READY, 9: UrcMeaning.SIM_CHANGED,
    }  # fmt: skip


def test_the_older_lines_have_no_lte_to_ask_for() -> None:
    assert by_name("ublox-3g").lte is None


def test_a_data_connection_that_ends_is_no_news_of_the_sim() -> None:
    assert by_name("ublox").meaning("+UUPSDD: 0") is UrcMeaning.NOISE
