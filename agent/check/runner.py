"""The whole examination, in the order in which people mend things.

Responsible for looking at everything once, handing what was seen to those who judge it, and for going on when one
look hangs or fails. Must not judge by itself.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from agent.bank.port_source import PortSource
from agent.bank.roster import FoundPort
from agent.check import kernel_log, machine, modules, numbers, ports, rivals, secrecy, server
from agent.check.finding import Finding, good, problem, warning
from agent.check.host import Host
from agent.check.numbers import SimsFile
from agent.check.permissions import Account
from agent.check.ports import PortFacts
from agent.check.secrecy import PrivateFile
from agent.check.server import Post
from agent.config import Config, ConfigError, PathKind, PortRole, warnings
from agent.numbers import sims_file
from agent.numbers.text_file import read_text
from agent.onlinesim.messages import NumberEntry
from drivers.errors import PortProblem, PortUnavailable
from drivers.offload import offload
from drivers.wire import open_wire

T = TypeVar("T")

LOOK_WITHIN: Final = 10.0
"""Seconds for one look: a hung disk or driver must not stop the others."""
_UNAVAILABLE: Final = {
    "port_busy": PortProblem.BUSY,
    "no_permission": PortProblem.FORBIDDEN,
    "unplugged": PortProblem.GONE,
}
"""Verdicts that say what came of opening a port."""
_SERVICE_FOLDER: Final = Path("/etc/simbank-agent")


async def opening(address: str) -> PortUnavailable | None:
    """Open a port as the agent does, and close it again; give what went wrong."""
    try:
        wire = await open_wire(address)
    except PortUnavailable as why:
        return why
    await wire.close()
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """What is examined.

    `config` may be the error that came of reading `file`. `rows` is what a look at the modules showed, as in
    /api/v1/status, by a running agent or by a scan; `entries` the set that would be sent, and `post` the way to the
    configured server, None where there is none.
    """

    config: Config | ConfigError
    file: Path
    rows: Sequence[Mapping[str, Any]] = ()
    entries: Sequence[NumberEntry] = ()
    post: Post | None = None
    test2: bool = False


async def examine(
    subject: CheckInput,
    *,
    host: Host | None = None,
    find_ports: Callable[[Config], Awaitable[Sequence[FoundPort]]] | None = None,
    open_port: Callable[[str], Awaitable[PortUnavailable | None]] = opening,
) -> list[Finding]:
    """Find everything that would stop a good run. Never raises for what is wrong with the machine."""
    host = host or Host()
    config = subject.config if isinstance(subject.config, Config) else None
    account = host.account(service=subject.file.is_relative_to(_SERVICE_FOLDER))
    examination = _Examination(subject, host, account, open_port)
    found = [*(await (find_ports or _find_ports)(config))] if config is not None else []
    findings = [*examination.configuration(found)]
    findings += await examination.files(config)
    if config is not None:
        findings += await examination.ports(config, found)
    findings += await examination.surroundings(config, found)
    findings += await examination.this_machine(config, max(len(found), len(subject.rows)))
    if config is not None:
        findings += modules.judge(subject.rows)
        if subject.post is not None:
            findings += await server.judge(
                config.onlinesim, subject.post, subject.entries, test2=subject.test2
            )
    return findings


async def _find_ports(config: Config) -> Sequence[FoundPort]:
    return await PortSource(config.ports, None).look()


@dataclass(frozen=True, slots=True)
class _Examination:
    """One examination: the subject, the machine, and who the agent runs as."""

    subject: CheckInput
    host: Host
    account: Account
    open_port: Callable[[str], Awaitable[PortUnavailable | None]]

    def configuration(self, found: Sequence[FoundPort]) -> Iterator[Finding]:
        """What config.yaml says, and what it would do on this machine."""
        config = self.subject.config
        if isinstance(config, ConfigError):
            for wrong in config.problems:
                yield problem(
                    "config.yaml", str(replace(wrong, hint="")), wrong.hint or "correct it in this place"
                )
            return
        matched = {
            rule.path: sum(index in one.rules for one in found) for index, rule in enumerate(config.ports)
        }
        seen = len(self.subject.rows) if self.subject.rows else None
        surprising = warnings(config, modules_seen=seen, matched=matched)
        for odd in surprising:
            yield warning(
                "config.yaml", str(replace(odd, hint="")), odd.hint or "see the comments in the shipped file"
            )
        if not surprising:
            yield good("config.yaml", f"{self.subject.file} is right")

    async def files(self, config: Config | None) -> list[Finding]:
        """Files that hold secrets or numbers, and what stands in sims_file."""
        findings = await self._look("files", lambda: list(secrecy.judge(self._private_files(config))))
        if config is not None:
            findings += await self._look(
                "sims_file", lambda: list(numbers.judge(config, self._sims_file(config)))
            )
        return findings

    def _private_files(self, config: Config | None) -> Iterator[PrivateFile]:
        texts = [(self.subject.file, "config.yaml")]
        if config is not None and config.onlinesim.api_key_file is not None:
            texts.append((config.onlinesim.api_key_file, "api_key_file"))
        if config is not None and config.sims_file is not None:
            texts.append((config.sims_file, "sims_file"))
        for path, what in texts:
            rights = self.host.rights(path)
            if rights is not None:
                secret = what == "api_key_file" or (what == "config.yaml" and self._holds_secret(config))
                personal = what == "sims_file" or (config is not None and bool(config.sims))
                yield PrivateFile(what, str(path), rights, secret, personal)

    def _holds_secret(self, config: Config | None) -> bool:
        """Whether a key or token stands in the file itself and not in an environment variable."""
        if config is None:
            return False
        secrets = (config.onlinesim.api_key, config.status.token)
        try:
            text = self.subject.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        return any(secret is not None and secret.get_secret_value() in text for secret in secrets)

    def _sims_file(self, config: Config) -> SimsFile | None:
        path = config.sims_file
        if path is None:
            return None
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as why:
            return SimsFile(str(path), unreadable=sims_file.unreadable(path, why, config.places))
        return SimsFile(str(path), *sims_file.parse(text, str(path)))

    async def ports(self, config: Config, found: Sequence[FoundPort]) -> list[Finding]:
        """Every port that a rule leads to, except those that are never opened."""
        mine = [one for one in found if _is_asked(config, one)]
        if not mine and all(rule.kind is PathKind.SIMULATED for rule in config.ports):
            return [good("ports", "simulated")]
        said = _said_of_ports(self.subject.rows)
        facts = []
        for one in mine:
            path = one.port.path
            on_network = "://" in path
            seen = PortFacts(path=path) if on_network else await self._port_facts(path)
            untried = seen.usable and seen.holder is None and path not in said
            facts.append(replace(seen, unavailable=await self.open_port(path) if untried else said.get(path)))
        there = {path for one in found for path in (one.port.path, one.port.stable_name)}
        gone = {path: why for path, why in said.items() if _is_gone(why) and path not in there}
        facts += [PortFacts(path=path, unavailable=why) for path, why in gone.items()]
        absent = _absent(config, found, gone)
        return list(ports.judge(facts, self.account, absent=len(absent), blind=self.host.blind))

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

    async def surroundings(self, config: Config | None, found: Sequence[FoundPort]) -> list[Finding]:
        """Others that take ports, udev, and what the kernel said; of no matter where all ports are simulated."""
        if config is not None and all(rule.kind is PathKind.SIMULATED for rule in config.ports):
            return []

        def look() -> list[Finding]:
            seen = rivals.Surroundings(
                running=self.host.running(),
                rules=self.host.rules(),
                usb_devices=self.host.usb_devices(),
                ports=self.host.usb_ports(one.port.path for one in found),
            )
            return list(rivals.judge(seen))

        findings = await self._look("udev", look)
        findings += await self._look("USB", lambda: list(kernel_log.judge(self.host.kernel_lines())))
        return findings

    async def this_machine(self, config: Config | None, count: int) -> list[Finding]:
        """Clock, store, descriptors."""
        host = self.host
        findings = await self._look(
            "clock", lambda: list(machine.judge_clock(host.wall(), host.clock_is_synchronised()))
        )
        if config is not None:
            store = config.store_file
            findings += await self._look(
                "store", lambda: list(machine.judge_store(host.store(store, self.account)))
            )
        if config is not None:  # else nobody knows how many ports there will be
            findings += machine.judge_descriptors(host.most_descriptors(), count)
        return findings

    async def _look(self, what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
        """Look in a thread; a look that hangs or fails is a finding of its own."""
        try:
            return await offload(look, name=f"check {what}", timeout=LOOK_WITHIN)
        except TimeoutError:
            return [
                problem(what, "looking at it hangs", "a disk or driver does not answer: see `sudo dmesg`")
            ]
        except OSError as why:
            return [warning(what, f"cannot be looked at: {why}", "run check with sudo")]


def _is_asked(config: Config, one: FoundPort) -> bool:
    """Whether the most exact rule for a port lets the agent open it."""
    rules = [config.ports[index] for index in one.rules]
    rule = min(rules, key=lambda rule: rule.kind)
    return rule.enabled and rule.role is not PortRole.CONTROL and rule.kind is not PathKind.SIMULATED


def _is_gone(why: PortUnavailable | None) -> bool:
    return why is not None and why.problem is PortProblem.GONE


def _absent(
    config: Config, found: Sequence[FoundPort], gone: Mapping[str, PortUnavailable | None]
) -> set[str]:
    """The single paths that rules let the agent open and that lead to no port, but those known to be `gone`."""
    met = {index for one in found for index in one.rules}
    return {
        rule.path
        for index, rule in enumerate(config.ports)
        if index not in met
        and rule.enabled
        and rule.role is not PortRole.CONTROL
        and rule.kind is PathKind.EXACT
        and not {rule.path, os.path.realpath(rule.path)} & gone.keys()
    }


def _said_of_ports(rows: Sequence[Mapping[str, Any]]) -> dict[str, PortUnavailable | None]:
    """What a look at the modules said of their ports; None: it was opened."""
    said: dict[str, PortUnavailable | None] = {}
    for row in rows:
        trouble = _UNAVAILABLE.get(str(row["reason"]))
        for path in map(str, row.get("ports", ())):
            text = str(row["text"])
            if "://" in path and path in text:  # only what came of opening it names it
                said[path] = PortUnavailable(trouble or PortProblem.BROKEN, text[text.index(path) :])
            else:
                said[path] = None if trouble is None else PortUnavailable(trouble, f"{path}: {text}")
    return said
