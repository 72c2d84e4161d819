from __future__ import annotations

import pytest

from drivers.vendors import UrcMeaning, by_name


@pytest.mark.parametrize("line", ["^RSSI:14", "^BOOT:1,0,0,0,75", '^HCSQ:"LTE",48,42,131,22', "^STIN:7,0,0"])
def test_the_flood_is_noise(line: str) -> None:
    assert by_name("huawei").meaning(line) is UrcMeaning.NOISE


def test_255_in_the_sim_field_means_no_card() -> None:
    assert by_name("huawei").meaning("^SIMST:255,1") is UrcMeaning.SIM_GONE
    assert by_name("huawei").meaning("^SIMST:1") is UrcMeaning.SIM_CHANGED


def test_ussd_is_sent_packed() -> None:
    assert by_name("huawei").packed_ussd
    assert not by_name("quectel").packed_ussd
