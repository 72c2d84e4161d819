"""What one key alone cannot show: keys that conflict."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from agent.config.enums import PathKind, PortRole
from agent.config.models import Config, PortRule
from agent.config.port_fields import LONGEST_PORT_ID, PLACEHOLDERS
from agent.config.problem import Key
from agent.config.refusal import known_are
from agent.formats import durations, iccid
from agent.formats.near_miss import near_miss
from agent.language import N_, _, ngettext

_KEEP_ONE = N_("keep one of them")
Conflict = tuple[tuple["Key", ...], str, str]
"""The keys that conflict, the one to blame first; a message; a hint."""


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
        message = _("the lease ({lease}) is shorter than two polls and an answer_timeout ({needed})")
        hint = _("one missed answer would drop a number: set bank.lease: {needed} or more")
        yield keys, message.format(lease=lease, needed=needed), hint.format(needed=needed)


def _server(config: Config, *, credential: bool) -> Iterator[Conflict]:
    onlinesim = config.onlinesim
    server, key, key_file = ("onlinesim", "server"), ("onlinesim", "api_key"), ("onlinesim", "api_key_file")
    if onlinesim.api_key is not None and onlinesim.api_key_file is not None:
        yield (key_file, key), _("api_key is given too"), _(_KEEP_ONE)
    if onlinesim.sandboxed:
        return
    if onlinesim.api_key is None and onlinesim.api_key_file is None and not credential:
        hint = _("write it there, or {variable}, or set api_key_file, or pass systemd's credential api_key")
        message = _("api_key is missing: only the sandbox needs none")
        yield (key, server, key_file), message, hint.format(variable="${ONLINESIM_API_KEY}")
    for index, rule in enumerate(config.ports):
        if rule.kind is PathKind.SIMULATED:
            hint = _("configure real ports, or set server: sandbox")
            message = _("simulated ports must not be offered to a real server")
            yield (("ports", index, "path"), server), message, hint


def _status(config: Config, *, credential: bool) -> Iterator[Conflict]:
    status = config.status
    listen, token, token_file = ("status", "listen"), ("status", "token"), ("status", "token_file")
    if status.token is not None and status.token_file is not None:
        yield (token_file, token), _("token is given too"), _(_KEEP_ONE)
    if not (status.local or status.has_token or credential):
        message = _("any address that is not loopback needs a token")
        hint = _("set status.token or status.token_file, or listen on 127.0.0.1")
        yield (listen, token, token_file), message, hint


def _port(rule: PortRule, drivers: Callable[[], Collection[str]] | None) -> Iterator[tuple[str, str, str]]:
    if rule.module is not None and (
        rule.kind in {PathKind.EVERY_USB, PathKind.SIMULATED} or _has_usb_place(rule)
    ):
        yield "module", _("is for ports without a USB place; these are grouped by theirs"), _("remove it")
    if rule.role is PortRole.CONTROL and rule.share:
        yield "share", _("a control port is never opened, so it cannot be shared"), _("remove share")
    if rule.may_match_many and rule.module is None and not _has_placeholder(rule.name):
        message = _("is one name for every port that {path} matches").format(path=rule.path)
        yield "name", message, _("add one of {words}").format(words=", ".join(PLACEHOLDERS))
    if not rule.may_match_many and len(rule.name.replace("{path}", rule.path)) > LONGEST_PORT_ID:
        message = ngettext(
            "gives more than {n} character, Onlinesim's limit for a port_id",
            "gives more than {n} characters, Onlinesim's limit for a port_id",
            LONGEST_PORT_ID,
        )
        yield "name", message.format(n=LONGEST_PORT_ID), _("write a shorter name")
    if drivers is not None and rule.driver != "auto" and rule.driver not in (names := drivers()):
        known = ("auto", *sorted(names))
        yield "driver", _("is not a driver"), near_miss(rule.driver, known) or known_are(known)


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
        message = _("{entry} has the same path, {path}").format(entry=f"ports[{earlier}]", path=path)
        yield keys, message, _(_KEEP_ONE)


def _same_names(config: Config) -> Iterator[Conflict]:
    def fixed(rule: PortRule) -> str | None:
        unused = not rule.enabled or rule.role is PortRole.CONTROL
        return None if unused or _has_placeholder(rule.name) else rule.name

    for index, earlier, name in _twice(config.ports, fixed):
        if config.ports[index].module is None or config.ports[index].module != config.ports[earlier].module:
            keys: tuple[Key, ...] = (("ports", index, "name"), ("ports", earlier, "name"))
            message = _('{entry} is named "{name}" too').format(entry=f"ports[{earlier}]", name=name)
            yield keys, message, _("a port_id must be unique")


def _same_cards(config: Config) -> Iterator[Conflict]:
    cards: dict[str, list[str]] = defaultdict(list)
    for sim in config.sims:
        others = cards[iccid.card_key(sim)]
        twin = next((other for other in others if iccid.same_card(sim, other)), None)
        if twin is not None:
            message = _("is the same card as {sim}").format(sim=twin)
            yield (("sims", sim), ("sims", twin)), message, _(_KEEP_ONE)
        others.append(sim)
