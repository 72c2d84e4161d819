"""Writing the sims_file: a new one, or new rows below those of an existing one, which stay as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from agent.formats import iccid
from agent.formats.printable import csv_cell
from agent.numbers.csv_sheet import COLUMNS, Sheet, sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class SimRow:
    """One SIM. `number` is what the operator gave, `told` what the card or network told; the rest is for people.

    What was told does not become the operator's word: it may change on the card, and in a file it would overrule that.
    """

    iccid: str
    imsi: str = ""
    number: str = ""
    rent: bool | None = None
    told: str = ""
    source: str = ""
    module: str = ""
    last_seen: str = ""
    seen: int = 0
    """The same as UNIX time."""


def write(sims: Iterable[SimRow]) -> str:
    """Return the file to fill in, with a row for each SIM; `sims_rows.parse` reads it."""
    return _written(sims, COLUMNS, ",", "\n", header=True)


def added(text: str, sims: Iterable[SimRow]) -> tuple[str, int]:
    """Return the text with a row added for each SIM that it does not name yet, and the number of these rows.

    The new rows have the columns, the separator and the line ends of the text.
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
    content = there.header is not None or bool(there.rows)
    names = _order(there) if content else COLUMNS
    return text + gap + _written(new, names, there.separator, newline, header=not content), len(new)


def _named(there: Sheet) -> tuple[dict[str, list[str]], set[str]]:
    """Return the cards of the file by `card_key`, and its IMSIs; rows without a number count too."""
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
    """Return the name of each column, empty for an unknown one."""
    if there.header is not None:
        names = [cell if cell in COLUMNS[4:] else "" for cell in there.header.cells]
    else:
        names = [""] * len(there.rows[0].cells)
    names += [""] * (max(there.columns.values()) + 1 - len(names))
    for name, at in there.columns.items():
        names[at] = name
    return tuple(names)


def _written(
    sims: Iterable[SimRow], names: tuple[str, ...], separator: str, newline: str, *, header: bool
) -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator, lineterminator=newline)
    if header:
        rows.writerow(names)
    for sim in sims:
        cells = {name: getattr(sim, name) for name in COLUMNS}
        cells["rent"] = "" if sim.rent is None else str(int(sim.rent))
        rows.writerow(csv_cell(cells.get(name, "")) for name in names)
    return out.getvalue()
