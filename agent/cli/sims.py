"""`sims`: every SIM ever seen, and the CSV file that the operator fills in."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.table import Table

from agent.cli.atomic_write import read_bytes, replace_bytes, write_new
from agent.cli.client import RunningAgent
from agent.cli.process import Exit, fail, print_data
from agent.cli.table import console, foreign_text, onlinesim_text
from agent.config import Config
from agent.formats.plurals import counted
from agent.numbers import sims_file, sims_file_write
from agent.numbers.resolve import FileEntry, NumberBook, Source, resolve
from agent.store.store import Learned, SeenSim, seen_sims
from drivers.ports import natural

NONE_SEEN: Final = (
    "no SIM has been seen yet: `simbank-agent run` records the SIMs that it finds, `scan` does not"
)


def known_sims(config: Config, book: NumberBook) -> list[sims_file_write.SimRow]:
    """Return all SIMs of the store, by module. Raises PermissionError; exits with a message if it cannot be read."""
    if not config.store_file.exists() or config.store_file.stat().st_size == 0:
        return []
    if not os.access(config.store_file, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(config.store_file))
    seen, trouble = seen_sims(config.store_file)
    if trouble and not seen:
        fail(Exit.PROBLEM, trouble)
    if trouble:
        print(trouble, file=sys.stderr)
    rows = [_seen(book, sim, learned) for sim, learned in seen]
    return sorted(rows, key=lambda sim: (natural(sim.module), sim.iccid))


async def answers_by_iccid(config: Config) -> dict[str, str]:
    """Return what a running agent knows from Onlinesim of the SIMs in its modules; empty where none answers."""
    async with RunningAgent(config.status, config.store_file) as agent:
        status = await agent.status() or {"modules": ()}
    return {
        str(row["iccid"]): onlinesim_text(row["onlinesim"])
        for row in status["modules"]
        if row.get("onlinesim")
    }


def show_sims(config: Config, answers: Mapping[str, str], *, as_csv: bool) -> None:
    """Print the SIMs as CSV or as a table. `answers`: what Onlinesim says of each SIM's number, by ICCID."""
    if as_csv and _prints_into(config.sims_file):
        fail(
            Exit.PROBLEM,
            f"stdout is {config.sims_file}, which the shell has just emptied: restore it from a backup."
            " `simbank-agent sims --write` adds new SIMs to sims_file and keeps the rest",
        )
    found = known_sims(config, _book(config))
    if as_csv:
        print_data(sims_file_write.write(found))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "ICCID",
        "IMSI",
        "number",
        "source",
        "module",
        "last seen",
        *(["Onlinesim"] if answers else []),
    ):
        table.add_column(name)
    for sim in found:
        last = [answers.get(sim.iccid, "–")] if answers else []
        cells = (sim.iccid, sim.imsi, sim.number or "–", sim.source, sim.module, sim.last_seen, *last)
        table.add_row(*(foreign_text(cell) if cell else "" for cell in cells))
    console().print(table)
    missing = sum(not sim.number for sim in found)
    console().print(f"\n{counted(len(found), 'SIM')} seen, {missing} without a number")
    if not found:
        console().print(NONE_SEEN)
    if missing:
        console().print(
            "To fill them in, set sims_file: sims.csv in config.yaml and run `simbank-agent sims --write`"
            if config.sims_file is None
            else f"To fill them in, run `simbank-agent sims --write`: it adds new SIMs to {config.sims_file}"
        )


def write_sims(config: Config, config_file: Path) -> str:
    """Add the SIMs that sims_file lacks to it; return what was done. Raises OSError.

    Whoever may read `config_file` may read it, and nobody else.
    """
    path = config.sims_file
    if path is None:
        fail(
            Exit.PROBLEM,
            "config.yaml has no sims_file: set sims_file: sims.csv, then run this command again",
        )
    if not path.exists():
        found = known_sims(config, NumberBook(config.sims, (), rent=config.onlinesim.rent))
        write_new(path, sims_file_write.write(found).encode(), like=config_file)
        return f"{path}: created with {counted(len(found), 'SIM')}" + ("" if found else f"; {NONE_SEEN}")
    found = known_sims(config, _book(config))
    text, new = sims_file_write.added(read_bytes(path).decode(), found)
    if not new:
        return f"{path}: already has every SIM; nothing was written"
    replace_bytes(path, text.encode(), like=config_file)
    return f"{path}: {counted(new, 'SIM')} added"


def _prints_into(path: Path | None) -> bool:
    """Whether stdout is this file."""
    if path is None:
        return False
    try:
        return os.path.samestat(os.fstat(sys.stdout.fileno()), path.stat())
    except (OSError, ValueError):  # stdout is not a file
        return False


def _book(config: Config) -> NumberBook:
    return NumberBook(config.sims, _file_entries(config), rent=config.onlinesim.rent)


def _file_entries(config: Config) -> Sequence[FileEntry]:
    if config.sims_file is None:
        return ()
    entries, problems = sims_file.read_sims_file(config.sims_file, config.places)
    for problem in problems:
        print(problem, file=sys.stderr)
    return entries


def _seen(book: NumberBook, sim: SeenSim, learned: Learned | None) -> sims_file_write.SimRow:
    number = resolve(book, sim.iccid, sim.imsi, None, learned.number if learned else None).number
    origin = "" if number is None else number.source.name.lower()
    return sims_file_write.SimRow(
        iccid=sim.iccid,
        imsi=sim.imsi or "",
        number=number.text if number is not None else "",
        rent=number.rent if number is not None else None,
        source=learned.source
        if learned and number is not None and number.source is Source.LEARNED
        else origin,
        module=sim.module,
        last_seen=time.strftime("%Y-%m-%d %H:%M", time.localtime(sim.seen)),
    )
