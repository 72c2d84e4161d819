"""All checks, in the order in which people fix things; each look at the machine has a timeout of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from agent.bank.port_source import PortSource
from agent.bank.roster import FoundPort
from agent.check import system
from agent.check.account import Ask
from agent.check.finding import Finding, good, problem, warning
from agent.check.fleet import FleetInput, check_fleet
from agent.check.host import Host
from agent.check.known_ports import absent_ports, is_asked, is_gone, known_ports
from agent.check.modules import check_labels, check_modules
from agent.check.numbers import check_numbers
from agent.check.permissions import Account
from agent.check.ports import PortFacts, check_ports
from agent.check.server import Send, check_rival, check_server, check_server_date
from agent.config import Config, ConfigError, PathKind, warnings
from agent.config.edit import secrets_of
from agent.config.locate import SYSTEM
from agent.language import _, current_language
from agent.language.system_words import system_words
from agent.numbers.sims_file import lines_of_sims, read_sims_file
from agent.onlinesim.messages import NumberEntry
from drivers.errors import PortUnavailable
from drivers.offload import offload
from drivers.wire import open_wire

T = TypeVar("T")

LOOK_WITHIN: Final = 10.0
"""Seconds for one look at the machine: a hung disk or driver must not block the other checks."""


async def try_open(address: str) -> PortUnavailable | None:
    """Open a port as the agent does, and close it; return the error, None where it worked."""
    try:
        wire = await open_wire(address)
    except PortUnavailable as why:
        return why
    await wire.close()
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """What to check.

    `config` is the configuration, or the error of reading `file`. `rows` are `modules` of /api/v1/status, from a
    running agent or a scan; `entries` the numbers that would be sent; `send` sends to the configured server (None:
    there is no way to it), `ask` asks it about a number. `clock_ahead`: as `OnlinesimClient` has it, after `send`.
    `reported`: the numbers that it has from a running agent. `account` is its name, as `OnlinesimClient` has it, and
    `rival` the process of another agent of this machine that reports to it: 0 for an unknown one, None for none.
    """

    config: Config | ConfigError
    file: Path
    rows: Sequence[Mapping[str, Any]] = ()
    entries: Sequence[NumberEntry] = ()
    send: Send | None = None
    ask: Ask | None = None
    clock_ahead: Callable[[], float | None] = lambda: None
    reported: Collection[str] = ()
    account: str = ""
    rival: int | None = None
    test2: bool = False
    fleet: FleetInput | None = None


async def run_checks(
    given: CheckInput,
    *,
    host: Host | None = None,
    find_ports: Callable[[Config], Awaitable[Sequence[FoundPort]]] | None = None,
    open_port: Callable[[str], Awaitable[PortUnavailable | None]] = try_open,
) -> list[Finding]:
    """Find everything that would stop a good run. Never raises for what is wrong with the machine."""
    host = host or Host()
    config = given.config if isinstance(given.config, Config) else None
    account = host.account(service=given.file.is_relative_to(SYSTEM.parent))
    checks = _Checks(given, host, account, open_port)
    found = [*(await (find_ports or _find_ports)(config))] if config is not None else []
    findings = [*checks.configuration(found)]
    findings += await checks.files(config)
    if config is not None:
        findings += await checks.ports(config, found)
    findings += await checks.other_programs(config, found)
    shared = (
        sum(any(config.ports[rule].share for rule in one.rules) for one in found) if config is not None else 0
    )
    findings += await checks.machine(config, max(len(found), len(given.rows)), shared)
    if config is not None:
        findings += await checks.modules(config)
        if given.fleet is not None:
            findings += await check_fleet(given.fleet)
        if given.send is not None:
            findings += await check_server(config.onlinesim, given.send, given.entries, test2=given.test2)
            findings += check_server_date(given.clock_ahead())
        findings += check_rival(given.rival)
    return findings


async def _find_ports(config: Config) -> Sequence[FoundPort]:
    return await PortSource(config.ports, None).list_ports()


@dataclass(frozen=True, slots=True)
class _Checks:
    """The checks of one run, and the account that the agent will run as."""

    given: CheckInput
    host: Host
    account: Account
    open_port: Callable[[str], Awaitable[PortUnavailable | None]]

    def configuration(self, found: Sequence[FoundPort]) -> Iterator[Finding]:
        """Mistakes and warnings of config.yaml."""
        config = self.given.config
        if isinstance(config, ConfigError):
            for wrong in config.problems:
                yield problem(
                    "config.yaml", str(replace(wrong, hint="")), wrong.hint or _("correct it there")
                )
            return
        matched = {
            rule.path: sum(index in one.rules for one in found) for index, rule in enumerate(config.ports)
        }
        seen = len(self.given.rows) if self.given.rows else None
        odd = warnings(config, modules_seen=seen, matched=matched)
        for one in odd:
            yield warning("config.yaml", str(replace(one, hint="")), one.hint)
        if not odd:
            yield good("config.yaml", _("{file} is valid").format(file=self.given.file))

    async def files(self, config: Config | None) -> list[Finding]:
        """Modes of the files with secrets or numbers, and the rows of sims_file."""
        findings = await self._look("files", lambda: list(self._private_files(config)))
        if config is not None:
            findings += await self._look("sims_file", lambda: list(_given_numbers(config)))
        return findings

    def _private_files(self, config: Config | None) -> Iterator[Finding]:
        files: dict[str, Path | None] = {"config.yaml": self.given.file}
        if config is not None:
            files |= {
                "api_key_file": config.onlinesim.api_key_file,
                "token_file": config.status.token_file,
                "urls_file": config.alerts.urls_file,
                "sims_file": config.sims_file,
            }
        for what, path in files.items():
            rights = self.host.rights(path) if path is not None else None
            if rights is None:
                continue
            finding = system.check_private_file(
                what,
                str(path),
                world_readable=rights.world_readable,
                secret=what in {"api_key_file", "token_file", "urls_file"}
                or (what == "config.yaml" and self._holds_secret(config)),
                personal=what == "sims_file" or (config is not None and bool(config.sims)),
            )
            if finding is not None:
                yield finding

    def _holds_secret(self, config: Config | None) -> bool:
        """Whether a key or token is in the file itself and not in an environment variable."""
        if config is None:
            return False
        secrets = [secret for key, secret in secrets_of(config) if key != "fleet.redis"]
        if config.fleet is not None:  # without a password its URL is no secret
            secrets.append(config.fleet.url.password or "")
        try:
            text = self.given.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        return any(secret and secret in text for secret in secrets)

    async def ports(self, config: Config, found: Sequence[FoundPort]) -> list[Finding]:
        """Every port that matches a rule, except those that are never opened."""
        mine = [one for one in found if is_asked(config, one)]
        if not mine and all(rule.kind is PathKind.SIMULATED for rule in config.ports):
            return [good("ports", _("all simulated"))]
        known = known_ports(self.given.rows)
        facts = []
        for one in mine:
            path = one.port.path
            on_network = "://" in path
            seen = PortFacts(path=path) if on_network else await self._port_facts(path)
            untried = seen.usable and seen.holder is None and path not in known
            error = await self.open_port(path) if untried else known.get(path)
            facts.append(replace(seen, unavailable=error))
        present = {path for one in found for path in (one.port.path, one.port.stable_name)}
        gone = {path: why for path, why in known.items() if is_gone(why) and path not in present}
        facts += [PortFacts(path=path, unavailable=why) for path, why in gone.items()]
        absent = absent_ports(config, found, gone)
        return list(check_ports(facts, self.account, absent=len(absent), blind=self.host.blind))

    async def _port_facts(self, path: str) -> PortFacts:
        def look() -> PortFacts:
            holder, agent = self.host.holder(path)
            usable = self.host.may_use(Path(path), self.account)
            rights = self.host.rights(Path(path))
            return PortFacts(path=path, rights=rights, usable=usable, holder=holder, held_by_agent=agent)

        try:
            return await offload(look, name=f"look at {path}", timeout=LOOK_WITHIN)
        except TimeoutError:
            return PortFacts(path=path)

    async def other_programs(self, config: Config | None, found: Sequence[FoundPort]) -> list[Finding]:
        """udev, programs that take ports, and the kernel log; not where all ports are simulated."""
        if config is not None and all(rule.kind is PathKind.SIMULATED for rule in config.ports):
            return []

        running: set[str] = set()

        def look() -> list[Finding]:
            running.update(self.host.running())
            rules = self.host.rules()
            ports = self.host.usb_ports(one.port.path for one in found)
            return [
                *system.check_udev(rules, ports),  # first: our rules are the fix for the others
                *system.check_modem_manager(running, rules, ports),
                *system.check_brltty(running, rules, self.host.usb_devices()),
            ]

        findings = await self._look("udev", look)
        brltty_runs = system.BRLTTY in running
        findings += await self._look(
            "USB", lambda: list(system.check_kernel_log(self.host.kernel_lines(), brltty_runs=brltty_runs))
        )
        return findings

    async def machine(self, config: Config | None, ports: int, shared: int) -> list[Finding]:
        """Clock, store, descriptors."""
        host = self.host
        findings = await self._look(
            "clock", lambda: [system.check_clock(host.wall(), host.clock_is_synchronised())]
        )
        if config is not None:
            store = config.store_file
            findings += await self._look(
                "store",
                lambda: [
                    system.check_store(str(store), *host.store(store, self.account)),
                    *system.check_store_faults(host.store_faults(store)),
                ],
            )
            findings.append(system.check_descriptors(host.most_descriptors(), ports, shared))
        return findings

    async def modules(self, config: Config) -> list[Finding]:
        """What the look at the modules showed; for numbers that are not known, where their rows are."""
        path = config.sims_file

        def look() -> list[Finding]:
            lines = lines_of_sims(path) if path is not None else {}
            rows = self.given.rows
            return [*check_modules(rows, str(path or ""), lines), *check_labels(rows, config.labels)]

        return await self._look("modules", look)

    async def _look(self, what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
        """Run a check in a thread; one that hangs or fails becomes a finding."""
        try:
            return await offload(look, name=f"check {what}", timeout=LOOK_WITHIN)
        except TimeoutError:
            fix = _("a disk or driver does not respond: see `sudo dmesg`")
            text = _("no answer within {seconds} s").format(seconds=f"{LOOK_WITHIN:g}")
            return [problem(what, text, fix)]
        except OSError as why:
            words = system_words(why, current_language())
            words = f"{why.filename}: {words}" if why.filename else words
            return [warning(what, _("cannot be checked: {why}").format(why=words), _("run check with sudo"))]


def _given_numbers(config: Config) -> Iterator[Finding]:
    if config.sims_file is None:
        return check_numbers(config)
    sims = read_sims_file(config.sims_file)
    return check_numbers(config, sims.entries, sims.problems(config.sims_file, config.places))
