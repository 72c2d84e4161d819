"""Unix accounts and file modes, as a pure question. ACLs are not read: for our own account ask the kernel."""

from __future__ import annotations

from dataclasses import dataclass

READ = 4
WRITE = 2
ENTER = 1
"""Bits of one class (owner, group, others) of a file's mode; equal to os.R_OK, W_OK, X_OK."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user. `groups` are in force, `member_of` will be after the next login; `ours`: we run as this user."""

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
    """Whether the mode gives `account` all `wanted` bits; only its first class of owner, group, others counts."""
    if account.uid == 0:
        return True
    if account.uid == rights.uid:
        given = rights.mode >> 6
    elif rights.gid in account.groups:
        given = rights.mode >> 3
    else:
        given = rights.mode
    return given & wanted == wanted
