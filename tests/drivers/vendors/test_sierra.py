from __future__ import annotations

from drivers.at import commands
from drivers.vendors import by_name


def test_the_documented_iccid_command_comes_first() -> None:
    assert by_name("sierra").iccid[:2] == (commands.SIERRA_ICCID, commands.ICCID)
