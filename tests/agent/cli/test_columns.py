"""Which columns a narrow terminal keeps."""

from __future__ import annotations

import pytest

from agent.cli.columns import columns_for

WIDTHS = {
    "port": 6, "module": 14, "IMEI": 15, "SIM": 20, "number": 13, "operator": 10, "signal": 8, "verdict": 30,
}  # fmt: skip


@pytest.mark.parametrize(
    ("room", "gone"),
    [
        (200, set()),
        (123, set()),  # just enough
        (122, {"IMEI"}),
        (120, {"IMEI"}),
        (100, {"IMEI", "SIM"}),
        (80, {"IMEI", "SIM", "signal"}),
        (77, {"IMEI", "SIM", "signal"}),
        (76, {"IMEI", "SIM", "signal", "operator"}),
        (60, {"IMEI", "SIM", "signal", "operator", "module"}),
        (1, {"IMEI", "SIM", "signal", "operator", "module"}),
    ],
)
def test_columns_give_way_in_their_order_and_only_as_many_as_needed(room, gone):
    assert columns_for(WIDTHS, room) == tuple(name for name in WIDTHS if name not in gone)
