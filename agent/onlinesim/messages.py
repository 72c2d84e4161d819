"""The requests of Onlinesim's reseller API v2 (docs/design.md §6), each with its shape as data.

Fields are checked when a message or an entry is made. All of it is plain dataclasses: a list may hold 64,000 numbers.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring
from operator import attrgetter
from typing import ClassVar, Final, Literal

ENTRIES_A_PIECE: Final = 1024
"""Of a list that is sent piece by piece."""
Test = Literal["test1", "test2"]
"""test1: the server checks and saves nothing. test2: the server answers with our body."""
Verb = Literal["GET", "POST", "DELETE"]

_NUMBER: Final = re.compile(r"\+[0-9]{1,20}", re.ASCII)
"""E.164 allows 15 digits, but a configured number is sent as the operator wrote it, trunk zero included."""


class Carrier(enum.StrEnum):
    """What carries a message's values."""

    BODY = "body"
    """A JSON object in UTF-8."""
    QUERY = "query"
    """The URL's query; there is no body."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a message becomes an HTTP request."""

    verb: Verb
    path: str
    """Below `{server}/api/resellers`; empty for that URL itself."""
    carrier: Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberEntry:
    """One number that is live now. Raises ValueError for a field outside the API's description."""

    number: str
    country_id: int
    """E.164 country calling code."""
    operator: int | None = None
    """The first five digits of the IMSI."""
    date_start: int | None = None
    """UNIX time at which this SIM was first placed; absent until the clock is plausible."""
    port_id: str
    rent: Literal[0, 1]

    def __post_init__(self) -> None:
        _check_number(self.number)
        _check_integer("country_id", self.country_id, 1, 999)
        if self.operator is not None:
            _check_integer("operator", self.operator, 0, 99_999)
        if self.date_start is not None:
            _check_integer("date_start", self.date_start, 0, None)
        _check_port_id(self.port_id)
        _check_rent(self.rent)

    def __hash__(self) -> int:
        # The hash of a text is kept by Python; that of six fields would be counted anew for each set.
        return hash(self.number)

    @property
    def json(self) -> str:
        """The entry as a JSON object. What is not known is left out, never null.

        Kept nowhere: of 64,000 entries it would be a third of the memory.
        """
        operator = "" if self.operator is None else f'"operator":{self.operator},'
        date_start = "" if self.date_start is None else f'"date_start":{self.date_start},'
        return (
            f'{{"number":"{self.number}","country_id":{self.country_id},{operator}{date_start}'
            f'"port_id":{encode_basestring(self.port_id)},"rent":{self.rent:d}}}'
        )


@dataclass(frozen=True, kw_only=True)
class SendNumbersOnline:
    """The whole list of the numbers that are live now; it may be empty. Raises ValueError for a number listed twice."""

    method: ClassVar[str] = "sendNumbersOnline"
    shape: ClassVar[Shape] = Shape("POST", "/sendNumbersOnline", Carrier.BODY)

    numbers: tuple[NumberEntry, ...]
    test: Test | None = None
    part: bool = False
    """Not the whole list but a part of it, which may only be tested: as a report it would remove all others."""

    def __post_init__(self) -> None:
        _check_test(self.test)
        if self.part and self.test != "test1":
            raise ValueError("a part of the list may only be sent as test1")
        for what in ("number", "port_id"):
            if len(set(map(attrgetter(what), self.numbers))) != len(self.numbers):
                raise ValueError(f"two entries have the same {what}")

    @cached_property
    def body(self) -> bytes:
        """The request body, built once."""
        return b"".join(self.pieces())

    @cached_property
    def size(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.pieces()))

    def pieces(self) -> Iterator[bytes]:
        """Yield the body piece by piece: that of a fleet has 8 MB, which nobody needs as a whole."""
        yield b'{"numbers":['
        for first in range(0, len(self.numbers), ENTRIES_A_PIECE):
            entries = self.numbers[first : first + ENTRIES_A_PIECE]
            yield (("," if first else "") + ",".join([entry.json for entry in entries])).encode()
        yield b"".join((b"]", _test_member(self.test), b"}"))

    @property
    def query(self) -> Mapping[str, str]:
        """None."""
        return {}


@dataclass(frozen=True, kw_only=True)
class AddNumber:
    """Adds one number: the same fields as an entry of the list."""

    method: ClassVar[str] = "addNumber"
    shape: ClassVar[Shape] = Shape("POST", "/addNumber", Carrier.BODY)

    entry: NumberEntry
    test: Test | None = None

    def __post_init__(self) -> None:
        _check_test(self.test)

    @property
    def body(self) -> bytes:
        """The request body."""
        return self.entry.json[:-1].encode() + _test_member(self.test) + b"}"

    @property
    def query(self) -> Mapping[str, str]:
        """None."""
        return {}


@dataclass(frozen=True, kw_only=True)
class RemoveNumber:
    """Removes one number."""

    method: ClassVar[str] = "removeNumber"
    shape: ClassVar[Shape] = Shape("DELETE", "/removeNumber", Carrier.QUERY)

    number: str
    test: Test | None = None

    def __post_init__(self) -> None:
        _check_number(self.number)
        _check_test(self.test)

    @property
    def body(self) -> None:
        """None."""
        return

    @property
    def query(self) -> Mapping[str, str]:
        """The number, and `test` where this is a test request."""
        return {"number": self.number} | ({} if self.test is None else {"test": self.test})


@dataclass(frozen=True, kw_only=True)
class CheckWork:
    """The heartbeat without a change."""

    method: ClassVar[str] = "checkWork"
    shape: ClassVar[Shape] = Shape("GET", "", Carrier.QUERY)
    test: ClassVar[None] = None
    body: ClassVar[None] = None
    query: ClassVar[Mapping[str, str]] = {}


Message = SendNumbersOnline | AddNumber | RemoveNumber | CheckWork


def _check_number(number: object) -> None:
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise ValueError("number is not a + and digits")


def _check_integer(name: str, value: object, least: int, most: int | None) -> None:
    # True is an int in Python, but not a number here.
    if type(value) is not int or value < least or (most is not None and value > most):
        raise ValueError(f"{name} is not an integer from {least}" + ("" if most is None else f" to {most}"))


def _check_port_id(port_id: object) -> None:
    if not isinstance(port_id, str) or not 1 <= len(port_id) <= 100:
        raise ValueError("port_id is not a text of 1 to 100 characters")
    port_id.encode()  # raises ValueError for half a character


def _check_rent(rent: object) -> None:
    if not isinstance(rent, int) or rent not in {0, 1}:
        raise ValueError("rent is neither 0 nor 1")


def _check_test(test: object) -> None:
    if test is not None and test not in {"test1", "test2"}:
        raise ValueError("test is neither test1 nor test2")


def _test_member(test: Test | None) -> bytes:
    return b"" if test is None else f',"test":"{test}"'.encode()
