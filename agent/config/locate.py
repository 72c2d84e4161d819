"""Which config.yaml counts (docs/design.md §7), and what is at a fixed place of the system or beside another file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.config.problem import ConfigError, Problem
from agent.language import _

VARIABLE = "SIMBANK_CONFIG"
SYSTEM = Path("/etc/simbank-agent/config.yaml")
"""Of the service, which runs as a user of its own (udev/simbank-agent.service)."""
SYSTEM_STATE = Path("/var/lib/simbank-agent")
"""The folder of its store (udev/simbank-agent.service: StateDirectory=)."""
SYSTEM_USER = "simbank-agent"
"""The user that it runs as, with a group of the same name (udev/simbank-agent.service: User=)."""


def simulated_store(store: Path) -> Path:
    """Return the store of simulated SIMs: a file of their own beside that of the real ones."""
    return store.with_name(f"{store.stem}-simulated{store.suffix}")


def find(
    argument: str | Path | None, environment: Mapping[str, str], cwd: Path, system: Path = SYSTEM
) -> Path:
    """The first that counts: `argument` (--config), $SIMBANK_CONFIG, config.yaml in `cwd`, `system`.

    One that is named must exist. Raises ConfigError with the places that were tried.
    """
    named = str(argument) if argument is not None else environment.get(VARIABLE)
    if named:
        path = cwd / named
        if path.is_file():
            return path
        origin = "" if argument is not None else f" (${VARIABLE})"
        what = _("is not a file") if path.exists() else _("no such file")
        raise ConfigError([Problem(file=named, message=f"{what}{origin}")])
    places = (cwd / "config.yaml", system)
    for path in places:
        if path.is_file():
            return path
    tried = ", ".join(map(str, places))
    hint = _("pass one with --config or {variable}").format(variable=f"${VARIABLE}")
    message = _("not found; tried {places}").format(places=tried)
    raise ConfigError([Problem(file="config.yaml", message=message, hint=hint)])
