"""`scan` and `payload`: how the modules are now, from the running agent or by asking every port once.

Responsible for one look at the whole bank: a short-lived bank with the running agent's own parts, which ends when
each module has said its word. Must not know how a table looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from agent.app.wiring import Wiring
from agent.bank.bank import Bank, Pace
from agent.cli.atomic_write import replace_text
from agent.cli.client import RunningAgent
from agent.config import Config, NewPort, PathKind, add_ports
from agent.status.encode import encode
from agent.status.view import module_row
from drivers.ports.discovery import ports_for, usb_serial_ports
from drivers.ports.ports import Port

LONGEST_SCAN: Final = 30.0
"""Seconds; a module that is silent until then is shown as it is: one that starts up takes 40.

Source: docs/at-field-guide.md §1.3.
"""
SECOND_LOOK: Final = 0.1
"""Seconds between the two looks that a verdict takes."""

Progress = Callable[[int, int], None]
"""Modules that have said their word, and modules there are."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The modules as /api/v1/status has them, the cap, and the body that would be sent."""

    modules: list[dict[str, Any]]
    cap: int
    payload: bytes


async def scan(config: Config, wiring: Wiring, progress: Progress) -> Scan:
    """Ask the running agent, or every port."""
    async with RunningAgent(config.status, config.store_file) as running:
        status = await running.status()
        if status is not None:
            payload = await running.get("/api/v1/payload")
            return Scan(status["modules"], int(status["cap"]), payload or b"")
    return await survey(wiring, progress)


async def survey(wiring: Wiring, progress: Progress) -> Scan:
    """Ask every port. Raises as `Wiring.service` does."""
    async with surveyed(wiring, progress) as (service, bank):
        now = service.clock()
        members = sorted(bank.members.values(), key=lambda member: member.place.order)
        rows = [encode(module_row(member, bank.decision), now) for member in members]
        return Scan(rows, bank.policy.cap, service.view.payload())


@asynccontextmanager
async def surveyed(wiring: Wiring, progress: Progress) -> AsyncIterator[tuple[Any, Bank]]:
    """Yield the parts of an agent whose bank has looked at every module; nothing is reported."""
    async with wiring.service(offer_shared_ports=False) as service:
        bank = service.bank
        bank.policy = replace(bank.policy, settle=0.0)
        bank.pace = Pace(poll=bank.pace.poll, settling=SECOND_LOOK)
        watching = asyncio.create_task(bank.run())
        try:
            await _until_probed(bank, watching, progress)
            service.note_members()  # a name made of {imei} could not be given before
            bank.ports_changed()
            await _until_probed(bank, watching, progress, since=bank.beat)
            yield service, bank
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _until_probed(
    bank: Bank, watching: asyncio.Task[None], progress: Progress, *, since: float = 0.0
) -> None:
    """Wait until the ports were looked at after `since`, and each module has said its word."""
    end = asyncio.get_running_loop().time() + LONGEST_SCAN
    while asyncio.get_running_loop().time() < end:
        if watching.done():
            await watching
        total = len(bank.members)
        done = sum(not bank.waits_for(name) for name in bank.members)
        progress(done, total)
        if bank.knows_ports and bank.beat > since and done == total:
            return
        await asyncio.sleep(0.05)


def write_ports(path: Path, config: Config) -> str:
    """Add a rule to config.yaml for each USB serial port that no rule of its own names; return what was done."""
    rules = [rule.path for rule in config.ports if rule.kind is PathKind.EXACT]
    named = {found.port.path for found in ports_for(rules)} if rules else set()
    new = [
        NewPort(path=port.stable_name, comment=_comment(port))
        for port in usb_serial_ports()
        if port.path not in named
    ]
    if not new:
        return f"{path}: no new USB serial port; nothing was written"
    text = path.read_bytes().decode()  # with its own ends of lines
    changed = add_ports(text, new, file=str(path))
    if changed == text:
        return f"{path}: every port has its rule already; nothing was written"
    replace_text(path, changed)
    return f"{path}: {len(new)} ports added"


def _comment(port: Port) -> str:
    usb = port.usb
    return " ".join(filter(None, (usb.product, f"{usb.vid}:{usb.pid}"))) if usb is not None else ""
