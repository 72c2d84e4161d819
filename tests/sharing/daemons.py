"""smstools3 and gammu-smsd as an operator runs them, on a shared port."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SMSTOOLS = """
devices = GSM1
outgoing = {home}/outgoing
checked = {home}/checked
failed = {home}/failed
incoming = {home}/incoming
sent = {home}/sent
logfile = {home}/log
infofile = {home}/smsd.working
pidfile = {home}/smsd.pid
loglevel = 7
delaytime = 1
errorsleeptime = 1
blocktime = 3
stats_interval = 0

[GSM1]
device = {device}
incoming = yes
baudrate = 115200
"""

GAMMU = """
[gammu]
device = {device}
connection = at115200
synchronizetime = no

[smsd]
service = files
logfile = {home}/log
debuglevel = 1
inboxpath = {home}/incoming/
outboxpath = {home}/outgoing/
sentsmspath = {home}/sent/
errorsmspath = {home}/failed/
checksecurity = 0
commtimeout = 2
loopsleep = 1
statusfrequency = 5
resetfrequency = 0
sendtimeout = 20
maxretries = 10
retrytimeout = 2
"""


@dataclass(frozen=True)
class Daemon:
    """A running SMS daemon and its folders."""

    home: Path
    kind: str

    @property
    def log(self) -> str:
        """What it logged."""
        log = self.home / "log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def send(self, number: str, text: str) -> None:
        """Have it send a message."""
        if self.kind == "smstools":
            # Renamed into place: smsd takes a file as soon as it is there.
            draft = self.home / f"draft-{text.split(maxsplit=1)[0]}"
            draft.write_text(f"To: {number.lstrip('+')}\n\n{text}")
            draft.rename(self.home / "outgoing" / f"message-{text.split(maxsplit=1)[0]}")
            return
        subprocess.run(
            ["gammu-smsd-inject", "-c", str(self.home / "conf"), "TEXT", number, "-text", text],
            check=True,
            capture_output=True,
        )

    @property
    def received(self) -> str:
        """All that it took in."""
        files = sorted((self.home / "incoming").iterdir())
        return "\n".join(file.read_text("utf-8", "replace") for file in files)


@asynccontextmanager
async def daemon(kind: str, device: str) -> AsyncIterator[Daemon]:
    """Run smstools or gammu-smsd on a device."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("outgoing", "checked", "failed", "incoming", "sent"):
            (home / name).mkdir()
        conf = home / "conf"
        conf.write_text((SMSTOOLS if kind == "smstools" else GAMMU).format(home=home, device=device))
        command = ["smsd", "-t", "-c", str(conf)] if kind == "smstools" else ["gammu-smsd", "-c", str(conf)]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield Daemon(home, kind)
            assert process.returncode is None, f"{kind} ended by itself"
        finally:
            _signal(process, signal.SIGTERM)
            try:
                async with asyncio.timeout(60):
                    await process.wait()
            except TimeoutError:
                _signal(process, signal.SIGKILL)
                await process.wait()
            _signal(process, signal.SIGKILL)  # smsd leaves its modem process behind


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
