"""Good settings with a result that may surprise: warnings of the text, and those that need the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from agent.config.enums import PathKind
from agent.config.fleet_checks import fleet_warnings
from agent.config.models import Config
from agent.config.problem import Key, Problem
from agent.config.refusal import write
from agent.config.source import Source
from agent.formats import e164
from agent.language import _, ngettext

Warned = tuple[Key, str, str]
"""A key, a message, a hint."""


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


@dataclass(frozen=True, slots=True)
class TextWarnings:
    """The warnings that need the text alone, made when they are asked for: the language may have changed since.

    `unquoted` are the keys of numbers that stand without quotes, and the numbers.
    """

    unquoted: tuple[tuple[Key, str], ...]

    @classmethod
    def of(cls, read: Source) -> Self:
        """What must be known of the text."""
        return cls(tuple(_unquoted_numbers(read)))

    def __call__(self, config: Config) -> tuple[Problem, ...]:
        """Every warning, at its place."""
        found = (*_renumbering(config), *_not_counting(config), *_numbers(config), *self._drop_plus())
        problem = config.places.problem
        return tuple(problem(key, message, hint) for key, message, hint in (*found, *fleet_warnings(config)))

    def _drop_plus(self) -> Iterator[Warned]:
        for key, number in self.unquoted:
            message = _("is used as written, but other programs drop the + of a number without quotes")
            yield key, message, write(number)


def _against_the_machine(
    config: Config, modules_seen: int | None, matched: Mapping[str, int]
) -> Iterator[Warned]:
    if modules_seen is not None and config.bank.modules > modules_seen:
        message = ngettext(
            "{n} module is configured, present: {seen}",
            "{n} modules are configured, present: {seen}",
            config.bank.modules,
        ).format(n=config.bank.modules, seen=modules_seen)
        hint = _("write modules: {n} if you own no more: a higher limit would let a mistake be reported")
        yield ("bank", "modules"), message, hint.format(n=modules_seen)
    for index, rule in enumerate(config.ports):
        if rule.enabled and rule.kind in {PathKind.EXACT, PathKind.GLOB} and matched.get(rule.path) == 0:
            is_glob = rule.kind is PathKind.GLOB
            fault = _("{path} matches no port") if is_glob else _("{path} does not exist")
            hint = _("see `simbank-agent scan`, or `ls /dev/serial/by-path`")
            yield ("ports", index, "path"), fault.format(path=rule.path), hint


def _renumbering(config: Config) -> Iterator[Warned]:
    for index, rule in enumerate(config.ports):
        if re.fullmatch(r"/dev/tty[A-Z][A-Za-z0-9]*\d+", rule.path) and not rule.path.startswith("/dev/ttyS"):
            hint = _("use its path below /dev/serial/by-path, which stays the same")
            message = _("{path} may be a different port after a reboot").format(path=rule.path)
            yield ("ports", index, "path"), message, hint
        elif rule.may_match_many and "{path}" in rule.name and not rule.path.startswith("/dev/serial/"):
            hint = _("use {first} or {second}, which belong to the physical place")
            message = _("names made of {placeholder} change when ports are renumbered")
            yield (
                ("ports", index, "name"),
                message.format(placeholder="{path}"),
                hint.format(first="{n}", second="{usb}"),
            )


def _not_counting(config: Config) -> Iterator[Warned]:
    if config.onlinesim.test is not None and not config.onlinesim.sandboxed:
        message = _("test reports never count: nothing is offered")
        yield ("onlinesim", "test"), message, _("set test: null to sell")


def _numbers(config: Config) -> Iterator[Warned]:
    first: dict[str, str] = {}
    for sim, entry in config.sims.items():
        if entry.number is None:
            continue
        if not e164.is_possible(entry.number):
            message = _("{number} has the wrong length for its country").format(number=entry.number)
            yield ("sims", sim), message, _("it is sent exactly as written")
        if entry.number in first:
            message = _("{number} belongs to {sim} too").format(number=entry.number, sim=first[entry.number])
            yield ("sims", sim), message, _("while both are in modules, neither is reported")
        first.setdefault(entry.number, sim)


def _unquoted_numbers(read: Source) -> Iterator[tuple[Key, str]]:
    sims = read.data.get("sims") if isinstance(read.data, dict) else None
    for sim, entry in (sims or {}).items():
        key: Key = ("sims", sim, "number") if isinstance(entry, dict) else ("sims", sim)
        number = read.texts.get(key, "")
        if key in read.unquoted and number.startswith("+"):
            yield key, number
