"""A bank that tests can rearrange, in the place of the status server's view: groups of 16 modules, some in trouble."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.bank.at_log import Answer, TraceLine
from agent.decision.last_sims import LastSim
from agent.decision.verdict import Reason
from agent.language import Bilingual
from agent.onlinesim.report import ReportOutcome
from agent.status.alerts_row import AlertsRow
from agent.status.fleet_texts import banners
from agent.status.past_json import Past
from agent.status.past_routes import PastRoutes
from agent.status.rows import verdict_text, was_row
from agent.status.server import StatusServer
from agent.status.snapshot import (
    AgentFacts,
    ModuleDetails,
    ModuleRow,
    OnlinesimRow,
    ReportRow,
    Snapshot,
    VerdictChange,
)
from agent.store.history import History
from drivers.observation import Registration

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Sequence

    from agent.fleet.state import FleetState
    from agent.status.health import Progress
    from agent.store.history import Minute

NOW = 10_000.0
WALL = 1_795_464_000.0
OPERATORS = ("Telia", "Tele2", "Telenor", "Tre")


WITHOUT_SIM = {
    "iccid": None, "imsi": None, "number": None, "operator": None,
    "signal_dbm": None, "registration": None, "source": None,
}  # fmt: skip
"""The row of a module that holds none."""


def sentence(reason: str, detail: str = "") -> Bilingual:
    return verdict_text(Reason(reason), detail)


def row(n: int, reason: str = "live", **changes: object) -> ModuleRow:
    """The n-th module of the bank."""
    module = ModuleRow(
        name=f"Port{n}",
        reason=reason,
        text=sentence(reason),
        live=reason == "live",
        ports=(f"/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.{(n - 1) // 16 + 1}:1.{(n - 1) % 16}",),
        imei=f"86756402{n:06d}7",
        model="EC25",
        iccid=f"8946120000{n:09d}",
        imsi=f"24008{n:010d}",
        number=f"+4670174{n:04d}",
        operator=OPERATORS[n % 4],
        registration=Registration.HOME,
        signal_dbm=-63 - (n * 7) % 46,
        seen_at=NOW - n % 9,
        group=f"USB 1-1.{(n - 1) // 16 + 1}",
        driver="quectel",
        since_at=NOW - 3600 - 60 * n,
        source="cnum",
    )
    return dataclasses.replace(module, **changes)


def asked(status: str = "working", **changes: object) -> OnlinesimRow:
    """What Onlinesim says of a number."""
    said = OnlinesimRow(status=status, failed=0, banned=False, rent=True, income=76.25, checked_at=NOW - 600)
    return dataclasses.replace(said, **changes)


class ShownBank:
    """A view for the status server, every part of which a test may replace."""

    def __init__(self, count: int = 8, cap: int | None = None) -> None:
        self.now = NOW
        self.wall = WALL
        self.rows = [row(n) for n in range(1, count + 1)]
        self.cap = count if cap is None else cap
        self.agent = AgentFacts(version="1.2.3", started_at=NOW - 86_400 * 3, sandbox=False)
        self.reports: tuple[ReportRow, ...] = (self.report(age=83.0),)
        self.accepted_at: float | None = NOW - 83.0
        self.heartbeat_at: float | None = NOW + 157.0
        self.missed_windows = 0
        self.alerts = AlertsRow()
        self.notices: tuple[Bilingual, ...] = ()
        self.fleet: FleetState | None = None
        self.more = ModuleDetails()
        self.day = History()
        self.store: Path | None = None
        """What was."""
        self.earlier: tuple[ReportRow, ...] = ()
        self.moved = {"supervisor": (NOW, 30.0), "reporter": (NOW, 30.0)}
        self.taken = 0
        self.open_traces = 0
        self.trace_lines: asyncio.Queue[TraceLine] = asyncio.Queue()

    def clock(self) -> float:
        """Return the agent's time, which stands still until a test moves it."""
        return self.now

    def wall_clock(self) -> float:
        """Return the UNIX time."""
        return self.wall

    def set(self, name: str, reason: str, detail: str = "", **changes: object) -> None:
        """Give a module another verdict, from now."""
        index = next(i for i, module in enumerate(self.rows) if module.name == name)
        news = {
            "reason": reason,
            "text": sentence(reason, detail),
            "live": reason == "live",
            "since_at": self.now,
        }
        self.rows[index] = dataclasses.replace(self.rows[index], **(news | changes))

    def report(self, *, age: float, outcome: str = "accepted", said: str = "", numbers: int = 8) -> ReportRow:
        """Make a request that ended `age` seconds ago."""
        return ReportRow(
            at=self.wall - age,
            done_at=self.now - age,
            outcome=ReportOutcome(outcome),
            numbers=numbers,
            message=Bilingual(said, said),
            status=200,
            took_s=0.214,
        )

    def looked_at(self) -> Snapshot:
        """The same for somebody who looks on."""
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """Show all of it."""
        self.taken += 1
        return Snapshot(
            at=self.clock(),
            cap=self.cap,
            modules=tuple(self.rows),
            agent=self.agent,
            reports=self.reports,
            earlier=self.earlier,
            accepted_at=self.accepted_at,
            heartbeat_at=self.heartbeat_at,
            missed_windows=self.missed_windows,
            notices=self.notices,
            alerts=self.alerts,
            fleet=self.fleet,
            fleet_banners=tuple(banners(self.fleet)) if self.fleet is not None else (),
        )

    def history(self) -> Sequence[Minute]:
        """Show the last 24 hours."""
        return self.day.minutes(self.wall)

    def details(self, name: str) -> ModuleDetails | None:
        """Show the same details for every module."""
        return self.more if any(module.name == name for module in self.rows) else None

    def payload(self) -> bytes:
        """Show something of the shape of a report."""
        return json.dumps({"numbers": [{"number": r.number} for r in self.rows if r.live]}).encode()

    def trace(self, ports: Collection[str]) -> AsyncGenerator[TraceLine, None] | None:
        """Hand out what a test puts into `trace_lines`."""
        known = {module.name for module in self.rows} | {
            path for module in self.rows for path in module.ports
        }
        return self._dialogue() if known.issuperset(ports) else None

    async def _dialogue(self) -> AsyncGenerator[TraceLine, None]:
        self.open_traces += 1
        try:
            while True:
                yield await self.trace_lines.get()
        finally:
            self.open_traces -= 1

    def progress(self) -> Progress:
        """Show `moved`."""
        return self.moved


def troubled_bank(count: int) -> ShownBank:
    """A bank on an ordinary day: most of it works, each kind of trouble is there somewhere."""
    bank = ShownBank(count)
    troubles = (
        (
            5,
            "no_sim",
            1900.0,
            WITHOUT_SIM | {"was": was_row(LastSim("8946120000000000005", "+46701740005", NOW - 1900), None)},
        ),
        (11, "settling", 6.0, {}),
        (22, "silent", 754.0, {"signal_dbm": None}),
        (27, "searching", 41.0, {"operator": None}),
        (38, "number_unknown", 90_000.0, {"number": None}),
        (43, "settling", 3.0, {}),
        (52, "port_busy", 312.0, {"signal_dbm": None, "operator": None}),
        (60, "disabled", 400_000.0, {}),
    )
    for n, reason, age, changes in troubles:
        if n <= count:
            bank.set(f"Port{n}", reason, since_at=NOW - age, **changes)
    bank.more = ModuleDetails(
        answers=(
            Answer(at=NOW - 4, command="AT+CPIN?", lines=("+CPIN: READY", "OK"), took_s=0.012),
            Answer(at=NOW - 4, command="AT+CCID", lines=("+CCID: 8946120000000000005", "OK"), took_s=0.021),
            Answer(
                at=NOW - 4, command="AT+CREG?", lines=('+CREG: 2,1,"1A2B","01C3D4E5",7', "OK"), took_s=0.009
            ),
            Answer(at=NOW - 3, command="AT+CSQ", lines=("+CSQ: 21,99", "OK"), took_s=0.008),
        ),
        verdicts=(
            VerdictChange(at=WALL - 1900, reason="no_sim", text=sentence("no_sim")),
            VerdictChange(at=WALL - 9400, reason="live", text=sentence("live"), number="+46701740005"),
            VerdictChange(
                at=WALL - 9410, reason="settling", text=sentence("settling"), number="+46701740005"
            ),
        ),
    )
    live = sum(module.live for module in bank.rows)
    for minute in range(24 * 60):
        at = WALL - 60 * (24 * 60 - 1 - minute)
        dip = count // 4 if 400 < minute < 431 else 0
        bank.day.record(at, live - dip - (minute // 50) % 3, count)
        if minute % 4 == 0:
            bank.day.report(at, ReportOutcome.REFUSED if minute in {900, 904} else ReportOutcome.ACCEPTED)
        if minute in range(408, 414):
            bank.day.report(at, ReportOutcome.FAILED)
    bank.reports = (
        bank.report(age=83.0, numbers=live),
        bank.report(age=323.0, numbers=live - 1),
        bank.report(age=540.0, numbers=live - 1),
        bank.report(age=779.0, outcome="failed", said="no answer within 15 s", numbers=live),
        bank.report(age=795.0, numbers=live),
        bank.report(age=1034.0, numbers=live),
    )
    return bank


def serve(
    bank: ShownBank,
    token: str | None = None,
    *,
    listen: str = "127.0.0.1:0",
    metrics: bytes = b"simbank_live 8\n",
    **more: Any,
) -> StatusServer:
    """Return a status server over the bank, on any free port; `more` as it takes it."""
    past = PastRoutes(Past(path=bank.store, running=True, wall=bank.wall_clock), lambda _: None, bank.history)
    given = {"clock": bank.clock, "past": past} | more
    return StatusServer(bank, lambda: metrics, listen=listen, token=token, **given)
