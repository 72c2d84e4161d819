"""What the hosts of a fleet write for each other, as values and as text. Foreign text is checked, field by field.

Unknown fields are ignored, and a text that a later version wrote may say that this one cannot read it (`min_v`).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from agent.fleet.fields import (
    VERSION,
    NotReadable,
    check_version,
    dump,
    lease_of,
    matching,
    object_of,
    seconds_of,
    text_of,
    whole_of,
)
from agent.fleet.state import Claim, Doubt, LeftOut
from agent.formats.fleet_word import is_word
from agent.onlinesim.messages import NumberEntry

_RUN: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_CARD: Final = re.compile(r"[0-9a-f]{24}", re.ASCII)


class Stage(enum.StrEnum):
    """What a host says of itself in its beat."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"
    """Ended in order; its set counts until its lease ends."""
    LEFT = "left"
    """Ended in order, and has withdrawn its numbers."""
    REFUSED = "refused"
    """It takes no part: see `state.RefusedBy`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the leader says of the account: `age` is in seconds since the last accepted report, when it was written."""

    age: float
    numbers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Who leads. Two records of one run never have the same text."""

    host: str
    run: str
    epoch: int
    seq: int
    lease: float
    key: str
    """A keyed hash of server and key at Onlinesim."""
    released: bool = False
    told: Told | None = None

    def text(self) -> str:
        """Return it as it is written."""
        told = None if self.told is None else {"age": round(self.told.age, 1), "numbers": self.told.numbers}
        return dump({
            "v": VERSION, "min_v": VERSION, "host": self.host, "run": self.run, "epoch": self.epoch,
            "seq": self.seq, "lease": self.lease, "key": self.key, "released": self.released, "told": told,
        })  # fmt: skip


def read_record(text: str) -> Record:
    """Raises NotReadable, TooNew."""
    seen = object_of(text)
    told = seen.get("told")
    return Record(
        host=_host(seen.get("host")),
        run=matching(_RUN, seen.get("run")),
        epoch=whole_of(seen.get("epoch")),
        seq=whole_of(seen.get("seq")),
        lease=lease_of(seen.get("lease")),
        key=text_of(seen.get("key")),
        released=seen.get("released") is True,
        told=Told(seconds_of(told.get("age")), whole_of(told.get("numbers")))
        if isinstance(told, dict)
        else None,
    )


def _host(value: object) -> str:
    name = text_of(value)
    if not is_word(name):
        raise NotReadable("a name that no host can have")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A host's sign of life. `seq` grows with each beat of a run, `version` with each set."""

    run: str
    seq: int
    version: int
    stage: Stage
    modules: int
    live: int
    lease: float
    may_lead: bool
    page: str = ""
    """Where its page can be opened from other machines; "" where it cannot."""

    def text(self) -> str:
        """Return it as it is written; the run comes first, since the scripts read that."""
        fields = (
            *(self.run, self.seq, self.version, self.stage.value, self.modules, self.live),
            *(f"{self.lease:g}", VERSION, VERSION, int(self.may_lead), self.page),
        )
        return "|".join(map(str, fields))


def read_beat(text: str) -> Beat:
    """Raises NotReadable, TooNew."""
    fields = text.split("|")
    try:
        run, seq, version, stage, modules, live, lease, _, min_v, may_lead = fields[:10]
        check_version(int(min_v))
        return Beat(
            run=matching(_RUN, run),
            seq=whole_of(int(seq)),
            version=whole_of(int(version)),
            stage=Stage(stage),
            modules=whole_of(int(modules)),
            live=whole_of(int(live)),
            lease=lease_of(float(lease)),
            may_lead=may_lead == "1",
            page=text_of(fields[10]) if len(fields) > 10 else "",
        )
    except NotReadable:
        raise
    except ValueError as why:
        raise NotReadable(str(why)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(NumberEntry):
    """One number of a host: its entry, whose `port_id` is HOST/MODULE, and its card as a keyed hash of 96 bits.

    All of it is one object, and the hash a number: a leader holds 64,000.
    """

    card: int

    __hash__ = NumberEntry.__hash__

    @property
    def place(self) -> tuple[str, str]:
        """Host and module."""
        host, _, module = self.port_id.partition("/")
        return host, module

    @property
    def module(self) -> str:
        """The module alone."""
        return self.place[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSet:
    """What one host has live."""

    host: str
    run: str
    version: int
    key: str
    claims: tuple[Claimed, ...]

    def text(self) -> str:
        """Return it as it is written."""
        entries = [_entry_values(claim) for claim in self.claims]
        return dump({
            "v": VERSION, "min_v": VERSION, "run": self.run, "version": self.version, "key": self.key,
            "entries": entries,
        })  # fmt: skip


def claimed(host: str, entry: NumberEntry, card: str) -> Claimed:
    """Return the claim of a host whose module is `entry.port_id`; `card` in hexadecimal digits.

    Raises ValueError where both names are too long.
    """
    return Claimed(
        number=entry.number,
        country_id=entry.country_id,
        operator=entry.operator,
        date_start=entry.date_start,
        port_id=f"{host}/{entry.port_id}",
        rent=entry.rent,
        card=int(card, 16),
    )


def read_set(host: str, text: str, before: HostSet | None = None) -> HostSet:
    """Read a set. Claims that are as `before` are the same objects: of a thousand hosts few change much at once.

    Raises NotReadable, TooNew.
    """
    seen = object_of(text)
    known = {} if before is None else {claim.module: claim for claim in before.claims}
    entries = seen.get("entries")
    if not isinstance(entries, list):
        raise NotReadable("a set without entries")
    try:
        found = HostSet(
            host=host,
            run=matching(_RUN, seen.get("run")),
            version=whole_of(seen.get("version")),
            key=text_of(seen.get("key")),
            claims=tuple(_claimed(host, values, known) for values in entries),
        )
        places = {claim.module for claim in found.claims}
    except NotReadable:
        raise
    except (TypeError, AttributeError, LookupError, ValueError) as why:
        raise NotReadable(str(why)) from None
    if len(places) != len(entries):
        raise NotReadable("two numbers of one module")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the leader made of one host."""

    epoch: int
    taken: int | None
    """Numbers of it in the last accepted list; None before the first."""
    left_out: LeftOut | None = None
    doubts: tuple[Doubt, ...] = ()
    cap: int | None = None
    silent: bool = False
    """Its lease has lapsed for the leader."""

    def text(self) -> str:
        """Return it as it is written."""
        return dump({
            "v": VERSION, "min_v": VERSION, "epoch": self.epoch, "taken": self.taken,
            "left_out": self.left_out, "cap": self.cap, "silent": self.silent,
            "doubts": [[one.module, one.number, one.claim, one.others] for one in self.doubts],
        })  # fmt: skip


def read_said(host: str, text: str) -> Said:
    """Raises NotReadable, TooNew."""
    seen = object_of(text)
    try:
        left_out, taken, cap = seen.get("left_out"), seen.get("taken"), seen.get("cap")
        return Said(
            epoch=whole_of(seen.get("epoch")),
            taken=None if taken is None else whole_of(taken),
            left_out=None if left_out is None else LeftOut(left_out),
            doubts=tuple(_doubt(host, *one) for one in seen.get("doubts") or ()),
            cap=None if cap is None else whole_of(cap),
            silent=seen.get("silent") is True,
        )
    except NotReadable:
        raise
    except (TypeError, LookupError, AttributeError, ValueError) as why:
        raise NotReadable(str(why)) from None


def _doubt(host: str, module: object, number: object, claim: object, others: Iterable[Any]) -> Doubt:
    places = tuple((text_of(one[0]), text_of(one[1])) for one in others)
    return Doubt(
        host=host, module=text_of(module), number=text_of(number), claim=Claim(text_of(claim)), others=places
    )


def _entry_values(claim: Claimed) -> dict[str, object]:
    return {
        "number": claim.number, "country_id": claim.country_id, "operator": claim.operator,
        "date_start": claim.date_start, "port_id": claim.module, "rent": int(claim.rent),
        "card": f"{claim.card:024x}",
    }  # fmt: skip


def _claimed(host: str, values: Mapping[str, Any], known: Mapping[str, Claimed]) -> Claimed:
    module = text_of(values["port_id"])
    before = known.get(module)
    if before is not None and _entry_values(before) == values:
        return before
    return Claimed(
        number=values["number"],
        country_id=values["country_id"],
        operator=_one_object(values.get("operator")),
        date_start=values.get("date_start"),
        port_id=f"{host}/{module}",
        rent=values["rent"],
        card=int(matching(_CARD, values.get("card")), 16),
    )


@lru_cache(maxsize=1024, typed=True)
def _one_object(operator: int | None) -> int | None:
    """Return the same object for an equal operator: the cards of a fleet are of few."""
    return operator
