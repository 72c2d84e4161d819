"""What one key alone cannot show: keys that conflict, and good settings with a result that may surprise."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from agent.config.enums import PathKind, PortRole
from agent.config.fields import LONGEST_PORT_ID, PLACEHOLDERS
from agent.config.models import Config, PortRule
from agent.config.problem import Key, Problem
from agent.config.source import Source
from agent.formats import durations, e164, iccid
from agent.formats.near_miss import near_miss

Conflict = tuple[tuple["Key", ...], str, str]
"""The keys that conflict, the one to blame first; a message; a hint."""

Warned = tuple[Key, str, str]
"""A key, a message, a hint."""


def conflicts(
    config: Config,
    *,
    credential: bool,
    token: bool = False,
    drivers: Callable[[], Collection[str]] | None,
) -> Iterator[Conflict]:
    """Every conflict in `config`.

    `credential`: systemd passes credentials to us; `token`: the page's is among them. `drivers` tells the names
    that `driver` may have (None: any), and is asked where one is written.
    """
    yield from _timing(config)
    yield from _server(config, credential=credential)
    yield from _status(config, credential=token)
    for index, rule in enumerate(config.ports):
        for name, message, hint in _port(rule, drivers):
            yield (("ports", index, name), ("ports", index, "path")), message, hint
    yield from _same_paths(config)
    yield from _same_names(config)
    yield from _same_cards(config)


def _timing(config: Config) -> Iterator[Conflict]:
    bank = config.bank
    least = 2 * bank.poll + bank.answer_timeout
    if bank.lease < least:
        keys: tuple[Key, ...] = (("bank", "lease"), ("bank", "poll"), ("bank", "answer_timeout"))
        needed = durations.spell(least)
        lease = durations.spell(bank.lease)
        message = f"the lease ({lease}) is shorter than two polls and an answer_timeout ({needed})"
        hint = f"one missed answer would drop a number: set bank.lease: {needed} or more"
        yield keys, message, hint


def _server(config: Config, *, credential: bool) -> Iterator[Conflict]:
    onlinesim = config.onlinesim
    server, key, key_file = ("onlinesim", "server"), ("onlinesim", "api_key"), ("onlinesim", "api_key_file")
    if onlinesim.api_key is not None and onlinesim.api_key_file is not None:
        yield (key_file, key), "api_key is given too", "keep one of them"
    if onlinesim.sandboxed:
        return
    if onlinesim.api_key is None and onlinesim.api_key_file is None and not credential:
        hint = "write it there, or ${ONLINESIM_API_KEY}, or set api_key_file, or pass systemd's credential api_key"
        yield (key, server, key_file), "api_key is missing: only the sandbox needs none", hint
    for index, rule in enumerate(config.ports):
        if rule.kind is PathKind.SIMULATED:
            hint = "configure real ports, or set server: sandbox"
            message = "simulated ports must not be offered to a real server"
            yield (("ports", index, "path"), server), message, hint


def _status(config: Config, *, credential: bool) -> Iterator[Conflict]:
    status = config.status
    listen, token, token_file = ("status", "listen"), ("status", "token"), ("status", "token_file")
    if status.token is not None and status.token_file is not None:
        yield (token_file, token), "token is given too", "keep one of them"
    if not (status.local or status.has_token or credential):
        message = "any address that is not loopback needs a token"
        hint = "set status.token or status.token_file, or listen on 127.0.0.1"
        yield (listen, token, token_file), message, hint


def _port(rule: PortRule, drivers: Callable[[], Collection[str]] | None) -> Iterator[tuple[str, str, str]]:
    if rule.module is not None and (
        rule.kind in {PathKind.EVERY_USB, PathKind.SIMULATED} or _has_usb_place(rule)
    ):
        yield "module", "is for ports without a USB place; these are grouped by theirs", "remove it"
    if rule.role is PortRole.CONTROL and rule.share:
        yield "share", "a control port is never opened, so it cannot be shared", "remove share"
    if rule.may_match_many and rule.module is None and not _has_placeholder(rule.name):
        message = f"is one name for every port that {rule.path} matches"
        yield "name", message, f"add one of {', '.join(PLACEHOLDERS)}"
    if not rule.may_match_many and len(rule.name.replace("{path}", rule.path)) > LONGEST_PORT_ID:
        message = f"gives more than {LONGEST_PORT_ID} characters, Onlinesim's limit for a port_id"
        yield "name", message, "write a shorter name"
    if drivers is not None and rule.driver != "auto" and rule.driver not in (names := drivers()):
        known = ("auto", *sorted(names))
        yield "driver", "is not a driver", near_miss(rule.driver, known) or f"known are {', '.join(known)}"


def _has_placeholder(name: str) -> bool:
    return any(placeholder in name for placeholder in PLACEHOLDERS)


def _has_usb_place(rule: PortRule) -> bool:
    return re.match(r"/dev/(tty(USB|ACM|CH\d|XRUSB)|serial/by-(id|path)/.*usb)", rule.path) is not None


def _twice(
    rules: tuple[PortRule, ...], trait: Callable[[PortRule], str | None]
) -> Iterator[tuple[int, int, str]]:
    """Each rule whose trait an earlier one has: its index, the earlier index, the trait."""
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        seen = trait(rule)
        if seen is None:
            continue
        if seen in first:
            yield index, first[seen], seen
        else:
            first[seen] = index


def _same_paths(config: Config) -> Iterator[Conflict]:
    for index, earlier, path in _twice(config.ports, lambda rule: rule.path):
        keys: tuple[Key, ...] = (("ports", index, "path"), ("ports", earlier, "path"))
        yield keys, f"ports[{earlier}] has the same path, {path}", "keep one of them"


def _same_names(config: Config) -> Iterator[Conflict]:
    def fixed(rule: PortRule) -> str | None:
        unused = not rule.enabled or rule.role is PortRole.CONTROL
        return None if unused or _has_placeholder(rule.name) else rule.name

    for index, earlier, name in _twice(config.ports, fixed):
        if config.ports[index].module is None or config.ports[index].module != config.ports[earlier].module:
            keys: tuple[Key, ...] = (("ports", index, "name"), ("ports", earlier, "name"))
            yield keys, f'ports[{earlier}] is named "{name}" too', "a port_id must be unique"


def _same_cards(config: Config) -> Iterator[Conflict]:
    cards: dict[str, list[str]] = defaultdict(list)
    for sim in config.sims:
        others = cards[iccid.card_key(sim)]
        twin = next((other for other in others if iccid.same_card(sim, other)), None)
        if twin is not None:
            yield (("sims", sim), ("sims", twin)), f"is the same card as {twin}", "keep one of them"
        others.append(sim)


def warnings(
    config: Config, *, modules_seen: int | None = None, matched: Mapping[str, int] | None = None
) -> tuple[Problem, ...]:
    """Every warning: those of the text, and those that need the machine.

    `modules_seen` is the number of modules now; `matched` the number of ports that each rule's path matches.
    """
    seen = [
        config.places.problem(key, message, hint)
        for key, message, hint in _against_the_machine(config, modules_seen, matched or {})
    ]
    return (*config.warnings, *seen)


def text_warnings(config: Config, read: Source) -> tuple[Problem, ...]:
    """The warnings that need the text alone."""
    found = (*_renumbering(config), *_not_counting(config), *_numbers(config), *_unquoted(read))
    return tuple(read.places.problem(key, message, hint) for key, message, hint in found)


def _against_the_machine(
    config: Config, modules_seen: int | None, matched: Mapping[str, int]
) -> Iterator[Warned]:
    if modules_seen is not None and config.bank.modules > modules_seen:
        message = f"{config.bank.modules} modules are configured, {modules_seen} are present"
        hint = f"write modules: {modules_seen} if you own no more: a higher limit would let a mistake be reported"
        yield ("bank", "modules"), message, hint
    for index, rule in enumerate(config.ports):
        if rule.enabled and rule.kind in {PathKind.EXACT, PathKind.GLOB} and matched.get(rule.path) == 0:
            fault = "matches no port" if rule.kind is PathKind.GLOB else "does not exist"
            hint = "see `simbank-agent scan`, or `ls /dev/serial/by-path`"
            yield ("ports", index, "path"), f"{rule.path} {fault}", hint


def _renumbering(config: Config) -> Iterator[Warned]:
    for index, rule in enumerate(config.ports):
        if re.fullmatch(r"/dev/tty[A-Z][A-Za-z0-9]*\d+", rule.path) and not rule.path.startswith("/dev/ttyS"):
            hint = "use its path below /dev/serial/by-path, which stays the same"
            yield ("ports", index, "path"), f"{rule.path} may be a different port after a reboot", hint
        elif rule.may_match_many and "{path}" in rule.name and not rule.path.startswith("/dev/serial/"):
            hint = "use {n} or {usb}, which belong to the physical place"
            yield ("ports", index, "name"), "names made of {path} change when ports are renumbered", hint


def _not_counting(config: Config) -> Iterator[Warned]:
    if config.onlinesim.test is not None and not config.onlinesim.sandboxed:
        yield ("onlinesim", "test"), "test reports never count: nothing is offered", "set test: null to sell"


def _numbers(config: Config) -> Iterator[Warned]:
    first: dict[str, str] = {}
    for sim, entry in config.sims.items():
        if entry.number is None:
            continue
        if not e164.is_possible(entry.number):
            hint = "it is sent exactly as written"
            yield ("sims", sim), f"{entry.number} has the wrong length for its country", hint
        if entry.number in first:
            message = f"{entry.number} belongs to {first[entry.number]} too"
            yield ("sims", sim), message, "while both are in modules, neither is reported"
        first.setdefault(entry.number, sim)


def _unquoted(read: Source) -> Iterator[Warned]:
    sims = read.data.get("sims") if isinstance(read.data, dict) else None
    for sim, entry in (sims or {}).items():
        key: Key = ("sims", sim, "number") if isinstance(entry, dict) else ("sims", sim)
        number = read.texts.get(key, "")
        if key in read.unquoted and number.startswith("+"):
            hint = f'write "{number}"'
            yield key, "is used as written, but other programs drop the + of a number without quotes", hint
