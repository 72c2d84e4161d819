"""A real redis-server, or a Sentinel of one, as a process of its own.

Responsible for starting, asking and ending it. Must not know what is kept in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import ssl
import time
from pathlib import Path
from typing import Self

from missing import missing
from real_processes import environment, free_port

START_WITHIN = 20.0


def redis_server() -> str:
    """Return the program: Valkey where there is one alone, as it speaks the same protocol."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    return program or missing("needs redis-server: apt-get install redis-server")


class RedisServer:
    """Use as `async with RedisServer(folder) as redis`. Nothing is saved unless `keeps` is given."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        keeps: bool = False,
        name: str = "redis",
        login: tuple[str, ...] = (),
        tls: Path | None = None,
    ) -> None:
        """`options` may hold {port}; `login` and the CA `tls` are for our own commands."""
        self.port = free_port()
        self._login, self._tls = login, tls
        self._program = redis_server()
        self._folder = folder / name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._options = tuple(
            option.format(port=self.port) if option == "{port}" else option for option in options
        )
        self._keeps = keeps
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    def arguments(self) -> list[str]:
        """Return the command line."""
        kept = ("--appendonly", "yes") if self._keeps else ("--save", "", "--appendonly", "no")
        plain = () if self._tls else ("--port", str(self.port))
        where = (*plain, "--dir", str(self._folder), "--logfile", "redis.log")
        return [self._program, *where, *kept, "--enable-debug-command", "local", *self._options]

    async def start(self) -> None:
        """Start it, on the same port as before, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *self.arguments(), stdout=asyncio.subprocess.DEVNULL, env=environment()
        )
        end = time.monotonic() + START_WITHIN
        while True:
            with contextlib.suppress(OSError, EOFError):
                if not (await self.ask("PING")).startswith("-LOADING"):
                    return
            if time.monotonic() > end or self._process.returncode is not None:
                raise AssertionError(f"redis-server did not start: {self.log}")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End it without a word."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def log(self) -> str:
        """What it has said."""
        path = self._folder / "redis.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def ask(self, *words: str, password: str = "") -> str:
        """Run one command on a connection of its own; an answer of several parts is joined by blanks."""
        secure = ssl.create_default_context(cafile=str(self._tls)) if self._tls else None
        reader, writer = await asyncio.open_connection("localhost", self.port, ssl=secure)
        try:
            if login := ((password,) if password else self._login):
                writer.write(command("AUTH", *login))
                await reader.readline()
            writer.write(command(*words))
            return await _answer(reader)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> str:
    line = await reader.readline()
    if not line:
        raise EOFError("redis closed the connection")
    if line.startswith(b"*"):
        return " ".join([await _answer(reader) for _ in range(int(line[1:]))])
    if line.startswith(b"$") and int(line[1:]) >= 0:
        return (await reader.readexactly(int(line[1:]) + 2)).decode(errors="replace").strip()
    return line.decode().strip()


def command(*words: str) -> bytes:
    """Return a command as the protocol has it."""
    parts = [f"*{len(words)}\r\n".encode()]
    parts += [b"$%d\r\n%s\r\n" % (len(data), data) for data in (word.encode() for word in words)]
    return b"".join(parts)


class Sentinel(RedisServer):
    """A Sentinel that watches the master at a port of this machine."""

    def __init__(self, folder: Path, master: int, *, quorum: int = 2, name: str) -> None:
        super().__init__(folder, name=name)
        self._file = folder / name / "sentinel.conf"
        lines = (
            f"port {self.port}",
            f"dir {folder / name}",
            "logfile redis.log",
            f"sentinel monitor bank 127.0.0.1 {master} {quorum}",
            "sentinel down-after-milliseconds bank 1000",
            "sentinel failover-timeout bank 5000",
            "sentinel resolve-hostnames yes",
        )
        self._file.write_text("\n".join(lines) + "\n")

    def arguments(self) -> list[str]:
        """Return the command line."""
        return [self._program, str(self._file), "--sentinel"]
