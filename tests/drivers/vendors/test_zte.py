from __future__ import annotations

from drivers.at import commands
from drivers.vendors import by_name


def test_modules_and_sticks_have_different_iccid_commands() -> None:
    assert by_name("zte").iccid[:2] == (commands.ZGETICCID, commands.ICCID)
