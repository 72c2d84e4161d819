from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_qss_reports_removed_inserted_and_loaded() -> None:
    meanings = [by_name("telit").meaning(f"#QSS: {state}") for state in range(4)]

    assert meanings == [
        UrcMeaning.SIM_GONE,
        UrcMeaning.SIM_CHANGED,
        UrcMeaning.SIM_CHANGED,
        UrcMeaning.NUMBER_READY,
    ]


def test_cpin_has_a_longer_timeout() -> None:
    assert by_name("telit").sim_state.timeout > by_name("quectel").sim_state.timeout
