"""`scan` and `payload`: how the modules are now, from the running agent or by asking every port once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from agent.app.entries import Entries
from agent.bank.survey import Progress, Survey
from agent.cli.atomic_write import read_bytes, replace_bytes
from agent.cli.client import RunningAgent
from agent.cli.fleet_table import whose_list
from agent.cli.survey import survey_of
from agent.config import Config, NewPort, PathKind, add_ports
from agent.language import _, ngettext
from agent.onlinesim.messages import SendNumbersOnline
from agent.status.encode import encode
from agent.status.rows import module_row, row_facts
from drivers.ports import Port, ports_for, usb_serial_ports

REPORTED_FOR: Final = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The modules as /api/v1/status has them, the cap, and the body that would be sent."""

    modules: list[dict[str, Any]]
    cap: int
    payload: bytes
    reported: frozenset[str] = frozenset()
    """The numbers that a running agent has reported for a while."""
    whose: str = ""
    """Whose numbers `payload` holds; "" for a host alone."""
    fleet: Mapping[str, Any] | None = None
    """As in /api/v1/status; None where no agent answered."""


async def ask_agent(config: Config, language: str = "en") -> Scan | None:
    """Ask the running agent; None where none answers."""
    running = RunningAgent(config.status, config.store_file, language)
    status = await running.status()
    if status is None:
        return None
    payload = await running.get("/api/v1/payload")
    fleet = status.get("fleet")
    return Scan(
        status["modules"], int(status["cap"]), payload or b"", _reported(status), whose_list(fleet), fleet
    )


def _reported(status: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers that Onlinesim has had for longer than it needs to take a number in."""
    if status.get("accepted_s") is None or status["agent"]["test"]:
        return frozenset()
    rows = [row for row in status["modules"] if row["live"] and (row["since_s"] or 0.0) >= REPORTED_FOR]
    return frozenset(str(row["number"]) for row in rows)


async def scan(config: Config, progress: Progress, language: str = "en") -> Scan:
    """Ask the running agent, or every port; verdicts are in `language`. Raises as `survey_of` and `ask_modules` do."""
    asked = await ask_agent(config, language)
    if asked is not None:
        return asked
    async with survey_of(config) as survey:
        return await ask_modules(survey, config, progress, language)


async def ask_modules(survey: Survey, config: Config, progress: Progress, language: str = "en") -> Scan:
    """Ask every module once. Raises NameClash, OSError."""
    await survey.ask_all(progress)
    bank = survey.bank
    members = sorted(bank.members.values(), key=lambda member: member.place.order)
    rows = [
        encode(module_row(row_facts(member, bank.decision, labels=config.labels)), survey.clock(), language)
        for member in members
    ]
    numbers = tuple(Entries(bank, survey.store).last())
    whose = ""
    if config.fleet is not None:
        numbers = tuple(replace(one, port_id=f"{config.fleet.host}/{one.port_id}") for one in numbers)
        why = _("no agent runs here that knows the fleet")
        whose = _("the part of {host} alone: {why}").format(host=config.fleet.host, why=why)
    body = SendNumbersOnline(numbers=numbers, test=config.onlinesim.test).body
    return Scan(rows, config.bank.modules, body, whose=whose)


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
        return _("{file}: no new USB serial port; nothing was written").format(file=path)
    text = read_bytes(path).decode()  # with its own ends of lines
    changed = add_ports(text, new, file=str(path))
    if changed == text:
        return _("{file}: every port has its rule already; nothing was written").format(file=path)
    replace_bytes(path, changed.encode())
    return ngettext("{file}: {n} port added", "{file}: {n} ports added", len(new)).format(
        file=path, n=len(new)
    )


def _comment(port: Port) -> str:
    usb = port.usb
    return " ".join(filter(None, (usb.product, f"{usb.vid}:{usb.pid}"))) if usb is not None else ""
