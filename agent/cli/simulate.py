"""`simulate`: a bank on pseudo-terminals and the sandbox, for use with any tool; commands come from the keyboard."""

from __future__ import annotations

import asyncio
import json
import math
import os
import stat
from collections.abc import AsyncIterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from agent.cli.bank_answer import for_people
from agent.cli.process import print_data
from agent.cli.table import console
from agent.formats.near_miss import near_miss
from agent.language import N_, _, ngettext
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulatedBank
from drivers.offload import offload
from drivers.ports import Port
from drivers.simulator.personality import names

_KEYBOARD: Final = 0
"""stdin, read by its descriptor: a read that never returns would lock the buffered one."""


def unknown_in_mix(mix: str) -> str:
    """Name the first unknown personality, and those that exist; empty where all are known."""
    known = names()
    for name in [] if mix == "all" else [one.strip() for one in mix.split(",")]:
        if name not in known:
            wrong = _('there is no "{name}"').format(name=name) if name else _("a name is missing")
            meant = near_miss(name, known)
            there = _("There are {names}; or all.").format(names=", ".join(known))
            return f"{wrong}{'; ' + meant if meant else '.'} {there}"
    return ""


def too_few_slots(modules: int) -> str:
    """Say how many slots that many modules need."""
    text = ngettext(
        "--slots: {n} module needs at least {n} slot",
        "--slots: {n} modules need at least {n} slots",
        modules,
    )
    return text.format(n=modules)


async def simulate(arguments: Sequence[str], *, modules: int, as_json: bool) -> None:
    """Show the ports, then run commands from the keyboard until it ends, or for ever where there is none."""
    simulation, sandbox = SimulatedBank(), Sandbox(modules=modules)
    out = console()
    await simulation.start(arguments)
    try:
        url = await sandbox.serve()
        _show(out, simulation.ports, url, as_json=as_json)
        simulation.on_change = lambda: _show(out, simulation.ports, url, as_json=as_json)
        await _run_commands(simulation, out)
    finally:
        await sandbox.close()
        await simulation.stop()


def _show(out: Console, ports: Sequence[Port], url: str, *, as_json: bool) -> None:
    if as_json:
        listed = [{"path": port.path, "usb": port.usb.place if port.usb else None} for port in ports]
        print_data(json.dumps({"server": url, "ports": listed}) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (N_("port"), N_("USB place")):
        table.add_column(_(name))
    for port in ports:
        table.add_row(port.path, port.usb.place if port.usb else "")
    out.print(table)
    out.print("\n" + _("sandbox of Onlinesim: {url}").format(url=url))
    out.print(
        _("point gammu, minicom or config.yaml at a port; type `help` for what can be done to the bank")
    )


async def _run_commands(simulation: SimulatedBank, out: Console) -> None:
    async for text in typed():
        if text in {"quit", "exit"}:
            return
        answer = await simulation.command(text)
        out.print_json(json.dumps(for_people(answer)))


async def typed() -> AsyncIterator[str]:
    """Yield what is typed, until whoever types ends it. A file, or /dev/null, is read to its end; then for ever."""
    begun, ended = b"", False
    while not ended:
        data = await offload(_read, name="keyboard", timeout=math.inf)
        ended = not data
        *lines, begun = (begun + (data or b"\n")).split(b"\n")
        for line in lines:
            if text := line.decode("utf-8", "replace").strip():
                yield text
    if not _somebody_types():
        await asyncio.Event().wait()


def _read() -> bytes:
    try:
        return os.read(_KEYBOARD, 65536)
    except OSError:  # the terminal is gone
        return b""


def _somebody_types() -> bool:
    mode = os.fstat(_KEYBOARD).st_mode
    return os.isatty(_KEYBOARD) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
