"""A device node that udev has not given to its group yet: until then, some 0.3 s, it is root's alone."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

NEW_FOR = 3.0
"""Seconds for which a node may be so (docs/at-field-guide.md §12)."""


def is_new(path: str) -> bool:
    """Whether the node is as the kernel made it some moments ago."""
    try:
        status = Path(path).stat()
    except OSError:
        return False
    return is_untouched(status, time.time())


def is_untouched(status: os.stat_result, now: float) -> bool:
    """Whether a node was made less than NEW_FOR ago and given to nobody yet; the clock may have been set meanwhile."""
    return (
        status.st_uid == 0 and stat.S_IMODE(status.st_mode) == 0o600 and 0 <= now - status.st_ctime < NEW_FOR
    )
