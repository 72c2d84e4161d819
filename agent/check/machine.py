"""Clock, store and descriptors.

Responsible for judging whether this machine can carry the agent. Must not look at the machine itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent.check.finding import Finding, counted, good, problem, warning
from agent.store.store import PLAUSIBLE_SINCE

DESCRIPTORS_PER_PORT: Final = 5
"""docs/design.md §11."""
DESCRIPTORS_BESIDE: Final = 128
"""Store, log, page, watchers, reports."""
FULL: Final = 16 * 1024 * 1024
NEARLY_FULL: Final = 256 * 1024 * 1024
"""Bytes. The store stays far below; the rest is for others who fill the same disk."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Where the store is or will be: why it cannot be written (empty: it can), and bytes free beside it."""

    path: str
    obstacle: str
    free: int | None


def judge_clock(wall: float, synchronised: bool | None) -> Iterator[Finding]:
    """Judge UNIX time `wall`; `synchronised` with a time server, None where nobody knows."""
    shown = time.strftime("%Y-%m-%d", time.gmtime(wall))
    mend = "sudo timedatectl set-ntp true, or install chrony"
    if wall < PLAUSIBLE_SINCE:
        yield problem("clock", f"says {shown}, which is past: TLS fails, and no date_start is told", mend)
    elif synchronised is False:
        yield warning("clock", "is set by no time server", mend)
    else:
        said = ", and a time server keeps it right" if synchronised else ""
        yield good("clock", f"plausible{said}")


def judge_store(store: StoreFacts) -> Iterator[Finding]:
    """Judge whether what must survive a restart will."""
    if store.obstacle:
        mend = (
            "make the folder and give it to the agent's user, or name a file on a disk in config.yaml, store:"
        )
        yield problem("store", f"{store.path}: {store.obstacle}; nothing would survive a restart", mend)
    elif store.free is not None and store.free < FULL:
        yield problem("store", f"the disk of {store.path} is full", "make room: `df -h` and `du` show where")
    elif store.free is not None and store.free < NEARLY_FULL:
        text = f"the disk of {store.path} has {store.free // 1024**2} MB left"
        yield warning("store", text, "make room: `df -h` and `du` show where")
    else:
        yield good("store", f"{store.path} can be written")


def judge_descriptors(limit: int | None, ports: int) -> Iterator[Finding]:
    """Judge the hard limit of open files (None: there is none) against the number of ports."""
    needed = DESCRIPTORS_BESIDE + DESCRIPTORS_PER_PORT * ports
    if limit is not None and limit < needed:
        text = f"{limit} open files are allowed; {counted(ports, 'port')} need {needed}"
        yield problem("descriptors", text, "raise it: ulimit -Hn 65536 as root, or run the systemd unit")
    else:
        yield good("descriptors", f"enough for {counted(ports, 'port')}")
