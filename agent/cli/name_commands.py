"""The commands `modules`, `rename`, `move` and `forget`: their arguments and help."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import process
from agent.cli.exit import Exit, fail
from agent.cli.options import AsJson, ConfigPath
from agent.language import _

if TYPE_CHECKING:
    from agent.control.messages import Task

Swap = Annotated[bool, typer.Option("--swap", help="The two exchange their names.")]


def modules(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """List the names of modules with their places, those without a module too."""
    from dataclasses import asdict

    from agent.cli.config_file import read_config
    from agent.cli.names import answer_to, show_modules
    from agent.control.messages import Request
    from agent.formats.printable import to_json

    process.allow_interrupt()
    read = read_config(config)
    found = answer_to(Request(task="modules"), read).modules
    if as_json:
        rows = [asdict(one) | {"label": read.labels.get(one.name, "")} for one in found]
        process.print_data(to_json({"modules": rows}) + "\n")
    else:
        show_modules(found, read.labels)


def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The module's name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name that it gets.")],
    config: ConfigPath = None,
    swap: Swap = False,
) -> None:
    """Give a module another name, its port_id at Onlinesim; a running agent does it at once."""
    _carry_out("rename", config, name=old, to=(new,), swap=swap)


def move(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The name that a module had elsewhere.", show_default=False),
    ] = None,
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="PLACE",
            help="Where the module is now: a place, a port, or the name that it has there.",
            show_default=False,
        ),
    ] = None,
    config: ConfigPath = None,
    swap: Swap = False,
    every: Annotated[
        bool, typer.Option("--all", help="Move each name whose module, by its IMEI, is in another place now.")
    ] = False,
) -> None:
    """Give a module the name that it had in another place or on another host."""
    if every and (name or swap):
        fail(Exit.USAGE, _("move: --all takes no name, no place and no --swap"))
    if every:
        _carry_out("move_all", config)
        return
    if name is None or place is None:
        fail(Exit.USAGE, _("move: give a name and a place, or --all; `simbank-agent modules` lists both"))
    where = dict.fromkeys([place, os.path.realpath(place) if place.startswith("/") else place])
    _carry_out("move", config, name=name, to=tuple(where), swap=swap)


def forget(
    what: Annotated[
        str,
        typer.Argument(metavar="NAME|SIM", help="A module's name, or the ICCID, IMSI or number of a SIM."),
    ],
    config: ConfigPath = None,
) -> None:
    """Forget a place that has no module any more, or a SIM that is in no module."""
    _carry_out("forget", config, name=what)


def _carry_out(
    task: Task, config: ConfigPath, *, name: str = "", to: tuple[str, ...] = (), swap: bool = False
) -> None:
    from agent.cli.config_file import read_config
    from agent.cli.names import answer_to
    from agent.control.answer_texts import answer_in
    from agent.control.messages import Request
    from agent.language import current_language

    process.allow_interrupt()
    for line in answer_to(Request(task=task, name=name, to=to, swap=swap), read_config(config)).lines:
        print(answer_in(line, current_language()))
