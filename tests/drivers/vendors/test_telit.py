from __future__ import annotations

from drivers.vendors import UrcMeaning, by_name


def test_qss_tells_gone_in_and_loaded() -> None:
    said = [by_name("telit").meaning(f"#QSS: {state}") for state in range(4)]

    assert said == [
        UrcMeaning.SIM_GONE,
        UrcMeaning.SIM_CHANGED,
        UrcMeaning.SIM_CHANGED,
        UrcMeaning.NUMBER_READY,
    ]


def test_cpin_is_given_more_time() -> None:
    assert by_name("telit").sim_state.timeout > by_name("quectel").sim_state.timeout
