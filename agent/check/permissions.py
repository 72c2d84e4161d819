"""Who runs the agent, and what that account may do with a file.

Responsible for Unix permissions as a pure question. Must not know the files, nor what follows from the answer; access
control lists are not read, so where the account is our own the kernel is asked instead (see `host`).
"""

from __future__ import annotations

from dataclasses import dataclass

READ = 4
WRITE = 2
ENTER = 1
"""Bits of one of the three groups in a file's mode."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user. `groups` are in force, `member_of` will be with the next login; `ours`: we run as this user."""

    name: str
    uid: int
    groups: frozenset[int]
    member_of: frozenset[int] = frozenset()
    ours: bool = True


@dataclass(frozen=True, slots=True)
class FileRights:
    """Owner, group and mode of a file. `reachable`: everybody may enter the folders that lead to it."""

    uid: int
    gid: int
    group: str
    mode: int
    reachable: bool = True

    @property
    def world_readable(self) -> bool:
        """Whether any user of this machine can read it."""
        return self.reachable and bool(self.mode & READ)


def may(account: Account, rights: FileRights, wanted: int) -> bool:
    """Whether the mode gives `account` all the `wanted` bits: of the first of owner, group and others that it is."""
    if account.uid == 0:
        return True
    if account.uid == rights.uid:
        given = rights.mode >> 6
    elif rights.gid in account.groups:
        given = rights.mode >> 3
    else:
        given = rights.mode
    return given & wanted == wanted
