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
from agent.fleet.words import Beat, Record, Stage, read_beat, read_record
from agent.formats.durations import spell
from agent.formats.engine_url import EngineUrl
from agent.formats.plurals import counted

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
_ACL: Final = "give the user the rights of docs/fleet.md (users.acl), and the account's name in its keys"
_TRIED: Final = (
    ("SET", "@check", "1", "PX", "10000"), ("GET", "@check"), ("MGET", "@check"), ("EXISTS", "@check"),
    ("PEXPIRE", "@check", "10000"), ("HSET", "@check:hash", "one", "1"), ("HGET", "@check:hash", "one"),
    ("HGETALL", "@check:hash"), ("HDEL", "@check:hash", "one"), ("EVAL", "return 1", "1", "@check"),
    ("SCRIPT", "LOAD", "return 1"), ("PUBLISH", "@check:bell", ""), ("INFO", "server"), ("ROLE",), ("WAIT", "0", "1"),
)  # fmt: skip
"""Each command that a host needs, on keys of our own that nobody reads."""
_FIXES: Final = (
    (
        ("certificate",),
        "set fleet.ca_file to the CA of the engine's certificate, which must name its host",
    ),
    (("ssl", "wrong_version"), "is it TLS at all? rediss:// needs tls-port in redis.conf"),
    (
        ("wrongpass", "noauth", "authentication", "invalid username"),
        "correct user and password in fleet.redis",
    ),
    (("noperm", "no permissions"), _ACL),
    (
        ("refused", "error 111", "connect call failed", "timeout"),
        "start it: `systemctl status redis-server`; does it listen on that address?",
    ),
    (("resolve", "name or service", "looked up", "getaddrinfo"), "correct the host's name in fleet.redis"),
    (("replica", "slave"), "connect to the master, or through redis+sentinel://"),
    (("master",), "do the Sentinels know a master by this name?"),
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
        for _ in range(ASKED):
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
        return [problem(WHAT, f"the engine at {given.url} cannot be used: {why}", _fix(str(why)))]


def _fix(why: str) -> str:
    text = why.lower()
    return next((fix for words, fix in _FIXES if any(word in text for word in words)), "see docs/fleet.md")


def _about(given: FleetInput) -> Iterator[Finding]:
    about = given.engine.about
    tls = "with TLS" if given.url.tls else "without TLS, on this machine"
    yield good(
        WHAT, f"the engine at {given.url} answers {tls}: {about.version or 'it does not say what it is'}"
    )
    numbers = tuple(int(part) for part in re.findall(r"\d+", about.version)[:2])
    if numbers and numbers < LEAST_VERSION and "valkey" not in about.version:
        yield problem(WHAT, f"{about.version} is too old", "install Redis 6.2 or newer, or Valkey")
    if about.role not in {"", "master"}:
        fix = "connect to the master, or through redis+sentinel://"
        yield problem(WHAT, f"the engine is a {about.role}, which takes no writes", fix)
    if about.eviction not in {"", "noeviction"}:
        text = f"the engine may throw keys away when its memory is full ({about.eviction})"
        yield warning(WHAT, text, "set maxmemory-policy noeviction in redis.conf")


async def _rights(given: FleetInput) -> list[Finding]:
    refused = await given.engine.refused(_TRIED)
    if refused:
        first = next(iter(refused.values()))
        return [problem(WHAT, f"the engine refuses {some(sorted(refused))}: {first}", _fix(first))]
    try:
        async with asyncio.timeout(BELL_WITHIN), aclosing(given.engine.bell()) as bell:  # type: ignore[type-var]  # it is a generator
            async for _ in bell:
                break
    except TimeoutError:
        return [problem(WHAT, "the engine does not let us listen to its news", _ACL)]
    return [good(WHAT, "login and rights suffice: every command of a host was tried")]


def _latency(seconds: float) -> Finding:
    text = f"the engine answers in {seconds * 1000:.1f} ms"
    if seconds >= TOO_SLOW:
        return problem(
            WHAT, text, "renewals would come too late: use a nearer engine, or a better line to it"
        )
    if seconds >= SLOW:
        return warning(WHAT, text, "a lease of 60s bears more")
    return good(WHAT, text)


async def _hosts(given: FleetInput, record: str) -> list[Finding]:
    texts = await given.engine.beats()
    others = {name: _beat(text) for name, text in texts.items() if name != given.host}
    found = [*_leader(given, record), *_listed(others)]
    if given.is_member:
        return [*found, good(WHAT, f"this host is part of it as {given.host}"), *_modules(given, others)]
    found.append(await _own_name(given, texts.get(given.host)))
    text = f"joining changes every port_id: Port1 becomes {given.host}/Port1"
    found.append(warning(WHAT, text, "tell partner support if they know your ports by name"))
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
        yield (
            good(WHAT, "nobody speaks yet")
            if not text
            else warning(
                WHAT,
                "the leader's record cannot be read",
                "update the older agents: do all hosts run one version?",
            )
        )
        return
    if given.key and record.key != given.key:
        fix = "onlinesim.server and the API key must be equal on all hosts, or give this one another fleet.account"
        yield problem(WHAT, f"{record.host} reports to another server, or with another key", fix)
    if record.released:
        yield good(WHAT, f"nobody speaks now; {record.host} was the last")
    else:
        yield good(WHAT, f"{record.host} speaks, term {record.epoch}; server and key agree" if record.key == given.key
                   else f"{record.host} speaks, term {record.epoch}")  # fmt: skip


def _listed(others: Mapping[str, Beat | None]) -> Iterator[Finding]:
    unread = sorted(name for name, beat in others.items() if beat is None)
    if unread:
        yield warning(WHAT, f"the beats of {some(unread)} cannot be read", "update the older agents")
    running = sorted(
        name for name, beat in others.items() if beat is not None and beat.stage is Stage.RUNNING
    )
    yield good(WHAT, f"{counted(len(running), 'other host')}{': ' + some(running) if running else ''}")


async def _own_name(given: FleetInput, text: str | None) -> Finding:
    """Tell whether somebody else beats by our name: two looks, more than a renewal apart."""
    if text is None:
        return good(WHAT, f"the name {given.host} is free")
    await given.sleep(Times(given.lease).renew + 1.0)
    if (await given.engine.beats()).get(given.host) == text:
        return good(WHAT, f"the name {given.host} is free: its last agent has ended")
    return problem(WHAT, f"another agent calls itself {given.host}", "give each host its own fleet.host")


def _modules(given: FleetInput, others: Mapping[str, Beat | None]) -> Iterator[Finding]:
    running = [beat for beat in others.values() if beat is not None and beat.stage is not Stage.LEFT]
    total = given.modules + sum(beat.modules for beat in running)
    if given.cap is not None and total > given.cap:
        text = f"the hosts have {total} modules together, fleet.modules is {given.cap}"
        yield warning(WHAT, text, "numbers above it are not reported: correct it where it is wrong")
    elif given.cap is None:
        yield good(WHAT, f"{total} modules together: no more numbers than that are reported")
    numbers = sum(beat.live for beat in running)
    if numbers > MANY_NUMBERS and given.mode == "list":
        text = f"{numbers} numbers make a list of {numbers / MANY_NUMBERS:.1f} MB at each change"
        yield warning(WHAT, text, "set onlinesim.mode: incremental on all hosts; ask partner support first")
    leases = {beat.lease for beat in running}
    if leases - {given.lease}:
        told = ", ".join(spell(lease) for lease in sorted(leases | {given.lease}))
        yield warning(WHAT, f"the hosts have different leases: {told}", "write one fleet.lease on all")
    if not given.lead and running and not any(beat.may_lead for beat in running):
        yield problem(WHAT, "no host may speak: all have lead: false", "set fleet.lead: true on one at least")
