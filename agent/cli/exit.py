"""How a command ends: exit codes, and a message with one."""

from __future__ import annotations

import enum
import sys
from typing import NoReturn


class Exit(enum.IntEnum):
    """Exit codes: those of sysexits(3), where it has one (docs/design.md §8)."""

    GOOD = 0
    PROBLEM = 1
    USAGE = 2
    TRY_LATER = 75
    PERMISSION = 77
    CONFIG = 78


def fail(code: Exit, message: str) -> NoReturn:
    """Print the message on stderr and exit."""
    print(message, file=sys.stderr, flush=True)
    raise SystemExit(int(code))
