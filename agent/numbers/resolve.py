"""Which number a SIM has (docs/design.md §5): the sources in their order, and what each may say.

A configured number is sent as written; what a module reports becomes E.164 with the country of the SIM.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.config import SimEntry
from agent.formats import e164, iccid
from agent.formats.number_fault import Objection
from agent.formats.written_number import read
from agent.numbers.home import in_e164
from agent.numbers.rejected import rejected as as_rejected
from drivers.observation import NumberOrigin, NumberReading


class Source(enum.IntEnum):
    """Where a number comes from, best first."""

    CONFIG = 1
    FILE = 2
    CNUM = 3
    EF_MSISDN = 4
    LEARNED = 5
    USSD = 6


_ORIGINS = {
    NumberOrigin.CNUM: Source.CNUM,
    NumberOrigin.EF_MSISDN: Source.EF_MSISDN,
    NumberOrigin.USSD: Source.USSD,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is sent: `text` is "+…", `country_id` its country calling code."""

    text: str
    country_id: int
    source: Source
    rent: bool


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known of one SIM's number.

    `rejected` has the text of the best source whose text is no certain number, and why (agent/numbers/rejected.py);
    with `number` set a worse source had one. `disabled`: config.yaml says that this SIM is never reported. `stale`: the
    number that its module tells, and told for another card before, so that nobody believes it.
    """

    number: Number | None
    rejected: str | None
    disabled: bool
    stale: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One row of the sims_file: `sim` is an ICCID or IMSI, `number` the text of its number, if any."""

    sim: str
    number: str | None
    rent: bool | None
    line: int


@dataclass(frozen=True, slots=True)
class _Known:
    """One configured entry."""

    source: Source
    number: str | None
    rent: bool | None
    enabled: bool
    line: int = 0


class NumberBook:
    """What the operator configured: `sims` of config.yaml, then the entries of `sims_file`.

    SIMs are named by ICCID, compared as docs/at-field-guide.md §4.2 has it, or by IMSI. `rent` is the default for all.
    """

    def __init__(
        self, sims: Mapping[str, SimEntry], file_entries: Iterable[FileEntry] = (), *, rent: bool = False
    ) -> None:
        self.rent = rent
        self._by_imsi: dict[str, list[_Known]] = {}
        self._by_card: dict[str, list[tuple[str, _Known]]] = {}
        for sim, entry in sims.items():
            self._add(sim, _Known(Source.CONFIG, entry.number, entry.rent, entry.enabled))
        for row in file_entries:
            self._add(row.sim, _Known(Source.FILE, row.number, row.rent, enabled=True, line=row.line))

    def _add(self, sim: str, known: _Known) -> None:
        if sim.startswith("89"):
            self._by_card.setdefault(iccid.card_key(sim), []).append((sim, known))
        else:
            self._by_imsi.setdefault(sim, []).append(known)

    def entries(self, card: str | None, imsi: str | None) -> list[_Known]:
        """Return the entries of a SIM: config.yaml before the file, and in each the ICCID before the IMSI."""
        cards = self._by_card.get(iccid.card_key(card), []) if card else []
        found = [known for other, known in cards if card and iccid.same_card(card, other)]
        found += self._by_imsi.get(imsi, []) if imsi else []
        return sorted(found, key=lambda known: known.source)


def resolve(
    book: NumberBook,
    card: str | None,
    imsi: str | None,
    readings: tuple[NumberReading, ...] | None,
    learned: str | None,
) -> Resolution:
    """Return the number of the SIM with this ICCID (`card`) and IMSI.

    `readings` are what its module reported, in its order, None if it was not asked yet; `learned` is what the store has
    for this ICCID. The first source with a possible number wins.
    """
    entries = book.entries(card, imsi)
    rents = (entry.rent for entry in entries if entry.rent is not None)
    rent = next(rents, book.rent)
    disabled = any(not entry.enabled for entry in entries)
    rejected: str | None = None
    for source, text, line in _candidates(entries, readings or (), learned):
        number = _number_of(source, text, card, imsi)
        code = e164.calling_code(number) if isinstance(number, str) else None
        if isinstance(number, str) and code is not None:
            return Resolution(Number(number, code, source, rent), rejected, disabled)
        if isinstance(number, Objection):
            rejected = rejected or as_rejected(text, number, line)
    return Resolution(None, rejected, disabled)


def operator(imsi: str) -> int | None:
    """Return the operator as Onlinesim wants it: the first five digits of the IMSI; None for a shorter text."""
    head = imsi[:5]
    return int(head) if len(head) == 5 and head.isascii() and head.isdigit() else None


def _candidates(
    entries: list[_Known], readings: tuple[NumberReading, ...], learned: str | None
) -> Iterator[tuple[Source, str, int]]:
    """Yield every text that may be the number, best source first, none empty; with its line in the sims_file or 0."""
    candidates = [(entry.source, entry.number or "", entry.line) for entry in entries]
    candidates += [(_ORIGINS[number.origin], number.text, 0) for number in readings]
    candidates.append((Source.LEARNED, learned or "", 0))
    for source, text, line in sorted(candidates, key=lambda candidate: candidate[0]):
        if text.strip():
            yield source, text.strip(), line


@functools.lru_cache(maxsize=4096)
def _number_of(source: Source, text: str, card: str | None, imsi: str | None) -> str | Objection | None:
    """The number; an objection to a text that is none; None for the filling of a card that holds no number.

    What the operator wrote with its plus is never changed, even where no numbering plan agrees (+46050910804 keeps its
    0), and is never filling: it is his word.
    """
    given = source in {Source.CONFIG, Source.FILE}
    if not given and e164.is_filling(text):
        return None
    written = read(text)
    if isinstance(written, Objection):
        return written
    number = in_e164(written, card, imsi, told=not given)
    filling = not given and isinstance(number, str) and e164.is_filling(number)
    return None if filling else number
