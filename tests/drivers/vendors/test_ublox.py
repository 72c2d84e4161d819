from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_uusimstat_reports_removed_inserted_and_loaded() -> None:
    meanings = {state: by_name("ublox").meaning(f"+UUSIMSTAT:{state}") for state in (0, 4, 6, 7, 8, 9)}

    assert meanings == {
        0: UrcMeaning.SIM_GONE, 4: UrcMeaning.SIM_CHANGED, 6: UrcMeaning.SIM_CHANGED,
        7: UrcMeaning.NUMBER_READY, 8: UrcMeaning.NUMBER_READY, 9: UrcMeaning.SIM_CHANGED,
    }  # fmt: skip


def test_the_older_families_are_not_asked_for_lte() -> None:
    assert by_name("ublox-3g").lte is None


def test_the_end_of_a_data_connection_does_not_concern_the_sim() -> None:
    assert by_name("ublox").meaning("+UUPSDD: 0") is UrcMeaning.NOISE
