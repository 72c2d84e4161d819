"""What a good configuration will do that its author may not expect.

Responsible for warnings, never errors. Must not look at ports or files itself: what was seen is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agent.config.enums import PathKind
from agent.config.models import Config
from agent.config.places import Key
from agent.config.problem import Problem
from agent.config.scalars import WrittenFloat, WrittenInt
from agent.config.source import Source
from agent.formats import e164

Finding = tuple[Key, str, str]


def surprises(
    config: Config, *, modules_seen: int | None = None, matched: Mapping[str, int] | None = None
) -> tuple[Problem, ...]:
    """Every warning: those of the text, and those that need a look at the machine.

    `modules_seen` is how many modules there are now; `matched` how many ports each rule's path matches.
    """
    seen = [
        config.places.problem(key, message, hint)
        for key, message, hint in _beside_the_machine(config, modules_seen, matched or {})
    ]
    return (*config.warnings, *seen)


def first_surprises(config: Config, read: Source) -> tuple[Problem, ...]:
    """The warnings that the text alone gives."""
    found = (*_renumbering(config), *_not_counting(config), *_numbers(config), *_unquoted(read))
    return tuple(read.places.problem(key, message, hint) for key, message, hint in found)


def _beside_the_machine(
    config: Config, modules_seen: int | None, matched: Mapping[str, int]
) -> Iterator[Finding]:
    if modules_seen is not None and config.bank.modules > modules_seen:
        message = f"{config.bank.modules} modules are allowed for, {modules_seen} are there"
        yield (
            ("bank", "modules"),
            message,
            f"write modules: {modules_seen} if these are all you own: more would let a mistake be reported",
        )
    for index, rule in enumerate(config.ports):
        if rule.enabled and rule.kind in {PathKind.EXACT, PathKind.GLOB} and matched.get(rule.path) == 0:
            words = "matches no port" if rule.kind is PathKind.GLOB else "is not there"
            yield (
                ("ports", index, "path"),
                f"{rule.path} {words}",
                "see simbank-agent scan, or ls /dev/serial/by-path",
            )


def _renumbering(config: Config) -> Iterator[Finding]:
    for index, rule in enumerate(config.ports):
        if re.fullmatch(r"/dev/tty[A-Z][A-Za-z0-9]*\d+", rule.path) and not rule.path.startswith("/dev/ttyS"):
            hint = "take its name from /dev/serial/by-path, which stays"
            yield ("ports", index, "path"), f"{rule.path} may be another port after the next start", hint
        elif rule.may_match_many and "{path}" in rule.name and not rule.path.startswith("/dev/serial/"):
            hint = "{n} and {usb} belong to the physical place"
            yield ("ports", index, "name"), "names made of {path} change when ports are renumbered", hint


def _not_counting(config: Config) -> Iterator[Finding]:
    if config.onlinesim.test is not None and not config.onlinesim.sandboxed:
        yield (
            ("onlinesim", "test"),
            "test reports never count: nothing is offered",
            "leave test: null to sell",
        )


def _numbers(config: Config) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for sim, entry in config.sims.items():
        if entry.number is None:
            continue
        if not e164.is_possible(entry.number):
            hint = "it is sent exactly as written"
            yield ("sims", sim), f"{entry.number} has a length that its country does not use", hint
        if entry.number in first:
            message = f"{entry.number} belongs to {first[entry.number]} too"
            yield ("sims", sim), message, "while both are in modules, neither is reported"
        first.setdefault(entry.number, sim)


def _unquoted(read: Source) -> Iterator[Finding]:
    sims = read.data.get("sims") if isinstance(read.data, dict) else None
    for sim, entry in (sims or {}).items():
        number = entry.get("number") if isinstance(entry, dict) else entry
        key = ("sims", sim, "number") if isinstance(entry, dict) else ("sims", sim)
        if isinstance(number, WrittenInt | WrittenFloat) and "$" not in read.texts.get(key, ""):
            hint = f'write "{number.written}"'
            yield key, "is read as written, but other programs lose the + of a number without quotes", hint
