"""`simulate`: a bank on pseudo-terminals and the sandbox, for use with any tool.

Responsible for showing where they are and for taking the simulator's commands from the keyboard. Must not know what
the commands do.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

from rich.table import Table

from agent.commands.streams import print_data
from agent.commands.table import console
from agent.onlinesim.sandbox import Sandbox
from agent.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from drivers.ports import Port


async def simulate(arguments: Sequence[str], *, modules: int, as_json: bool) -> None:
    """Show the ports, then obey the keyboard until it ends, or for ever where there is none."""
    simulation, sandbox = Simulation(), Sandbox(modules=modules)
    out = console()
    await simulation.start(arguments)
    try:
        url = await sandbox.serve()
        _show(out, simulation.ports, url, as_json=as_json)
        simulation.on_change = lambda: _show(out, simulation.ports, url, as_json=as_json)
        await _obey(simulation, out)
    finally:
        await sandbox.close()
        await simulation.stop()


def _show(out: Console, ports: Sequence[Port], url: str, *, as_json: bool) -> None:
    if as_json:
        listed = [{"path": port.path, "usb": port.usb.place if port.usb else None} for port in ports]
        print_data(json.dumps({"server": url, "ports": listed}) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("port", "USB place"):
        table.add_column(name)
    for port in ports:
        table.add_row(port.path, port.usb.place if port.usb else "")
    out.print(table)
    out.print(f"\nsandbox of Onlinesim: {url}")
    out.print("point gammu, minicom or config.yaml at a port; type `help` for what can be done to the bank")


async def _obey(simulation: Simulation, out: Console) -> None:
    reader = asyncio.StreamReader()
    try:
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
    except (ValueError, OSError):
        await asyncio.Event().wait()  # no keyboard: until a signal
    while line := await reader.readline():
        text = line.decode("utf-8", "replace").strip()
        if text in {"quit", "exit"}:
            return
        if text:
            answer = await simulation.command(text)
            out.print_json(json.dumps({key: value for key, value in answer.items() if key != "ports"}))
