"""`sims`: every SIM ever seen, and the CSV file that the operator fills in."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from agent.cli.atomic_write import read_bytes, replace_bytes, write_new
from agent.cli.client import RunningAgent
from agent.cli.exit import Exit, fail
from agent.cli.process import print_data
from agent.cli.table import console, foreign_text, onlinesim_text
from agent.config import Config
from agent.decision.verdict import HOLDS_NOTHING
from agent.formats import iccid
from agent.formats.printable import to_json
from agent.language import N_, _, current_language, ngettext
from agent.numbers import sims_file_write
from agent.numbers.file_text import UnreadableFile, decode
from agent.numbers.resolve import NumberBook, Source, resolve
from agent.numbers.sims_file import SimsFile, as_before, problem_of, read_sims_file
from agent.store.problems import problem_in
from agent.store.read_only import kept_file_rows, refuse_unreadable, seen_sims
from agent.store.records import Learned, SeenSim
from drivers.ports import natural

_COLUMNS: Final = (N_("ICCID"), N_("IMSI"), N_("number"), N_("source"), N_("where"), N_("last seen"))
NONE_SEEN: Final = N_(
    "no SIM has been seen yet: `simbank-agent run` records the SIMs that it finds, `scan` does not"
)


def known_sims(config: Config, book: NumberBook) -> list[sims_file_write.SimRow]:
    """Return all SIMs of the store, by module. Raises PermissionError; exits with a message if it cannot be read."""
    if not config.store_file.exists() or config.store_file.stat().st_size == 0:
        return []
    refuse_unreadable(config.store_file)
    seen, trouble = seen_sims(config.store_file)
    said = problem_in(trouble, current_language())
    if trouble and not seen:
        fail(Exit.PROBLEM, said)
    if trouble:
        print(said, file=sys.stderr)
    rows = [_seen(book, sim, learned) for sim, learned in seen]
    return sorted(rows, key=lambda sim: (natural(sim.module), sim.iccid))


@dataclass(frozen=True, slots=True)
class RunningSims:
    """What a running agent knows of the SIMs in its modules, by ICCID."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """What Onlinesim says of the SIM's number."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """The module that holds the SIM now."""


async def ask_running(config: Config) -> RunningSims | None:
    """Ask the running agent; None where none answers."""
    agent = RunningAgent(config.status, config.store_file)
    status = await agent.status()
    if status is None:
        return None
    rows = status["modules"]
    return RunningSims(
        answers={str(row["iccid"]): onlinesim_text(row["onlinesim"]) for row in rows if row.get("onlinesim")},
        modules={
            str(row["iccid"]): str(row["name"])
            for row in rows
            if row.get("iccid") and row["reason"] not in HOLDS_NOTHING
        },
    )


def show_sims(config: Config, running: RunningSims | None, *, form: str) -> None:
    """Print the SIMs; `form` is "table", "csv" or "json", `running` what the running agent says of them."""
    if form == "csv" and _prints_into(config.sims_file):
        fail(
            Exit.PROBLEM,
            _(
                "stdout is {file}, which the shell has just emptied: restore it from a backup."
                " `simbank-agent sims --write` adds new SIMs to sims_file and keeps the rest"
            ).format(file=config.sims_file),
        )
    found = known_sims(config, _book(config, _read_file(config)))
    if form == "csv":
        print_data(sims_file_write.write(found))
    elif form == "json":
        print_data(to_json({"sims": [_json(sim, running) for sim in found]}) + "\n")
    else:
        _print_table(found, running)
        _print_summary(config, found)


def _json(sim: sims_file_write.SimRow, running: RunningSims | None) -> dict[str, Any]:
    """Return one SIM; `present` is null where no agent tells."""
    held = running.modules.get(sim.iccid) if running is not None else None
    return {
        "iccid": sim.iccid,
        "imsi": sim.imsi or None,
        "number": sim.number or sim.told or None,
        "source": sim.source or None,
        "rent": sim.rent,
        "present": None if running is None else held is not None,
        "module": held or sim.module or None,
        "last_seen": int(time.time()) if held is not None else sim.seen,
    }


def _print_table(found: Sequence[sims_file_write.SimRow], running: RunningSims | None) -> None:
    answers = running.answers if running is not None else {}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (*_COLUMNS, *(["Onlinesim"] if answers else [])):
        table.add_column(_(name))
    for sim in found:
        held = running.modules.get(sim.iccid) if running is not None else None
        where, seen = held, _("now")
        if held is None:
            where, seen = _("was in {module}").format(module=sim.module), sim.last_seen
        last = [answers.get(sim.iccid, "–")] if answers else []
        cells = (sim.iccid, sim.imsi, sim.number or sim.told or "–", sim.source, where, seen, *last)
        table.add_row(*(foreign_text(cell) if cell else "" for cell in cells))
    console().print(table)


def _print_summary(config: Config, found: Sequence[sims_file_write.SimRow]) -> None:
    missing = sum(not (sim.number or sim.told) for sim in found)
    text = ngettext(
        "{n} SIM seen, {missing} without a number", "{n} SIMs seen, {missing} without a number", len(found)
    )
    console().print("\n" + text.format(n=len(found), missing=missing))
    if not found:
        console().print(_(NONE_SEEN))
    if missing and config.sims_file is None:
        console().print(
            _("To fill them in, set sims_file: sims.csv in config.yaml and run `simbank-agent sims --write`")
        )
    elif missing:
        text = _("To fill them in, run `simbank-agent sims --write`: it adds new SIMs to {file}")
        console().print(text.format(file=config.sims_file))


def write_sims(config: Config, config_file: Path) -> str:
    """Add the SIMs that sims_file lacks to it; return what was done. Raises OSError.

    Whoever may read `config_file` may read it, and nobody else.
    """
    path = config.sims_file
    if path is None:
        fail(
            Exit.PROBLEM,
            _("config.yaml has no sims_file: set sims_file: sims.csv, then run this command again"),
        )
    if not path.exists():
        found = _remembered(config, path)
        write_new(path, sims_file_write.write(found).encode(), like=config_file)
        n = len(found)
        text = ngettext("{file}: created with {n} SIM", "{file}: created with {n} SIMs", n)
        return text.format(file=path, n=n) + ("" if found else f"; {_(NONE_SEEN)}")
    content = read_bytes(path)
    try:
        there = decode(content)
    except UnreadableFile as why:
        fail(Exit.PROBLEM, str(problem_of(path, why, config.places)))
    known = known_sims(config, _book(config, _read_file(config))) if content else _remembered(config, path)
    text, new = sims_file_write.added(there.text, known)
    if not new:
        return _("{file}: already has every SIM; nothing was written").format(file=path)
    rows = text[len(there.text) :].encode(there.codec, "replace")
    replace_bytes(path, content + rows, like=config_file)
    return ngettext("{file}: {n} SIM added", "{file}: {n} SIMs added", new).format(file=path, n=new)


def _remembered(config: Config, path: Path) -> list[sims_file_write.SimRow]:
    """Return all SIMs of the store, and those of the rows that it has of a sims_file that is lost."""
    kept = kept_file_rows(config.store_file, path)
    known = known_sims(config, _book(config, as_before(None, kept)))
    seen = {sim for one in known for sim in (one.imsi, iccid.card_key(one.iccid))}
    lost = [row for row in kept if row.sim not in seen and iccid.card_key(row.sim) not in seen]
    return known + [
        sims_file_write.SimRow(
            iccid=row.sim if row.sim.startswith("89") else "",
            imsi="" if row.sim.startswith("89") else row.sim,
            number=row.number or "",
            rent=row.rent,
        )
        for row in lost
    ]


def _prints_into(path: Path | None) -> bool:
    """Whether stdout is this file."""
    if path is None:
        return False
    try:
        return os.path.samestat(os.fstat(sys.stdout.fileno()), path.stat())
    except (OSError, ValueError):  # stdout is not a file
        return False


def _book(config: Config, sims: SimsFile) -> NumberBook:
    return NumberBook(config.sims, sims.entries, rent=config.onlinesim.rent)


def _read_file(config: Config) -> SimsFile:
    """Read the sims_file as the agent does, and name what is wrong with it on stderr."""
    path = config.sims_file
    if path is None:
        return SimsFile()
    sims = read_sims_file(path, kept_file_rows(config.store_file, path))
    for problem in sims.problems(path, config.places):
        print(problem, file=sys.stderr)
    return sims


def _seen(book: NumberBook, sim: SeenSim, learned: Learned | None) -> sims_file_write.SimRow:
    number = resolve(book, sim.iccid, sim.imsi, None, learned.number if learned else None).number
    given = number is not None and number.source in {Source.CONFIG, Source.FILE}
    text = number.text if number is not None else ""
    rents = (entry.rent for entry in book.entries(sim.iccid, sim.imsi) if entry.rent is not None)
    source = "" if number is None else number.source.name.lower()
    return sims_file_write.SimRow(
        iccid=sim.iccid,
        imsi=sim.imsi or "",
        number=text if given else "",
        rent=next(rents, None),
        told="" if given else text,
        source=learned.source if learned and not given and number is not None else source,
        module=sim.module,
        last_seen=time.strftime("%Y-%m-%d %H:%M", time.localtime(sim.seen)),
        seen=sim.seen,
    )
