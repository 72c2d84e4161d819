from __future__ import annotations

from drivers.at import commands
from drivers.vendors import by_name


def test_the_cards_file_is_read_before_iccid_commands_that_nobody_verified() -> None:
    assert by_name("meig").iccid[0] is commands.CRSM_ICCID
