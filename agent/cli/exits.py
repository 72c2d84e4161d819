"""How a command ends: exit codes, and errors as people read them.

Responsible for the codes of docs/design.md §8, for one clear message on stderr,
and for output that does not get to where it should. Must not know which command runs.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from agent.bank.roster import NameClash
from agent.cli.streams import let_go_of
from agent.config import ConfigError
from agent.sandbox.simulated_bank import SimulationFailed
from agent.store.lock import StoreInUse


class Exit(enum.IntEnum):
    """sysexits(3), where it has a code for the case."""

    GOOD = 0
    PROBLEM = 1
    USAGE = 2
    TRY_LATER = 75
    PERMISSION = 77
    CONFIG = 78


def fail(code: Exit, message: str) -> NoReturn:
    """Say why on stderr, and end."""
    try:
        print(message, file=sys.stderr, flush=True)
    except OSError:  # a stderr that takes nothing changes no code
        let_go_of(sys.stderr)
    raise SystemExit(int(code))


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the errors that an operator can mend into a message and a code; anything else is our bug and stays.

    It ends with everything printed. Where nobody reads any more, as in `| head -1`, all is well.
    """
    try:
        with _printed():
            yield
    except ConfigError as wrong:
        fail(Exit.CONFIG, str(wrong))
    except NameClash as wrong:
        fail(Exit.CONFIG, f"config.yaml: {wrong}")
    except StoreInUse as used:
        fail(
            Exit.TRY_LATER, f"{used}: is simbank-agent already running here? `simbank-agent status` shows it"
        )
    except SimulationFailed as why:
        fail(Exit.PROBLEM, str(why))
    except PermissionError as why:
        fail(Exit.PERMISSION, f"{why.filename or 'this'}: permission denied ({why.strerror})")
    except BrokenPipeError:
        raise SystemExit(int(Exit.GOOD)) from None
    except OSError as why:
        if why.filename is None:
            raise
        fail(Exit.PROBLEM, f"{why.filename}: {why.strerror}")


@contextmanager
def ends_with(code: int) -> Iterator[None]:
    """Print within, and end with `code`, also where nobody reads to the end."""
    with suppress(BrokenPipeError), _printed():
        yield
    raise SystemExit(code)


@contextmanager
def _printed() -> Iterator[None]:
    """Print to the end. Raises OSError where stdout does not take it, BrokenPipeError where nobody reads it."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # what typer and rich make of it
            let_go_of(sys.stdout)
            raise end.__context__ from None
        raise
    except OSError:
        let_go_of(sys.stdout)
        raise
