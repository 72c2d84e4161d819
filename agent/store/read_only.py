"""What commands beside a running agent ask of its store: the file is read, and nothing on the disk changes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from agent.store.facts import ASIDE, LEFT_OUT
from agent.store.opening import read_without_writing
from agent.store.records import FileRow, Learned, SeenSim, kept_file
from agent.store.tables import FACT, FILE_ROW, LEARNED, SIM


def faults(path: Path) -> str:
    """Return what an agent would leave out of this store, or left out at its last start; "" for nothing. Blocks.

    What was left out is told as long as the file as it was is kept beside.
    """
    found, problem = read_without_writing(path)
    facts: dict[str, str] = dict(found.rows[FACT.name])
    aside = facts.get(ASIDE, "")
    if problem or not aside or not path.with_name(Path(aside).name).exists():
        return problem
    return facts.get(LEFT_OUT, "")


def refuse_unreadable(path: Path) -> None:
    """Raise PermissionError for a store that is there and may not be read."""
    if path.exists() and not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def kept_file_rows(store: Path, sims_file: Path) -> tuple[FileRow, ...]:
    """Return the rows of a sims_file that a store has."""
    if not store.exists():
        return ()
    kept = kept_file(read_without_writing(store)[0].rows[FILE_ROW.name])
    return kept.rows if kept.path == str(sims_file) else ()


def seen_sims(path: Path) -> tuple[list[tuple[SeenSim, Learned | None]], str]:
    """Return all SIMs of a store, with the number that was learned for each, and a problem with it, "" if none."""
    found, problem = read_without_writing(path)
    sims = [SeenSim(*row) for row in found.rows[SIM.name]]
    learned = {row[0]: Learned(*row[1:]) for row in found.rows[LEARNED.name]}
    numbers = {sim.iccid: learned.get(sim.iccid) for sim in sims}
    return [
        (sim, one if (one := numbers[sim.iccid]) and one.holds_for(sim.imsi) else None) for sim in sims
    ], problem
