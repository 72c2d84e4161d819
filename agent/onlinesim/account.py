"""One account at Onlinesim: its name without its key, and the claim that keeps a second agent of this machine off it.

Each list replaces the one before, so two agents with one account would wipe each other's numbers for ever.

The claim is an abstract UNIX socket: it needs no folder that two users may both write to, no file is left behind, and
the kernel ends it with the process, however that ends. It holds for one network namespace, so not for two containers.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import os
import socket
import struct
from typing import Final, Self
from urllib.parse import urlsplit

REPORTS: Final = "reports"
"""The claim of an agent, for as long as it runs."""
QUESTIONS: Final = "questions"
"""The claim of a command that asks about numbers: the agent's own questions wait, for one a second is the limit."""
_NAME: Final = "simbank-agent/{}/{}"
_ASKERS: Final = 64
"""Connections that the kernel keeps for us; who comes later learns no process id."""
_PORTS: Final = {"http": 80, "https": 443}


class AccountInUse(Exception):
    """Another process of this machine has the claim. `holder` is its process id, 0 where that is not known."""

    def __init__(self, holder: int) -> None:
        super().__init__(f"process {holder}" if holder else "another process")
        self.holder = holder


def account_of(server: str, key: str | None) -> str:
    """Return a name for the account that a key has at a server: equal for equal ones, and silent about the key.

    "" without a key: the sandbox, which every agent has for itself.
    """
    if not key:
        return ""
    where = urlsplit(server)
    try:
        port = where.port
    except ValueError:  # as the client finds out
        port = None
    place = (
        where.scheme.lower(),
        (where.hostname or "").rstrip("."),
        port or _PORTS.get(where.scheme.lower()),
    )
    text = repr((*place, where.path.rstrip("/")))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


class AccountClaim:
    """What one process of this machine may do with an account at a time; `purpose` is REPORTS or QUESTIONS."""

    def __init__(self, account: str, purpose: str) -> None:
        """Raises AccountInUse. Claims nothing without an account, or where the kernel has no such sockets."""
        self._socket: socket.socket | None = None
        if not account:
            return
        self._socket = _bound(b"\0" + _NAME.format(purpose, account).encode())

    def release(self) -> None:
        """Let another process have it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_of(account: str, purpose: str) -> int | None:
    """Return the process of this machine that has the claim now, 0 where it is not known, None for none."""
    try:
        AccountClaim(account, purpose).release()
    except AccountInUse as used:
        return used.holder
    return None


def _bound(name: bytes) -> socket.socket | None:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(name)
        claim.listen(_ASKERS)  # whoever is refused connects, to learn our process id
    except OSError as why:
        claim.close()
        if why.errno == errno.EADDRINUSE:
            raise AccountInUse(_holder(name)) from why
        return None
    return claim


def _holder(name: bytes) -> int:
    """Return the process id of the socket's owner, 0 where it cannot be known."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        asking.connect(name)
        pid, _, _ = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return 0 if pid == os.getpid() else int(pid)
    return 0
