"""`check`: everything that would stop a good run, and how to fix each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from agent.app.api_key import read_key
from agent.bank.roster import NameClash, clash_in
from agent.bank.survey import Progress
from agent.check import CheckInput, Finding, as_json, exit_code, listing, run_checks
from agent.check.account import GAP_S, WHAT, Ask, check_account
from agent.check.alerts import check_alerts
from agent.check.finding import problem, warning
from agent.check.fleet import FleetInput
from agent.cli.errors import holder_text
from agent.cli.exit import Exit
from agent.cli.process import print_data
from agent.cli.scan import Scan, ask_agent, ask_modules
from agent.cli.survey import survey_of
from agent.cli.table import console
from agent.config import Config, ConfigError
from agent.language import _, current_language
from agent.language.system_words import error_words
from agent.onlinesim.account import QUESTIONS, REPORTS, AccountClaim, AccountInUse, holder_of
from agent.onlinesim.client import OnlinesimClient, open_session
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.sandbox.server import Sandbox
from agent.sandbox.simulated_bank import SimulationFailed
from agent.store.lock import StoreInUse, refuse_if_locked
from drivers.offload import offload

API_KEY: Final = "API key"


async def check_input(
    config: Config | ConfigError,
    file: Path,
    progress: Progress,
    stack: contextlib.AsyncExitStack,
    *,
    test2: bool,
) -> CheckInput:
    """Ask the modules and prepare the way to the server; the checks themselves report what fails there."""
    if isinstance(config, ConfigError):
        return CheckInput(config=config, file=file)
    found = await _ask(config, progress)
    agent_runs = await _agent_runs(config)
    if isinstance(found, ConfigError):
        return CheckInput(config=found, file=file)
    entries = [NumberEntry(**one) for one in json.loads(found.payload)["numbers"]] if found else []
    try:
        client = await stack.enter_async_context(client_of(config, entries))
    except (ConfigError, OSError):  # `_key_findings` reports it
        client = None
    return CheckInput(
        config=config,
        file=file,
        rows=found.modules if found else (),
        entries=entries,
        send=None if client is None else client.send,
        ask=None if client is None else client.check_number,
        clock_ahead=lambda: None if client is None else client.clock_ahead,
        reported=found.reported if found else frozenset(),
        account="" if client is None else client.account,
        rival=None if client is None or agent_runs else holder_of(client.account, REPORTS),
        test2=test2,
        fleet=await fleet_input(config, found, "" if client is None else client.seal(client.account), stack),
    )


async def fleet_input(
    config: Config, found: Scan | None, key: str, stack: contextlib.AsyncExitStack
) -> FleetInput | None:
    """Prepare the way to the engine; None for a host alone."""
    if config.fleet is None:
        return None
    from agent.fleet.engine import Engine  # noqa: PLC0415  only a host of a fleet needs redis-py

    fleet, running = config.fleet, found.fleet if found else None
    host = str(fleet.host)
    engine = Engine(fleet.url, fleet.account, name="simbank-check", ca_file=fleet.ca_file)
    stack.push_async_callback(engine.close)
    is_member = running is not None and running["state"] in {"member", "leader"}
    return FleetInput(
        engine=engine,
        url=fleet.url,
        host=host,
        lease=fleet.lease,
        lead=fleet.lead,
        cap=fleet.modules,
        modules=config.bank.modules,
        key=key,
        is_member=is_member and running is not None and running["host"] == host,
        mode=config.onlinesim.mode,
        clock=time.monotonic,
    )


async def _agent_runs(config: Config) -> bool:
    """Whether an agent with this store runs: then it is the one that has the account."""
    try:
        await offload(lambda: refuse_if_locked(config.store_file), name="store", timeout=5.0)
    except (StoreInUse, TimeoutError):
        return True
    return False


async def _ask(config: Config, progress: Progress) -> Scan | ConfigError | None:
    try:
        asked = await ask_agent(config, current_language())
        if asked is not None:
            return asked
        # The checks report bad rows of sims_file themselves, with what to do about each.
        async with survey_of(config, on_bad_row=lambda _: None) as survey:
            return await ask_modules(survey, config, progress, current_language())
    except ConfigError as wrong:
        return wrong
    except (NameClash, StoreInUse, SimulationFailed, OSError) as why:
        said = clash_in(str(why), current_language()) if isinstance(why, NameClash) else str(why)
        print(_("cannot ask the modules: {why}").format(why=said), file=sys.stderr)
        return None


@contextlib.asynccontextmanager
async def client_of(config: Config, known: Sequence[NumberEntry] = ()) -> AsyncIterator[OnlinesimClient]:
    """Make a client for the configured server; it ends with the block. Raises ConfigError for the key's file.

    For the sandbox that is a stand-in of its own, which knows the numbers in `known`.
    """
    async with open_session() as session:
        if not config.onlinesim.sandboxed:
            yield OnlinesimClient(session, config.onlinesim.server, await read_key(config))
            return
        async with Sandbox(modules=config.bank.modules).serving() as url:
            stand_in = OnlinesimClient(session, url, None)
            if known:
                await stand_in.send(SendNumbersOnline(numbers=tuple(known)))
            yield stand_in


async def _key_findings(config: Config | ConfigError) -> list[Finding]:
    """Return what is wrong with the API key."""
    if isinstance(config, ConfigError) or config.onlinesim.sandboxed:
        return []
    try:
        await read_key(config)
    except ConfigError as wrong:
        fix = _("copy the key from your partner account into this file")
        return [problem(API_KEY, str(one), fix) for one in wrong.problems]
    except OSError as why:
        return [problem(API_KEY, f"{why.filename}: {error_words(why)}", _("see `sudo dmesg`"))]
    return []


async def check(
    config: Config | ConfigError,
    file: Path,
    progress: Progress,
    *,
    test2: bool,
    account: Progress | None = None,
) -> tuple[list[Finding], int]:
    """Run all checks; return the findings and the exit code.

    `account` shows the progress of the questions about each number; None: Onlinesim is asked about none.
    """
    async with contextlib.AsyncExitStack() as stack:
        given = await check_input(config, file, progress, stack, test2=test2)
        key_findings = await _key_findings(given.config)
        findings = [*await run_checks(given), *key_findings]
        if isinstance(given.config, Config):
            findings += await check_alerts(given.config, file, os.environ)
        if account is not None and given.ask is not None:
            findings += await _account_findings(given, given.ask, account)
    wrong = isinstance(given.config, ConfigError) or bool(key_findings)
    return findings, int(Exit.CONFIG) if wrong else exit_code(findings)


async def _account_findings(given: CheckInput, ask: Ask, progress: Progress) -> list[Finding]:
    """Ask about each number, while a running agent's own questions wait: one a second is the limit."""
    numbers = [entry.number for entry in given.entries]
    try:
        with AccountClaim(given.account, QUESTIONS):
            found = await check_account(ask, numbers, given.reported, progress)
            await asyncio.sleep(GAP_S)
            return found
    except AccountInUse as used:
        text = _(
            "{agent} of this machine asks Onlinesim about numbers already: one question a second is the limit"
        )
        fix = _("run `simbank-agent check --account` again when it has ended")
        return [warning(WHAT, text.format(agent=holder_text(used)), fix)]


def show_findings(findings: Sequence[Finding], *, as_a_json: bool) -> None:
    """Print them; not while a progress bar is on the terminal, which redirects stdout."""
    if as_a_json:
        print_data(as_json(findings) + "\n")
        return
    out = console()
    out.print(listing(findings, ascii_only=not out.is_terminal and out.encoding.lower() != "utf-8"))
