"""The names of places as commands change them: told to the running agent, else done on the store."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from rich.table import Table

from agent.bank.inventory import Inventory
from agent.cli import process
from agent.cli.command_log import log_errors
from agent.cli.exit import Exit, fail
from agent.cli.table import GAP, console, foreign_text, labelled
from agent.config import Config
from agent.control.answer_texts import answer_in
from agent.control.client import NoControl, ask
from agent.control.keeper import Keeper
from agent.control.messages import Answer, ModulePlace, Request
from agent.language import N_, _, current_language
from agent.sandbox.stand_ins import start_simulation
from agent.store.problems import problem_in
from agent.store.store import Store

_COLUMNS = (N_("name"), N_("port"), N_("IMEI"), N_("place"))
WRITE_WITHIN = 5.0
"""Seconds."""


def answer_to(request: Request, config: Config) -> Answer:
    """Return what the agent that has the store answers, or do it there; exits with a message for a refusal.

    Raises PermissionError, NameClash, StoreInUse, SimulationFailed.
    """
    try:
        answer = ask(config.store_file, request)
    except NoControl as why:
        fail(Exit.TRY_LATER, str(why))
    if answer is None:
        answer = process.run(_without_agent(request, config))
    if answer.refused:
        fail(Exit.PROBLEM, answer_in(answer.refused, current_language()))
    return answer


async def _without_agent(request: Request, config: Config) -> Answer:
    """Do it on the store, which nobody has; `modules` leaves the disk as it is."""
    log_errors()
    looks = request.task == "modules"
    if not looks and not config.store_file.exists():
        text = _("{file} does not exist: no agent has given names yet")
        fail(Exit.PROBLEM, text.format(file=config.store_file))
    async with contextlib.AsyncExitStack() as ends:
        store = Store(config.store_file, read_only=looks)
        ends.callback(store.close)
        if not looks and store.problem:
            fail(Exit.PROBLEM, problem_in(store.problem, current_language()))
        simulation = await start_simulation(config, ends)
        inventory = Inventory.of(config.ports, config.usb, simulation, store=store)
        await inventory.places()
        answer = Keeper(inventory, store).do(request)
        if not store.flush(WRITE_WITHIN):
            late = _("{file} could not be written in time").format(file=config.store_file)
            fail(Exit.PROBLEM, problem_in(store.problem, current_language()) or late)
        return answer


def show_modules(found: Sequence[ModulePlace], labels: Mapping[str, str]) -> None:
    """Print names with their places as a table; `labels` are those of config.yaml."""
    if not found:
        print(_("no module has a name yet: `simbank-agent run` gives them"))
        return
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in _COLUMNS:
        table.add_column(_(column), overflow="fold")
    for one in found:
        table.add_row(
            labelled(one.name, labels.get(one.name)),
            foreign_text(one.ports[0] if one.ports else _("no module"), style="" if one.ports else "dim"),
            foreign_text(one.imei, style="dim"),
            foreign_text(one.place, style="dim"),
        )
    console().print(table)
