"""`check`: everything that would stop a good run, and how to fix each.

Responsible for bringing together what the examination looks at: the configuration, a look at the modules, the set that
would be sent, and the way to the server. Must not judge anything.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from agent.app.api_key import read_key
from agent.app.wiring import Wiring
from agent.bank.roster import NameClash
from agent.check import CheckInput, Finding, as_json, examine, exit_code, listing
from agent.cli.process import Exit, print_data
from agent.cli.scan import Progress, Scan, scan
from agent.cli.table import console
from agent.config import Config, ConfigError, Problem
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulationFailed
from agent.store.lock import StoreInUse


async def subject_of(
    config: Config | ConfigError,
    file: Path,
    wiring: Wiring | None,
    progress: Progress,
    stack: contextlib.AsyncExitStack,
    *,
    test2: bool,
) -> CheckInput:
    """Look at the modules and prepare the way to the server; what fails there is found by the examination itself."""
    if isinstance(config, ConfigError) or wiring is None:
        return CheckInput(config=config, file=file)
    found = await _look(config, wiring, progress)
    if isinstance(found, ConfigError):
        return CheckInput(config=found, file=file)
    entries = (
        [NumberEntry.model_validate(one) for one in json.loads(found.payload)["numbers"]] if found else []
    )
    client = await stack.enter_async_context(_way_to_server(config))
    post = None if client is None else client.post
    return CheckInput(
        config=config, file=file, rows=found.modules if found else (), entries=entries, post=post, test2=test2
    )


async def _look(config: Config, wiring: Wiring, progress: Progress) -> Scan | ConfigError | None:
    try:
        with _bad_rows_told_once():
            return await scan(config, wiring, progress)
    except ConfigError as wrong:
        return wrong
    except (NameClash, StoreInUse, SimulationFailed, OSError) as why:
        print(f"the modules could not be looked at: {why}", file=sys.stderr)
        return None


@contextlib.contextmanager
def _bad_rows_told_once() -> Iterator[None]:
    """Keep the log from naming what the examination names itself, with its fix."""

    def is_news(record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and any(isinstance(one, Problem) for one in record.args))

    log = logging.getLogger("agent.app.service")
    log.addFilter(is_news)
    try:
        yield
    finally:
        log.removeFilter(is_news)


@contextlib.asynccontextmanager
async def _way_to_server(config: Config) -> AsyncIterator[OnlinesimClient | None]:
    async with open_session() as session:
        if config.onlinesim.sandboxed:
            async with Sandbox(modules=config.bank.modules).serving() as url:
                yield OnlinesimClient(session, url, None)
            return
        try:
            key = await read_key(config)
        except ConfigError as why:
            print(why, file=sys.stderr)
            yield None
        else:
            yield OnlinesimClient(session, config.onlinesim.server, key)


async def check(
    config: Config | ConfigError, file: Path, wiring: Wiring | None, progress: Progress, *, test2: bool
) -> tuple[list[Finding], int]:
    """Examine; return the findings and the exit code."""
    async with contextlib.AsyncExitStack() as stack:
        subject = await subject_of(config, file, wiring, progress, stack, test2=test2)
        findings = await examine(subject)
    wrong = isinstance(subject.config, ConfigError)
    return findings, int(Exit.CONFIG) if wrong else exit_code(findings)


def show_findings(findings: Sequence[Finding], *, as_a_json: bool) -> None:
    """Print them; not while a progress bar is on the terminal, for that takes stdout for its own."""
    if as_a_json:
        print_data(as_json(findings) + "\n")
        return
    out = console()
    out.print(listing(findings, ascii_only=not out.is_terminal and out.encoding.lower() != "utf-8"))
