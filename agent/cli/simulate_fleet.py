"""`simulate --hosts`: a fleet on this machine, with a Redis and the sandbox, to watch a takeover without hardware."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from agent.cli.bank_answer import for_people
from agent.cli.client import RunningAgent
from agent.cli.exit import Exit, fail
from agent.cli.fleet_table import fleet_view, numbers_in_list, who_speaks
from agent.cli.simulate import typed
from agent.cli.table import console
from agent.config import Status
from agent.language import N_, _, current_language
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulatedBank

_FIRST_PAGE: Final = 8341
_LOOK_EVERY: Final = 1.0
_END_WITHIN: Final = 10.0
_KEY: Final = "simulated"
_HELP: Final = N_(
    """\
hosts                   the fleet as a host sees it
kill HOST               end its agent as a power cut does
stop HOST, start HOST   end its agent in order, start it again
pause HOST, resume HOST let it sleep, wake it
engine kill             end Redis with all that is in it; engine start brings it back empty
quit                    end all of it
Every other line is for the simulated banks: `bank help` lists what can be done to them."""
)


@dataclass(slots=True)
class _Program:
    """A process that is started and ended again."""

    name: str
    command: Sequence[str]
    log: Path
    _process: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        if self.runs:
            return
        # Ctrl-C is for us; and no child outlives us, however we end.
        tied = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tied,
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def tell(self, number: signal.Signals) -> None:
        if self._process is not None and self.runs:
            self._process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        await self.tell(number)
        await self.tell(signal.SIGCONT)
        try:
            async with asyncio.timeout(_END_WITHIN):
                await self._process.wait()
        except TimeoutError:
            await self.tell(signal.SIGKILL)


@dataclass(slots=True)
class _SimulatedFleet:
    """All parts of it."""

    out: Console
    engine: _Program
    hosts: dict[str, _Program] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    async def newest(self) -> Mapping[str, Any] | None:
        """Return the fleet as the first host sees it that answers and is part of it."""
        seen: Mapping[str, Any] | None = None
        for host, page in self.pages.items():
            if not self.hosts[host].runs:
                continue
            status = await RunningAgent(Status(listen=page), language=current_language()).status()
            fleet = status["fleet"] if status else None
            if fleet and fleet["state"] == "leader":
                return dict(fleet)
            seen = fleet or seen
        return seen

    async def follow(self) -> None:
        """Print who speaks and how many numbers are in the list, whenever that changes."""
        before = ""
        while True:
            fleet = await self.newest()
            now = _said(fleet)
            if now != before:
                self.out.print(now)
                self.out.file.flush()  # somebody may follow a pipe
            before = now
            await asyncio.sleep(_LOOK_EVERY)

    async def command(self, line: str) -> bool:
        """Carry out a command; return False for one that is not ours."""
        word, what = line.partition(" ")[::2]
        host = self.hosts.get(what.strip())
        acts: dict[str, Callable[[_Program], Awaitable[None]]] = {
            "kill": lambda one: one.end(signal.SIGKILL),
            "stop": lambda one: one.end(),
            "start": _Program.start,
            "pause": lambda one: one.tell(signal.SIGSTOP),
            "resume": lambda one: one.tell(signal.SIGCONT),
        }
        if word == "help":
            self.out.print(_(_HELP))
        elif word == "hosts":
            fleet = await self.newest()
            self.out.print(fleet_view(fleet) if fleet else _("no host answers"))
        elif line in {"engine kill", "engine start"}:
            await acts[what.strip()](self.engine)
        elif host is not None and word in acts:
            await acts[word](host)
        elif word in acts:
            names = ", ".join(self.hosts)
            text = (
                _("there is no {host}; hosts are {names}") if what else _("no such host; hosts are {names}")
            )
            self.out.print(text.format(host=what, names=names))
        else:
            return False
        return True


async def simulate_fleet(arguments: Sequence[str], *, hosts: int, modules: int) -> None:
    """Run a fleet of so many hosts with so many modules each until the keyboard ends it."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        fail(Exit.PROBLEM, _("simulate --hosts needs a Redis: sudo apt-get install redis-server"))
    out = console()
    async with contextlib.AsyncExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="simbank-fleet-")))
        bank, links = SimulatedBank(), folder / "ports"
        await bank.start([*arguments, "--links", str(links)])
        ends.push_async_callback(bank.stop)
        sandbox = await ends.enter_async_context(Sandbox(modules=hosts * modules, key=_KEY).serving())
        fleet = _make(out, program, folder, links, sandbox, hosts=hosts, modules=modules)
        ends.push_async_callback(_end_all, fleet)
        _show(out, fleet, sandbox, folder)
        for one in (fleet.engine, *fleet.hosts.values()):
            await one.start()
        following = asyncio.ensure_future(fleet.follow())
        ends.callback(following.cancel)
        await _run_commands(fleet, bank, out)


def _make(
    out: Console, program: str, folder: Path, links: Path, sandbox: str, *, hosts: int, modules: int
) -> _SimulatedFleet:
    port = _free_port(0)
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    engine = _Program("engine", [program, *options, "--dir", str(folder)], folder / "redis.log")
    fleet = _SimulatedFleet(out, engine)
    for index in range(hosts):
        host = f"bank-{index + 1}"
        home = folder / host
        home.mkdir()
        page = f"127.0.0.1:{_free_port(_FIRST_PAGE + index)}"
        first = index * modules + 1
        ports = [
            {"path": str(links / f"Port{number}"), "name": f"Port{number}"}
            for number in range(first, first + modules)
        ]
        config = {
            "onlinesim": {"server": sandbox, "api_key": _KEY},
            "bank": {"modules": modules, "settle": "3s"},
            "ports": ports,
            "status": {"listen": page},
            "store": str(home / "simbank.db"),
            "fleet": {"redis": f"redis://127.0.0.1:{port}", "host": host, "lease": "15s"},
        }
        (home / "config.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
        run = [sys.executable, "-m", "agent", "run", "--config", str(home / "config.yaml")]
        fleet.hosts[host] = _Program(host, run, home / "agent.log")
        fleet.pages[host] = page
    return fleet


def _show(out: Console, fleet: _SimulatedFleet, sandbox: str, folder: Path) -> None:
    for host, page in fleet.pages.items():
        out.print(f"{host}: http://{page}/")
    text = _("sandbox of Onlinesim: {url}; configuration and logs: {folder}")
    out.print("\n" + text.format(url=sandbox, folder=folder))
    out.print(_("nothing is sold. Type `kill bank-1` to watch a takeover, `help` for more"))
    out.file.flush()


def _said(fleet: Mapping[str, Any] | None) -> str:
    if fleet is None:
        return _("no host answers yet")
    who = who_speaks(fleet)
    if fleet["leading"] == "gathering":
        who = _("{who}, and waits for all living hosts").format(who=who)
    if fleet["numbers"] is None:
        return who
    silent = [host["name"] for host in fleet["hosts"] if host["state"] == "silent"]
    without = _(", without {hosts}").format(hosts=", ".join(silent)) if silent else ""
    return f"{who}: {numbers_in_list(fleet)}{without}"


async def _run_commands(fleet: _SimulatedFleet, bank: SimulatedBank, out: Console) -> None:
    async for line in typed():
        if line in {"quit", "exit"}:
            return
        if not await fleet.command(line):
            answer = await bank.command(line.removeprefix("bank "))
            out.print_json(json.dumps(for_people(answer)))


async def _end_all(fleet: _SimulatedFleet) -> None:
    await asyncio.gather(*(host.end() for host in fleet.hosts.values()))
    await fleet.engine.end()


def _free_port(wanted: int) -> int:
    """Return the port if nobody has it, else one that nobody has."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", wanted))
        except OSError:
            return _free_port(0)
        return int(one.getsockname()[1])
