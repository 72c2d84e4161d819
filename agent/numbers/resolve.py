"""Which number a SIM has (docs/design.md §5): the sources in their order, and what each may say.

A configured number is sent as written; what a module reports becomes E.164 with the country of the SIM.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.config import SimEntry
from agent.formats import e164, iccid, mcc
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

    `rejected` is the text of the best source whose text is not a possible number; with `number` set a worse source
    had one. `disabled`: config.yaml says that this SIM is never reported. `stale`: the number that its module tells,
    and told for another card before, so that nobody believes it.
    """

    number: Number | None
    rejected: str | None
    disabled: bool
    stale: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One row of the sims_file: `sim` is an ICCID or IMSI, `number` "+…" or national digits, if any."""

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
            self._add(row.sim, _Known(Source.FILE, row.number, row.rent, enabled=True))

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
    for source, text in _candidates(entries, readings or (), learned):
        written = _as_sent(source, text, _region(card, imsi))
        code = e164.calling_code(written) if written else None
        if written is not None and code is not None:
            return Resolution(Number(written, code, source, rent), rejected, disabled)
        rejected = rejected or text
    return Resolution(None, rejected, disabled)


def operator(imsi: str) -> int | None:
    """Return the operator as Onlinesim wants it: the first five digits of the IMSI; None for a shorter text."""
    head = imsi[:5]
    return int(head) if len(head) == 5 and head.isascii() and head.isdigit() else None


def _candidates(
    entries: list[_Known], readings: tuple[NumberReading, ...], learned: str | None
) -> Iterator[tuple[Source, str]]:
    """Yield every text that may be the number, best source first, none empty."""
    candidates = [(entry.source, entry.number or "") for entry in entries]
    candidates += [(_ORIGINS[number.origin], number.text) for number in readings]
    candidates.append((Source.LEARNED, learned or ""))
    for source, text in sorted(candidates, key=lambda candidate: candidate[0]):
        if text.strip():
            yield source, text.strip()


def _as_sent(source: Source, text: str, region: str | None) -> str | None:
    # A configured number with its `+` is never changed, even where no numbering plan agrees (+46050910804 keeps its 0).
    if source in {Source.CONFIG, Source.FILE} and e164.is_international(text):
        return text
    return e164.international(text, region)


def _region(card: str | None, imsi: str | None) -> str | None:
    """Return the country of the IMSI; without one that of the ICCID, which only names the issuer of the card."""
    if imsi:
        return mcc.home_region(imsi)
    return iccid.issuing_region(card) if card else None
