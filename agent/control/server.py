"""The control socket of a running agent: who may use it, and how its requests are taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from agent.control.answer_texts import CUT_OFF
from agent.control.messages import LONGEST_REQUEST, Answer, BadMessage, Request, answer_line, read_request

_log = logging.getLogger(__name__)

NAME: Final = ".control"
"""In the run directory; no module's shared port can have it, for their names have no dot in front."""
WITHIN: Final = 10.0
"""Seconds for one request."""
AT_ONCE: Final = 4
"""Connections; more are closed at once."""
_CREDENTIALS: Final = struct.Struct("3i")
_LONGEST_PATH: Final = 100
"""Bytes of a socket's path (108 in unix(7)), with room for what is written before it."""

Do = Callable[[Request], Answer]


def socket_path(environment: Mapping[str, str], store: Path) -> Path:
    """Return where the socket belongs: in the service's run directory, for others beside the store."""
    run = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(run, NAME) if run else store.with_name(f".{store.name}{NAME}")


def reachable(path: Path, folder: int) -> str:
    """Return how a socket may be called that lies in `folder`, an open directory: a long path by way of that."""
    return str(path) if len(os.fsencode(path)) <= _LONGEST_PATH else f"/proc/self/fd/{folder}/{path.name}"


class ControlServer:
    """Takes requests of root and of the agent's own user, one after another."""

    def __init__(self, path: Path, do: Do) -> None:
        self.path = path
        self._do = do
        self._server: asyncio.Server | None = None
        self._open = 0
        self._turn = asyncio.Lock()

    async def start(self) -> Path | None:
        """Listen, and return the path; None where that is not possible: names can be changed while no agent runs."""
        try:
            listening = self._bound()
            self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LONGEST_REQUEST)
        except OSError as why:
            _log.warning(
                "no control socket at %s (%s): `simbank-agent rename` needs the agent stopped", self.path, why
            )
            return None
        return self.path

    async def stop(self) -> None:
        """Stop listening, and take the socket away."""
        if self._server is None:
            return
        self._server.close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _bound(self) -> socket.socket:
        """Return a socket of this path that only our user can open. Raises OSError."""
        folder = os.open(self.path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISSOCK(self.path.lstat().st_mode):
                    self.path.unlink()  # of an agent that was killed: this one holds the store
            os.fchmod(listening.fileno(), 0o600)  # before it has a name, which then has this mode
            listening.bind(reachable(self.path, folder))
        except OSError:
            listening.close()
            raise
        finally:
            os.close(folder)
        return listening

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE and may_ask(peer_of(writer.get_extra_info("socket"))):
                async with asyncio.timeout(WITHIN):
                    writer.write(answer_line(await self._answer(await reader.readline())))
                    await writer.drain()
        except (OSError, TimeoutError, ValueError):  # ValueError: a line that is too long
            pass
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        if not line.endswith(b"\n"):
            return Answer(refused=CUT_OFF)
        try:
            request = read_request(line)
        except BadMessage as why:
            return Answer(refused=str(why))
        async with self._turn:
            return self._do(request)


def peer_of(connection: socket.socket) -> int:
    """Return the user at the other end. Raises OSError."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1])


def may_ask(user: int) -> bool:
    """Whether this user may change an agent of ours."""
    return user in {0, os.geteuid()}
