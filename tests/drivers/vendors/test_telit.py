from __future__ import annotations

from drivers.vendors import Meaning, by_name


def test_qss_tells_gone_in_and_loaded() -> None:
    said = [by_name("telit").meaning(f"#QSS: {state}") for state in range(4)]

    assert said == [Meaning.SIM_GONE, Meaning.SIM_CHANGED, Meaning.SIM_CHANGED, Meaning.NUMBER_READY]


def test_cpin_is_given_more_time() -> None:
    assert by_name("telit").sim_state.patience > by_name("quectel").sim_state.patience
