"""The whole agent in this process over simulated modules whose ports are shared.

It records who sent which bytes, and watches the live set all the time.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.app.wiring import Wiring
from agent.bank.at_log import AtLog, Sender
from agent.config import load
from drivers.at.allowlist import allowed
from drivers.simulator.module import SimulatedModule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CONFIG = """
version: 1
bank: {{modules: {modules}, settle: 200ms, poll: {poll}, answer_timeout: 2s, lease: {lease}, registration_grace: 1s}}
ports: [{ports}]
shared_ports: {{directory: {directory}}}
status: {{listen: "127.0.0.1:0"}}
store: {store}
"""

SAID = re.compile(rb"[^\r\x1a\x1b]*[\r\x1a\x1b]")


@dataclass
class SharedBank:
    """A running agent, its modules, and what was seen of them."""

    directory: Path
    modules: dict[str, SimulatedModule]
    service: Any = None
    wiring: Any = None
    spoken: defaultdict[str, list[tuple[Sender, bytes]]] = field(default_factory=lambda: defaultdict(list))
    fallen: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a module that had been live was seen with each other verdict."""

    def path(self, name: str = "Port1") -> str:
        """What the client opens."""
        return str(self.directory / name)

    def port(self, name: str = "Port1"):
        """The shared port inside the agent."""
        return self.wiring._shared_ports.port(name)

    @property
    def live(self) -> set[str]:
        """Names of the modules that are live now."""
        return set(self.service.bank.decision.live)

    def reason(self, name: str) -> str:
        """The verdict on a module."""
        return self.service.bank.decision.verdicts[name].reason.value

    def ours(self, name: str) -> bytes:
        """All bytes that the agent itself wrote to a module."""
        return b"".join(data for sender, data in self.spoken[name] if sender is Sender.AGENT)

    def theirs(self, name: str) -> bytes:
        """All bytes that clients wrote to a module through the agent."""
        return b"".join(data for sender, data in self.spoken[name] if sender is Sender.CLIENT)

    def assert_ours_only_asks(self) -> None:
        """The promise: whatever clients sent, each text of our own is on the list."""
        for name in self.modules:
            texts = SAID.findall(self.ours(name))
            assert b"".join(texts) == self.ours(name), "every text of ours is whole"
            assert [text for text in texts if not allowed(text.decode("latin-1"))] == []

    def assert_nobody_fell(self) -> None:
        """Every module was live all the time."""
        assert dict(self.fallen) == {}

    async def watch(self) -> None:
        """Look at the verdicts again and again."""
        risen: set[str] = set()
        while True:
            risen |= self.live
            for name in risen - self.live:
                self.fallen[name, self.service.bank.decision.verdicts[name].reason.value] += 1
            await asyncio.sleep(0.02)


@asynccontextmanager
async def shared_bank(
    folder: Path,
    personalities: tuple[str, ...] = ("SIM800",),
    *,
    poll: str = "200ms",
    lease: str = "4s",
    latency: float = 0.005,
    speed: float = 1.0,
    client_sends: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[SharedBank]:
    """Run modules Port1, Port2, … and an agent that shares them; yield when all are live."""
    modules = {
        f"Port{n}": SimulatedModule(kind, name=f"Port{n}", seed=n, latency=latency, speed=speed)
        for n, kind in enumerate(personalities, start=1)
    }
    bank = SharedBank(folder / "clients", modules)
    for module in modules.values():
        module.start()
    ports = ", ".join(f"{{path: {m.path}, name: {name}, share: true}}" for name, m in modules.items())
    text = CONFIG.format(
        modules=len(modules),
        poll=poll,
        lease=lease,
        ports=ports,
        directory=bank.directory,
        store=folder / "bank.db",
    )
    config = load(text, file="config.yaml", environment={}, folder=folder)
    recorded = AtLog.note_bytes
    names: dict[int, str] = {}

    def note_bytes(self: AtLog, sender: Sender, data: bytes) -> None:
        name = names.get(id(self))
        if name is None:
            names.update({id(one): key for key, one in bank.wiring._at_logs._logs.items()})
            name = names[id(self)]
        bank.spoken[name].append((sender, data))
        recorded(self, sender, data)

    AtLog.note_bytes = note_bytes  # type: ignore[method-assign]
    try:
        bank.wiring = Wiring(config, reread=lambda: config, environment={})
        async with bank.wiring.service() as bank.service:
            await bank.service.start()
            watching = asyncio.create_task(bank.watch())
            try:
                async with asyncio.timeout(60):
                    while bank.live != set(modules):
                        await asyncio.sleep(0.02)
                yield bank
            finally:
                watching.cancel()
                await bank.service.stop()
    finally:
        AtLog.note_bytes = recorded  # type: ignore[method-assign]
        for module in modules.values():
            module.close()
        for text in client_texts(bank):
            client_sends(text)


def client_texts(bank: SharedBank) -> list[str]:
    """Return what clients sent, cut as the wire log's judge cuts it; one that we had to end has our ESC."""
    texts = []
    for name in bank.modules:
        stream, begun = bytearray(), False
        for sender, data in bank.spoken[name]:
            if sender is Sender.CLIENT:
                stream += data
                begun = not data.endswith((b"\r", b"\x1a", b"\x1b"))
            elif sender is Sender.AGENT and begun:
                stream += data
                begun = False
        texts += [
            text.decode("latin-1")
            for text in re.findall(rb"[^\r\x1a\x1b]*(?:[\r\x1a\x1b]|$)", bytes(stream))
            if text
        ]
    return texts


@dataclass(frozen=True)
class Ran:
    """What a program did: its exit code, and all that it printed."""

    code: int
    text: str


async def run(*command: str, within: float = 60.0, text: bytes | None = None, **environment: str) -> Ran:
    """Run a program to its end, or end it with SIGINT after a time."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | environment,
    )
    talking = asyncio.create_task(process.communicate(text))
    try:
        async with asyncio.timeout(within):
            out, _ = await asyncio.shield(talking)
    except TimeoutError:
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(60):
                out, _ = await asyncio.shield(talking)
        except TimeoutError:
            process.kill()
            out, _ = await talking
    return Ran(process.returncode or 0, out.decode("utf-8", "replace"))
