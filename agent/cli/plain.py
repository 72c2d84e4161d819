"""`run` and `status --json`, which services and monitoring start, without the library that reads all other commands.

Importing that takes as long as Python's own start, and 3 MB. Arguments that are not all known here are left to it: it
says what is wrong with them, and has the help.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from agent.cli import process

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C, as shells have it."""
_VALUED: Final = {"-c": "--config", "--config": "--config", "--token-file": "--token-file"}


def plain(arguments: Sequence[str]) -> Callable[[], None] | None:
    """Return the command that these arguments mean; None where it is another one, or may be."""
    given = _options(arguments[1:])
    if given is None:
        return None
    config, token_file = given.get("--config"), given.get("--token-file")
    match arguments[0], given.keys() - {"--config"}:
        case "run", names if not names:
            return lambda: run(config)
        case "status", names if "--json" in names:
            return lambda: status(config, token_file, as_json=True, watch=False)
    return None


def run(config: Path | None) -> None:
    """Run the agent until Ctrl-C or SIGTERM."""
    from agent.cli.config_file import read_config  # noqa: PLC0415  each command imports what it needs
    from agent.cli.run import run as run_agent  # noqa: PLC0415  as above

    try:
        run_agent(read_config(config), lambda: read_config(config))
    except KeyboardInterrupt:  # while it starts
        raise SystemExit(INTERRUPTED) from None


def status(config: Path | None, token_file: Path | None, *, as_json: bool, watch: bool) -> None:
    """Show the running agent."""
    from agent.cli.config_file import read_status  # noqa: PLC0415  each command imports what it needs
    from agent.cli.status import show_status  # noqa: PLC0415  as above

    with suppress(KeyboardInterrupt):
        process.run(show_status(*read_status(config, token_file), as_json=as_json, watch=watch))


def _options(words: Sequence[str]) -> Mapping[str, Path | None] | None:
    """Return the options that are known here, with their files; None where there is anything else."""
    given: dict[str, Path | None] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--json":
            given[word] = None
            continue
        if name not in _VALUED or (equals and not name.startswith("--")):
            return None
        value = value if equals else next(rest, "")
        if not value or value.startswith("-"):
            return None
        given[_VALUED[name]] = Path(value)
    return given
