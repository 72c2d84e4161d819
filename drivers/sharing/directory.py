"""All shared ports, and the stable names under which clients find them: DIRECTORY/NAME."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from drivers.sharing.port import SharedPort
from drivers.sharing.pty import Terminal

_log = logging.getLogger(__name__)

CHECK_EVERY: Final = 0.05
"""Seconds between two checks for new clients: a client's first command waits no longer for that."""
MODE: Final = 0o755
_UNSAFE: Final = re.compile(r"[^\w.+:@=-]|^\.+")
_PSEUDO_TERMINALS: Final = "/dev/pts/"
_LONGEST: Final = 100


class SharedPorts:
    """One symbolic link for each shared port, to its current pseudo-terminal. Everything ends with `close`."""

    def __init__(self, directory: Path, *, clock: Callable[[], float]) -> None:
        self.directory = directory
        self.problem = ""
        """Why shared ports are missing; empty while there is no problem."""
        self._clock = clock
        self._lock = -1
        self._ports: dict[str, SharedPort] = {}
        self._links: dict[str, Path] = {}
        self._targets: dict[Path, str] = {}
        """The terminal that each link leads to."""
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, names: Iterable[str]) -> None:
        """Offer a port for each of these modules, and for no other. A problem is logged once.

        Call it again, to retry and to bring back what somebody deleted: the directory, or a link in it.
        """
        wanted = list(dict.fromkeys(names))
        for name in [name for name in self._ports if name not in wanted]:
            self._withdraw(name)
        if not wanted:
            return
        try:
            self._open()
            for name in [name for name in wanted if name not in self._ports]:
                self._add(name)
            self._restore_links()
        except OSError as why:
            problem = f"{self.directory}: {why.strerror or why}"
            if problem != self.problem:
                self.problem = problem
                _log.error(
                    "ports cannot be shared: %s; set shared_ports.directory in config.yaml to another one",
                    problem,
                )
        else:
            self.problem = ""

    def port(self, name: str) -> SharedPort | None:
        """Return the shared port of a module; None where it has none."""
        return self._ports.get(name)

    def path(self, name: str) -> Path | None:
        """Return the path that a client opens; None where the module has no shared port."""
        return self._links.get(name)

    def close(self) -> None:
        """Remove all names; clients see a hang-up."""
        for name in list(self._ports):
            self._withdraw(name)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _open(self) -> None:
        """Create and lock the directory, and clean it, unless it is the one that is locked. Raises OSError."""
        if self._lock >= 0:
            if self._is_locked_one():
                return
            _log.warning(
                "%s was deleted; it is made again, with the names of all shared ports", self.directory
            )
            os.close(self._lock)
            self._lock = -1
        self.directory.mkdir(mode=MODE, parents=True, exist_ok=True)
        lock = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove_stale()
        except BaseException as why:
            os.close(lock)
            if isinstance(why, BlockingIOError):
                raise BlockingIOError(why.errno, "another agent uses this directory") from why
            raise
        self._lock = lock
        if self._timer is None:
            self._check()

    def _is_locked_one(self) -> bool:
        """Whether the directory of that name is still the one that we locked."""
        try:
            there, locked = self.directory.stat(), os.fstat(self._lock)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (locked.st_dev, locked.st_ino)

    def _restore_links(self) -> None:
        """Make links again that are gone or lead elsewhere. Raises OSError."""
        for link, target in self._targets.items():
            if not link.is_symlink() or str(link.readlink()) != target:
                _point(link, target)

    def _remove_stale(self) -> None:
        """Remove the links of an agent that was killed: they lead nowhere, or to the terminal of another program."""
        for link in self.directory.iterdir():
            if link.is_symlink() and str(link.readlink()).startswith(_PSEUDO_TERMINALS):
                link.unlink()

    def _add(self, name: str) -> None:
        link = self.directory / self._safe(name)

        def renew(terminal: Terminal) -> None:
            self._targets.pop(link, None)  # a terminal without a link is closed
            _point(link, terminal.path)
            self._targets[link] = terminal.path

        self._ports[name] = SharedPort(name, renew=renew, clock=self._clock)
        self._links[name] = link

    def _withdraw(self, name: str) -> None:
        self._ports.pop(name).close()
        link = self._links.pop(name)
        self._targets.pop(link, None)
        with contextlib.suppress(OSError):  # whoever deleted the directory deleted the link
            link.unlink()

    def _safe(self, name: str) -> str:
        """Return a file name: unsuitable characters become _, and equal names get numbers."""
        safe = _UNSAFE.sub("_", name)[:_LONGEST] or "_"
        taken = {link.name for link in self._links.values()}
        numbered = (f"{safe}-{number}" for number in range(2, len(taken) + 3))
        return safe if safe not in taken else next(one for one in numbered if one not in taken)

    def _check(self) -> None:
        for port in self._ports.values():
            port.check()
        self._timer = asyncio.get_running_loop().call_later(CHECK_EVERY, self._check)


def _point(link: Path, target: str) -> None:
    """Point the link at `target`, atomically."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
