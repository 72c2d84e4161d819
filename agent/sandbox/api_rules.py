"""How Onlinesim answers requests: the rules behind the sandbox (docs/design.md §6), without HTTP.

Written from the description of the API and not from `agent.onlinesim.messages`, so that one misreading cannot hide in
both: this file imports nothing of ours.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

WINDOW_S = 300.0
BLOCK_S = 1800.0
METHODS = {
    ("POST", "/api/resellers/sendNumbersOnline"): "sendNumbersOnline",
    ("POST", "/api/resellers/addNumber"): "addNumber",
    ("DELETE", "/api/resellers/removeNumber"): "removeNumber",
    ("GET", "/api/resellers"): "checkWork",
}
"""The methods of the API by HTTP verb and path."""

_NUMBER = re.compile(r"\+[0-9]{1,20}")
_REQUIRED = ("number", "country_id", "rent")
_KNOWN = (*_REQUIRED, "operator", "date_start", "port_id")

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived. `path` is without the query; `authorization` is the header's value."""

    verb: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    authorization: str | None = None

    @property
    def method(self) -> str:
        """The method's name, "" where the API has none of this verb and path."""
        return METHODS.get((self.verb, self.path), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, and the body before it becomes JSON."""

    status: int
    content: Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request and its answer. `at` is in seconds on the clock of `FakeOnlinesim`."""

    at: float
    request: Request
    answer: Answer
    accepted: bool
    """Whether it changed or confirmed the list; never for a test request."""
    on_sale: tuple[str, ...]
    """The numbers in the list after it."""

    @property
    def method(self) -> str:
        """The method's name."""
        return self.request.method

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of sendNumbersOnline as received; () for every other method."""
        return tuple(json.loads(self.request.body)["numbers"]) if self.method == "sendNumbersOnline" else ()


@dataclass(frozen=True, slots=True)
class AccountState:
    """The state of the reseller's account."""

    numbers: tuple[str, ...]
    """The numbers on sale; none while blocked or down."""
    reports: int
    """Accepted requests so far."""
    last_report_s: float | None
    """Seconds since the last of them, None if there was none."""
    down: bool
    """No accepted request within the 5-minute window."""
    blocked_s: float
    """Seconds until the block ends, 0 if there is none."""
    blocks: int
    """How often a block was set."""
    gaps: int
    """How often more than 5 minutes lay between two accepted requests."""


class Refused(Exception):
    """The request is refused."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.answer = Answer(status, {"response": reason})


class FakeOnlinesim:
    """The account of one reseller with `modules` GSM modules. `key` None accepts any key and none."""

    def __init__(
        self, *, modules: int, clock: Callable[[], float], key: str | None = None, history: int = 1000
    ) -> None:
        self.modules = modules
        self.key = key
        self.received: deque[Received] = deque(maxlen=history)
        self._clock = clock
        self._on_sale: dict[str, Entry] = {}
        self._ids: dict[str, int] = {}
        self._next_id = itertools.count(1001)
        self._accepted_at: float | None = None
        self._blocked_until = float("-inf")
        self._blocks = 0
        self._gaps = 0
        self._reports = 0

    @property
    def accepted(self) -> list[Received]:
        """The accepted requests, oldest first, as far back as `history` reaches."""
        return [request for request in self.received if request.accepted]

    def state(self) -> AccountState:
        """Return the state of the account now."""
        now = self._clock()
        since = None if self._accepted_at is None else now - self._accepted_at
        down = since is None or since > WINDOW_S
        blocked = max(0.0, self._blocked_until - now)
        numbers = () if down or blocked else tuple(self._on_sale)
        return AccountState(numbers, self._reports, since, down, blocked, self._blocks, self._gaps)

    def answer(self, request: Request) -> Answer:
        """Answer one request and record it."""
        now = self._clock()
        accepted = False
        try:
            self._admit(request, now)
            answer, accepted = self._apply(request, now)
        except Refused as refused:
            answer = refused.answer
        if accepted:
            self._gaps += self._accepted_at is not None and now - self._accepted_at > WINDOW_S
            self._accepted_at = now
            self._reports += 1
        self.received.append(Received(now, request, answer, accepted, tuple(self._on_sale)))
        return answer

    def _admit(self, request: Request, now: float) -> None:
        if self.key is not None:
            if not request.authorization:
                raise Refused(401, "ERROR_NO_KEY")
            if request.authorization != f"Bearer {self.key}":
                raise Refused(401, "ERROR_WRONG_KEY")
        if now < self._blocked_until:
            raise Refused(403, "ACCOUNT_BLOCKED")
        if not request.method:
            raise Refused(405, "REQUEST_NOT_FOUND")

    def _apply(self, request: Request, now: float) -> tuple[Answer, bool]:
        match request.method:
            case "sendNumbersOnline":
                return self._replace(_read_body(request), now)
            case "addNumber":
                return self._add(_read_body(request), now)
            case "removeNumber":
                return self._remove(_read_query(request, ("number", "test")))
        _read_query(request, ())
        return Answer(200, {"response": 1}), True

    def _replace(self, body: Entry, now: float) -> tuple[Answer, bool]:
        _only(body, ("numbers", "test"), "")
        entries, test = body.get("numbers"), body.get("test")
        if not isinstance(entries, list):
            raise Refused(400, "numbers is not a list")
        _check_test(body)
        for index, entry in enumerate(entries):
            _check_entry(entry, f"numbers[{index}].")
        _check_unique(entries)
        if test is not None and len(entries) > self.modules:
            raise Refused(400, f"{len(entries)} numbers, but {self.modules} modules")
        if test == "test2":
            return Answer(200, body), False
        if test == "test1":
            return self._accept(entries, new_ids=False), False
        self._enforce_cap(len(entries), now)
        self._on_sale = {entry["number"]: entry for entry in entries}
        return self._accept(entries), True

    def _add(self, body: Entry, now: float) -> tuple[Answer, bool]:
        _check_test(body)
        entry = {name: value for name, value in body.items() if name != "test"}
        _check_entry(entry, "")
        if entry["number"] in self._on_sale:
            raise Refused(400, "this number is in the list already")
        _check_unique([*self._on_sale.values(), entry])
        if body.get("test") == "test2":
            return Answer(200, body), False
        if "test" in body:
            return self._accept([entry], new_ids=False), False
        self._enforce_cap(len(self._on_sale) + 1, now)
        self._on_sale[entry["number"]] = entry
        return self._accept([entry]), True

    def _remove(self, values: Entry) -> tuple[Answer, bool]:
        _check_test(values)
        number = values.get("number")
        if number not in self._on_sale:
            raise Refused(400, "this number is not in the list")
        if values.get("test") == "test2":
            return Answer(200, values), False
        if "test" not in values:
            del self._on_sale[number]
        return Answer(200, {"response": 1}), "test" not in values

    def _accept(self, entries: list[Entry], *, new_ids: bool = True) -> Answer:
        for entry in entries:
            if new_ids and entry["number"] not in self._ids:
                self._ids[entry["number"]] = next(self._next_id)
        return Answer(
            200,
            {"response": 1, "ids": {entry["number"]: self._ids.get(entry["number"], 0) for entry in entries}},
        )

    def _enforce_cap(self, numbers: int, now: float) -> None:
        if numbers > self.modules:
            self._blocked_until = now + BLOCK_S
            self._blocks += 1
            raise Refused(403, "ACCOUNT_BLOCKED")


def _read_body(request: Request) -> Entry:
    if request.query:
        raise Refused(400, f"{request.method} takes no query")
    try:
        body = json.loads(request.body.decode())
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body is not a JSON object")
    return body


def _read_query(request: Request, known: tuple[str, ...]) -> Entry:
    if request.body:
        raise Refused(400, f"{request.method} takes no body")
    values = dict(request.query)
    if len(values) != len(request.query):
        raise Refused(400, "a parameter is there twice")
    _only(values, known, "")
    return values


def _check_test(values: Entry) -> None:
    # Not a set: `test` may be a list, which has no hash.
    if "test" in values and values["test"] not in ("test1", "test2"):
        raise Refused(400, "test is neither test1 nor test2")


def _only(body: Entry, known: tuple[str, ...], where: str) -> None:
    for name in body:
        if name not in known:
            raise Refused(400, f"{where}{name[:40]} is unknown")


def _check_entry(entry: Any, where: str) -> None:
    """Raise Refused, naming the field and never its value: reasons are logged, and numbers are personal."""
    if not isinstance(entry, dict):
        raise Refused(400, f"{where or 'body'} is not an object")
    _only(entry, _KNOWN, where)
    for name in _REQUIRED:
        if name not in entry:
            raise Refused(400, f"{where}{name} is missing")
    for error in _errors(entry):
        raise Refused(400, f"{where}{error}")


def _errors(entry: Entry) -> Iterator[str]:
    if not isinstance(entry["number"], str) or not _NUMBER.fullmatch(entry["number"]):
        yield "number is not a number with +"
    if not _is_integer(entry["country_id"]) or entry["country_id"] < 1:
        yield "country_id is not an integer from 1"
    if not _is_integer(entry["rent"]) or entry["rent"] not in {0, 1}:
        yield "rent is neither 0 nor 1"
    for name in ("operator", "date_start"):
        if name in entry and (not _is_integer(entry[name]) or entry[name] < 0):
            yield f"{name} is not an integer"
    if "port_id" in entry and (
        not isinstance(entry["port_id"], str) or not 1 <= len(entry["port_id"]) <= 100
    ):
        yield "port_id is not a string of 1 to 100 characters"


def _check_unique(entries: list[Entry]) -> None:
    for name in ("number", "port_id"):
        # The API uses the number as port_id where that is left out.
        values = [entry.get(name, entry["number"]) for entry in entries]
        if len(set(values)) != len(values):
            raise Refused(400, f"two numbers have the same {name}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
