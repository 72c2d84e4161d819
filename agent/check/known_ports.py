"""Which ports the rules let the agent open, and how opening them went according to the rows of modules."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.bank.roster import FoundPort
from agent.config import Config, PathKind, PortRole
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason
from agent.language import current_language
from drivers.errors import PortProblem, PortUnavailable

_UNAVAILABLE: Final = {
    "port_busy": PortProblem.BUSY,
    "no_permission": PortProblem.FORBIDDEN,
    "unplugged": PortProblem.GONE,
}
"""reasons of a module that are outcomes of opening its port (docs/design.md §4)."""


def is_asked(config: Config, one: FoundPort) -> bool:
    """Return whether the most exact rule for a port lets the agent open it."""
    rule = min((config.ports[index] for index in one.rules), key=lambda rule: rule.kind)
    return rule.enabled and rule.role is not PortRole.CONTROL and rule.kind is not PathKind.SIMULATED


def is_gone(why: PortUnavailable | None) -> bool:
    """Return whether opening a port found none."""
    return why is not None and why.problem is PortProblem.GONE


def absent_ports(
    config: Config, found: Sequence[FoundPort], gone: Mapping[str, PortUnavailable | None]
) -> set[str]:
    """Return the single paths of rules that match no port, without those known to be `gone`."""
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


def known_ports(rows: Sequence[Mapping[str, Any]]) -> dict[str, PortUnavailable | None]:
    """Return how opening each module's ports went, from its reason and text; None: it worked.

    The texts are in the process's language.
    """
    busy = reason_text(Reason.PORT_BUSY, language=current_language())
    known: dict[str, PortUnavailable | None] = {}
    for row in rows:
        trouble = _UNAVAILABLE.get(str(row["reason"]))
        for path in map(str, row.get("ports", ())):
            text = str(row["text"])
            if "://" in path and path in text:  # only an error of opening it names it
                known[path] = PortUnavailable(trouble or PortProblem.BROKEN, text[text.index(path) :])
            else:
                holder = text.partition(f"{busy}: ")[2] if trouble is PortProblem.BUSY else ""
                error = PortUnavailable(trouble, f"{path}: {text}", holder=holder) if trouble else None
                known[path] = error
    return known
