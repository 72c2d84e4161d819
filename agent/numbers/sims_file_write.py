"""The sims_file made of the SIMs that were seen, and new rows below one that people keep.

Responsible for a file that can be read again, and for leaving what already stands there as it is. Must not know
where SIMs were seen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from agent.formats import iccid
from agent.numbers.csv_sheet import COLUMNS, Sheet, sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSim:
    """One SIM; `last_seen` is a text for people, as is `source`."""

    iccid: str
    imsi: str = ""
    number: str = ""
    rent: bool | None = None
    source: str = ""
    module: str = ""
    last_seen: str = ""


def write(sims: Iterable[SeenSim]) -> str:
    """The file to fill in: one row for each SIM, readable by `parse`."""
    return _written(sims, COLUMNS, ",", "\n", header=True)


def added(text: str, sims: Iterable[SeenSim]) -> tuple[str, int]:
    """The text with a row below it for each SIM that it does not name yet, and how many these are.

    What stands there stays as it is; the new rows have its columns, its separator and its ends of lines.
    """
    there = sheet(text)
    cards, subscribers = _named(there)
    new = [
        sim
        for sim in sims
        if sim.imsi not in subscribers
        and not any(iccid.same_card(card, sim.iccid) for card in cards.get(iccid.card_key(sim.iccid), ()))
    ]
    if not new:
        return text, 0
    newline = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    gap = newline if text.removeprefix("\ufeff") and not text.endswith(("\n", "\r")) else ""
    told = there.header is not None or bool(there.rows)
    names = _order(there) if told else COLUMNS
    return text + gap + _written(new, names, there.separator, newline, header=not told), len(new)


def _named(there: Sheet) -> tuple[dict[str, list[str]], set[str]]:
    """The cards of the file by `card_key`, and its IMSIs; a row without a number names its SIM too."""
    cards: dict[str, list[str]] = {}
    subscribers: set[str] = set()
    for row in there.rows:
        for name in ("iccid", "imsi"):
            sim = iccid.as_sim(there.cell(row, name))
            if sim is not None:
                cards.setdefault(iccid.card_key(sim), []).append(sim)
                subscribers.add(sim)
    return cards, subscribers


def _order(there: Sheet) -> tuple[str, ...]:
    """The name of each column, empty for one that is not ours."""
    if there.header is not None:
        names = [cell if cell in COLUMNS[4:] else "" for cell in there.header.cells]
    else:
        names = [""] * len(there.rows[0].cells)
    names += [""] * (max(there.columns.values()) + 1 - len(names))
    for name, at in there.columns.items():
        names[at] = name
    return tuple(names)


def _written(
    sims: Iterable[SeenSim], names: tuple[str, ...], separator: str, newline: str, *, header: bool
) -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator, lineterminator=newline)
    if header:
        rows.writerow(names)
    for sim in sims:
        cells = {name: getattr(sim, name) for name in COLUMNS}
        cells["rent"] = "" if sim.rent is None else str(int(sim.rent))
        rows.writerow(" ".join(cells.get(name, "").split()) for name in names)
    return out.getvalue()
