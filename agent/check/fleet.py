"""The fleet, as a host finds it that would join: the engine, the hosts, and whether this one may be one of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from agent.check.finding import Finding, good, problem, some, warning
from agent.fleet.answers import EngineAway
from agent.fleet.fields import NotReadable
from agent.fleet.settings import Times
from agent.fleet.trouble import trouble_in
from agent.fleet.words import Beat, Record, Stage, read_beat, read_record
from agent.formats.durations import spell
from agent.formats.engine_url import EngineUrl
from agent.language import N_, _, current_language, ngettext

if TYPE_CHECKING:
    from agent.fleet.engine import Engine  # redis-py is imported only where there is a fleet

WHAT: Final = "fleet"
LEAST_VERSION: Final = (6, 2)
SLOW, TOO_SLOW = 0.1, 0.5
"""Seconds for an answer: a warning, a problem."""
ASKED: Final = 5
MANY_NUMBERS: Final = 8000
"""About a megabyte in one list."""
BELL_WITHIN: Final = 3.0
_ACL: Final = N_("give the user the rights of docs/fleet.md (users.acl), and the account's name in its keys")
_TRIED: Final = (
    ("SET", "@check", "1", "PX", "10000"), ("GET", "@check"), ("MGET", "@check"), ("EXISTS", "@check"),
    ("PEXPIRE", "@check", "10000"), ("HSET", "@check:hash", "one", "1"), ("HGET", "@check:hash", "one"),
    ("HGETALL", "@check:hash"), ("HDEL", "@check:hash", "one"), ("EVAL", "return 1", "1", "@check"),
    ("SCRIPT", "LOAD", "return 1"), ("PUBLISH", "@check:bell", ""), ("INFO", "server"), ("ROLE",), ("WAIT", "0", "1"),
)  # fmt: skip
"""Each command that a host needs, on keys of our own that nobody reads."""
_TO_MASTER: Final = N_("connect to the master, or through redis+sentinel://")
_FIXES: Final = (
    (
        ("certificate",),
        N_("set fleet.ca_file to the CA of the engine's certificate, which must name its host"),
    ),
    (("ssl", "wrong_version"), N_("check that it speaks TLS: rediss:// needs tls-port in redis.conf")),
    (
        ("wrongpass", "noauth", "authentication", "invalid username"),
        N_("correct user and password in fleet.redis"),
    ),
    (("noperm", "no permissions"), _ACL),
    (
        ("refused", "error 111", "connect call failed", "timeout"),
        N_("start it: `systemctl status redis-server`; check that it listens on that address"),
    ),
    (
        ("resolve", "name or service", "looked up", "getaddrinfo"),
        N_("correct the host's name in fleet.redis"),
    ),
    (("replica", "slave"), _TO_MASTER),
    (("master",), N_("check that the Sentinels know a master by this name")),
)
"""What to do about an engine that cannot be used, by the words of its error in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetInput:
    """The fleet of config.yaml and what is known of this host.

    `key` is the hash of the account that hosts compare; "" where the API key is not known. `is_member`: whether the
    agent that runs here is part of this fleet by this name. `cap` is `fleet.modules`.
    """

    engine: Engine
    url: EngineUrl
    host: str
    lease: float
    lead: bool
    cap: int | None
    modules: int
    key: str
    is_member: bool
    mode: str = "list"
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float]


async def check_fleet(given: FleetInput) -> list[Finding]:
    """Find everything that would keep this host out of the fleet. Never raises for what is wrong with the engine."""
    try:
        times = []
        record = ""
        for _time in range(ASKED):
            began = given.clock()
            record = await given.engine.record()
            times.append(given.clock() - began)
        return [
            *_about(given),
            *await _rights(given),
            _latency(median(times[1:])),
            *await _hosts(given, record),
        ]
    except EngineAway as why:
        text = _("the engine at {url} cannot be used: {why}").format(
            url=given.url, why=trouble_in(str(why), current_language())
        )
        return [problem(WHAT, text, _fix(str(why)))]


def _fix(why: str) -> str:
    text = why.lower()
    fix = next((fix for words, fix in _FIXES if any(word in text for word in words)), "")
    return _(fix) if fix else _("see docs/fleet.md")


def _about(given: FleetInput) -> Iterator[Finding]:
    about = given.engine.about
    text = _("the engine at {url} answers without TLS, on this machine: {version}")
    if given.url.tls:
        text = _("the engine at {url} answers with TLS: {version}")
    version = about.version or _("it does not say what it is")
    yield good(WHAT, text.format(url=given.url, version=version))
    numbers = tuple(int(part) for part in re.findall(r"\d+", about.version)[:2])
    if numbers and numbers < LEAST_VERSION and "valkey" not in about.version:
        text = _("{version} is too old").format(version=about.version)
        yield problem(WHAT, text, _("install Redis 6.2 or newer, or Valkey"))
    if about.role not in {"", "master"}:
        text = _("the engine is a {role}, which takes no writes").format(role=about.role)
        yield problem(WHAT, text, _(_TO_MASTER))
    if about.eviction not in {"", "noeviction"}:
        text = _("the engine may throw keys away when its memory is full ({policy})")
        fix = _("set maxmemory-policy noeviction in redis.conf")
        yield warning(WHAT, text.format(policy=about.eviction), fix)


async def _rights(given: FleetInput) -> list[Finding]:
    refused = await given.engine.refused(_TRIED)
    if refused:
        first = next(iter(refused.values()))
        why = trouble_in(first, current_language())
        text = _("the engine refuses {commands}: {why}").format(commands=some(sorted(refused)), why=why)
        return [problem(WHAT, text, _fix(first))]
    try:
        async with asyncio.timeout(BELL_WITHIN), aclosing(given.engine.bell()) as bell:  # type: ignore[type-var]  # it is a generator
            async for _news in bell:
                break
    except TimeoutError:
        return [problem(WHAT, _("the engine does not let us subscribe to its channel"), _(_ACL))]
    return [good(WHAT, _("login and rights suffice: every command of a host was tried"))]


def _latency(seconds: float) -> Finding:
    text = _("the engine answers in {ms} ms").format(ms=f"{seconds * 1000:.1f}")
    if seconds >= TOO_SLOW:
        fix = _("renewals would come too late: use a nearer engine, or a better line to it")
        return problem(WHAT, text, fix)
    if seconds >= SLOW:
        return warning(WHAT, text, _("set fleet.lease: 60s, which allows for slower answers"))
    return good(WHAT, text)


async def _hosts(given: FleetInput, record: str) -> list[Finding]:
    texts = await given.engine.beats()
    others = {name: _beat(text) for name, text in texts.items() if name != given.host}
    found = [*_leader(given, record), *_listed(others)]
    if given.is_member:
        text = _("this host is part of it as {host}").format(host=given.host)
        return [*found, good(WHAT, text), *_modules(given, others)]
    found.append(await _own_name(given, texts.get(given.host)))
    text = _("joining changes every port_id: Port1 becomes {name}").format(name=f"{given.host}/Port1")
    found.append(warning(WHAT, text, _("tell partner support if they know your ports by name")))
    return [*found, *_modules(given, others)]


def _beat(text: str) -> Beat | None:
    try:
        return read_beat(text)
    except NotReadable:
        return None


def _record(text: str) -> Record | None:
    try:
        return read_record(text)
    except NotReadable:
        return None


def _leader(given: FleetInput, text: str) -> Iterator[Finding]:
    record = _record(text)
    if record is None:
        if text:
            fix = _("update the older agents: all hosts must run one version")
            yield warning(WHAT, _("the leader's record cannot be read"), fix)
        else:
            yield good(WHAT, _("there is no leader yet"))
        return
    if given.key and record.key != given.key:
        fix = _(
            "onlinesim.server and the API key must be equal on all hosts, or give this one another fleet.account"
        )
        wrong = _("{host} reports to another server, or with another key").format(host=record.host)
        yield problem(WHAT, wrong, fix)
    said = _("{host} is the leader, term {term}")
    if record.released:
        said = _("there is no leader now; {host} was the last")
    elif record.key == given.key:
        said = _("{host} is the leader, term {term}; server and key agree")
    yield good(WHAT, said.format(host=record.host, term=record.epoch))


def _listed(others: Mapping[str, Beat | None]) -> Iterator[Finding]:
    unread = sorted(name for name, beat in others.items() if beat is None)
    if unread:
        said = _("the beats of {hosts} cannot be read").format(hosts=some(unread))
        yield warning(WHAT, said, _("update the older agents"))
    running = sorted(
        name for name, beat in others.items() if beat is not None and beat.stage is Stage.RUNNING
    )
    if not running:
        yield good(WHAT, _("no other host runs"))
        return
    text = ngettext("{n} other host runs: {hosts}", "{n} other hosts run: {hosts}", len(running))
    yield good(WHAT, text.format(n=len(running), hosts=some(running)))


async def _own_name(given: FleetInput, text: str | None) -> Finding:
    """Tell whether somebody else beats by our name: two looks, more than a renewal apart."""
    if text is None:
        return good(WHAT, _("the name {host} is free").format(host=given.host))
    await given.sleep(Times(given.lease).renew + 1.0)
    if (await given.engine.beats()).get(given.host) == text:
        return good(WHAT, _("the name {host} is free: its last agent has ended").format(host=given.host))
    said = _("another agent calls itself {host}").format(host=given.host)
    return problem(WHAT, said, _("give each host its own fleet.host"))


def _modules(given: FleetInput, others: Mapping[str, Beat | None]) -> Iterator[Finding]:
    running = [beat for beat in others.values() if beat is not None and beat.stage is not Stage.LEFT]
    total = given.modules + sum(beat.modules for beat in running)
    if given.cap is not None and total > given.cap:
        text = ngettext(
            "the hosts have {n} module together, fleet.modules is {cap}",
            "the hosts have {n} modules together, fleet.modules is {cap}",
            total,
        ).format(n=total, cap=given.cap)
        yield warning(WHAT, text, _("numbers above it are not reported: correct it where it is wrong"))
    elif given.cap is None:
        text = ngettext(
            "{n} module together: no more numbers than that are reported",
            "{n} modules together: no more numbers than that are reported",
            total,
        )
        yield good(WHAT, text.format(n=total))
    numbers = sum(beat.live for beat in running)
    if numbers > MANY_NUMBERS and given.mode == "list":
        text = ngettext(
            "{n} number makes a list of {size} MB at each change",
            "{n} numbers make a list of {size} MB at each change",
            numbers,
        ).format(n=numbers, size=f"{numbers / MANY_NUMBERS:.1f}")
        yield warning(
            WHAT, text, _("set onlinesim.mode: incremental on all hosts; ask partner support first")
        )
    leases = {beat.lease for beat in running}
    if leases - {given.lease}:
        told = ", ".join(spell(lease) for lease in sorted(leases | {given.lease}))
        text = _("the hosts have different leases: {leases}").format(leases=told)
        yield warning(WHAT, text, _("write one fleet.lease on all"))
    if not given.lead and running and not any(beat.may_lead for beat in running):
        text = _("no host may lead: all have lead: false")
        yield problem(WHAT, text, _("set fleet.lead: true on one at least"))
