from __future__ import annotations

import pytest

from drivers.vendors import UrcMeaning, by_name


def test_the_answer_of_cpin_ends_with_its_own_line() -> None:
    closes = by_name("wavecom").sim_state.closes

    assert closes is not None
    assert closes.match("+CPIN: READY")


@pytest.mark.parametrize(("line", "meaning"), [
    ("+WIND: 0", UrcMeaning.SIM_GONE), ("+WIND: 1", UrcMeaning.SIM_CHANGED), ("+WIND: 3", UrcMeaning.RESTARTED),
    ("+WIND: 4", UrcMeaning.RESTARTED), ("+WIND: 7", UrcMeaning.REGISTRATION), ("+WIND: 8", UrcMeaning.REGISTRATION),
    ('+WIND: 10,"SM",1', UrcMeaning.NUMBER_READY), ("+WIND: 2", UrcMeaning.NOISE), ("+WIND: 9", UrcMeaning.NOISE),
    ("+WIND: 13", UrcMeaning.NOISE),
])  # fmt: skip
def test_what_each_wind_means(line: str, meaning: UrcMeaning) -> None:
    assert by_name("wavecom").meaning(line) is meaning
