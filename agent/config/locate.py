"""Which config.yaml counts (docs/design.md §7).

Responsible for the order of places. Must not know what stands in the file: this is the only look at the disk,
and it only asks whether a file is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.config.problem import ConfigError, Problem

VARIABLE = "SIMBANK_CONFIG"
SYSTEM = Path("/etc/simbank-agent/config.yaml")


def find(
    argument: str | Path | None, environment: Mapping[str, str], cwd: Path, system: Path = SYSTEM
) -> Path:
    """The file to read: `argument` (--config), $SIMBANK_CONFIG, config.yaml in `cwd`, `system`.

    A place that was named must exist. Raises ConfigError, which tells where was looked.
    """
    named = str(argument) if argument is not None else environment.get(VARIABLE)
    if named:
        path = cwd / named
        if path.is_file():
            return path
        origin = "" if argument is not None else f" (${VARIABLE})"
        what = "this is no file" if path.exists() else "there is no such file"
        raise ConfigError([Problem(file=named, message=f"{what}{origin}")])
    places = (cwd / "config.yaml", system)
    for path in places:
        if path.is_file():
            return path
    looked = ", ".join(map(str, places))
    hint = f"name one with --config or ${VARIABLE}"
    raise ConfigError([Problem(file="config.yaml", message=f"not found; looked for {looked}", hint=hint)])
