"""One module that means no good beside 64 honest ones: floods of every kind, and other modules' cards."""

from __future__ import annotations

import asyncio
import itertools
import os
import select
import time
import tty
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from attack import Attack, Figure, in_another_process
from real_processes import boottime
from target import Target

UNBOUNDED = 1e12
"""Bytes a second."""
CPU_OF_A_CORE = 25.0
STEADY_AFTER = 20.0
"""Seconds after which a module that contests the cards of others is found out."""
WATCHED = 15.0

FLOODS = {
    "rdy": b"RDY\r\n",
    "powered-down": b"POWERED DOWN\r\n",
    "call-ready": b"Call Ready\r\n",
    "no-card": b"+CPIN: NOT INSERTED\r\n",
    "registration": b'+CREG: 1,"1422","00000142",7\r\n',
    "message": b'+CMT: "+46701740000",,"26/11/30,12:00:00+04"\r\nOK\r\n',
    "every-kind": b"RDY\r\n+CPIN: NOT INSERTED\r\n+CREG: 0\r\nCall Ready\r\n+CPIN: READY\r\nPB DONE\r\n",
    "prompt": b"> ",
    "garbage": bytes(range(128, 256)) + b"\r\n",
    "nul": bytes(4096),
    "line-without-end": b"A" * 4096,
    "empty-lines": b"\r\n" * 2048,
}
"""What is sent without end."""


class Wire:
    """A pseudo-terminal that the agent finds among its ports, and a module behind it that answers."""

    def __init__(self, links: str) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        link = Path(links, "zz-attacker")
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        self.iccid, self.imsi = "8946120000077000012", "240120000077001"
        self._asked = b""

    def write(self, data: bytes, within: float) -> int:
        """Write what fits; wait for room `within` seconds at most."""
        select.select([self.master], [self.master], [], within)
        try:
            return os.write(self.master, data)
        except BlockingIOError:
            return 0

    def work(self) -> bool:
        """Answer what was asked; whether anything was."""
        try:
            self._asked += os.read(self.master, 4096)
        except BlockingIOError:
            return False
        *commands, self._asked = self._asked.split(b"\r")
        for command in commands:
            answer = "".join(
                map(self._answer, command.decode("latin-1").strip().removeprefix("AT").split(";"))
            )
            self.write(f"{answer}\r\nOK\r\n".encode(), 0.1)
        return bool(commands)

    def _answer(self, question: str) -> str:
        answers = {
            "I": "Quectel\r\nEC25\r\nRevision: EC25EFAR06A01M4G",
            "+CGSN": "861234000000079",
            "+CPIN?": "+CPIN: READY",
            "+QCCID": f"+QCCID: {self.iccid}",
            "+CCID": f"+CCID: {self.iccid}",
            "+CIMI": self.imsi,
            "+CREG?": "+CREG: 2,1",
            "+CEREG?": "+CEREG: 2,1",
            "+CSQ": "+CSQ: 20,99",
        }
        return f"\r\n{answers[question]}\r\n" if question in answers else ""


def flood(links: str, what: bytes, rate: float) -> None:
    """Send `what` without end, `rate` bytes a second, and answer between."""
    wire, sent, began = Wire(links), 0, time.monotonic()
    chunk = what * max(1, 512 // len(what))
    while True:
        wire.work()
        ahead = sent / rate - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(min(ahead, 0.01))  # not faster than the rate, and not deaf to questions meanwhile
            continue
        sent += wire.write(chunk, 0.05)


def lie(links: str, iccids: Sequence[str], every: float) -> None:
    """Tell the next of these cards `every` seconds, each in turn and for ever."""
    wire, cards, until = Wire(links), itertools.cycle(iccids), 0.0
    while True:
        if time.monotonic() >= until:
            wire.iccid, until = next(cards), time.monotonic() + every
            wire.imsi = "24012" + wire.iccid[-10:]
        if not wire.work():
            time.sleep(0.005)


async def _flooded(target: Target) -> Sequence[Figure]:
    """Every kind of flood in turn, at the full speed of a pseudo-terminal; the worst of each figure."""
    memory, log = target.agent.footprint().memory, len(target.agent.log_path.read_bytes())
    idle = await _load(target, 3.0)
    slowest, most, removals, loads = "", "", 0.0, 0.0
    for kind, what in FLOODS.items():
        async with in_another_process(flood, str(target.simulator.links), what, UNBOUNDED):
            await asyncio.sleep(1.5)
            load = max(0.0, await _load(target, 3.0) - idle)
            removal = (await target.removals(1)).value
        if removal > removals:
            slowest, removals = kind, removal
        if load > loads:
            most, loads = kind, load
    grown = target.agent.footprint().memory - memory
    said = len(target.agent.log_path.read_bytes()) - log
    return [
        Figure(f"slowest removal ({slowest})", removals, 0.5),
        Figure(f"CPU for it ({most})", loads * 100, CPU_OF_A_CORE, "% of a core"),
        Figure("memory grows by", grown / 1e6, 40.0, "MB"),
        Figure("the log grows by", said / 1e3, 40.0, "kB"),
    ]


async def _load(target: Target, seconds: float) -> float:
    began, cpu = time.monotonic(), target.cpu()
    await asyncio.sleep(seconds)
    return (target.cpu() - cpu) / (time.monotonic() - began)


async def _contested(every: float, target: Target) -> Sequence[Figure]:
    """All honest modules are live although one tells their cards in turn."""
    rows = (await target.status())["modules"]
    iccids = [row["iccid"] for row in rows if row["live"]]
    async with in_another_process(lie, str(target.simulator.links), iccids, every):
        await asyncio.sleep(STEADY_AFTER + 8 * every)
        before = boottime()
        await asyncio.sleep(WATCHED)
        later = [one for one in target.market.arrivals if one.at > before]
        least = min([len(one.numbers) for one in later], default=len(target.market.arrivals[-1].numbers))
    return [
        Figure("honest modules that are out", target.modules - least, 0, "modules"),
        Figure("reports", len(later), 3, "reports"),
    ]


ATTACKS = (
    Attack(name="floods of one module", run=_flooded),
    *(
        Attack(name=f"contest, another card each {s:g} s", waits=True, run=partial(_contested, s))
        for s in (0.05, 5.0)
    ),
)
