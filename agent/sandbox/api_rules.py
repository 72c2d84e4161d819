"""How Onlinesim answers requests: the rules behind the sandbox (docs/design.md §6), without HTTP.

Written from the description of the API and not from `agent.onlinesim.messages`, so that one misreading cannot hide in
both: neither this file nor those that it imports use anything else of ours.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.sandbox.api_request import Answer, Refused, Request, Values, only, read_body, read_query
from agent.sandbox.entry_rules import check_entry, check_number, check_test, check_unique
from agent.sandbox.number_record import NumberRecord, NumberStatus, status_of

WINDOW_S: Final = 300.0
BLOCK_S: Final = 1800.0
DEFAULT_SUM: Final = 50
"""Roubles below which takeOffNumbers leaves a number out, where the request names no other sum."""
_AMOUNT: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


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
    def body(self) -> bytes:
        """The request's body."""
        return self.request.body

    @property
    def entries(self) -> tuple[Values, ...]:
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


class FakeOnlinesim:
    """The account of one reseller with `modules` GSM modules. `key` None accepts any key and none."""

    def __init__(
        self,
        *,
        modules: int,
        clock: Callable[[], float],
        wall: Callable[[], float] = time.time,
        key: str | None = None,
        history: int = 1000,
    ) -> None:
        self.modules = modules
        self.key = key
        self.received: deque[Received] = deque(maxlen=history)
        self.records: dict[str, NumberRecord] = {}
        """Every number that was ever placed; what checkNumber says of it can be changed here."""
        self.refuses: set[str] = set()
        """Numbers for which a request is refused with NUMBER_FORMAT_ERROR."""
        self.passes_over: set[str] = set()
        """Numbers that get null instead of an id."""
        self._clock = clock
        self._wall = wall
        self._on_sale: dict[str, Values] = {}
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
        """Return the answer, and whether the request changed or confirmed the list."""
        match request.method:
            case "sendNumbersOnline":
                return self._replace(read_body(request), now)
            case "addNumber":
                return self._add(read_body(request), now)
            case "removeNumber":
                return self._remove(read_query(request, "number", "test"))
            case "checkNumber":
                return self._check_number(read_query(request, "number"), now), False
            case "takeOffNumbers":
                return self._take_off_numbers(read_query(request, "sum")), False
        read_query(request)
        return Answer(200, {"response": 1}), True

    def _replace(self, body: Values, now: float) -> tuple[Answer, bool]:
        only(body, ("numbers", "test"), "")
        check_test(body)
        entries, test = body.get("numbers"), body.get("test")
        if not isinstance(entries, list):
            raise Refused(400, "numbers is not a list")
        for index, entry in enumerate(entries):
            self._check_entry(entry, f"numbers[{index}].")
        check_unique(entries)
        if test is not None and len(entries) > self.modules:
            raise Refused(400, f"{len(entries)} numbers, but {self.modules} modules")
        if test == "test2":
            return Answer(200, body), False
        if test == "test1":
            return self._tested(entries), False
        self._enforce_cap(len(entries), now)
        before, self._on_sale = self._on_sale, {entry["number"]: entry for entry in entries}
        gone: dict[str, int | None] = {number: None for number in before if number not in self._on_sale}
        self._place(entries, before, now)
        return Answer(200, {"response": 1, "ids": gone | self._ids(entries)}), True

    def _add(self, body: Values, now: float) -> tuple[Answer, bool]:
        check_test(body)
        entry = {name: value for name, value in body.items() if name != "test"}
        self._check_entry(entry, "")
        if entry["number"] in self._on_sale:
            raise Refused(400, "this number is in the list already")
        check_unique([*self._on_sale.values(), entry])
        if body.get("test") == "test2":
            return Answer(200, body), False
        if "test" in body:
            return self._tested([entry]), False
        self._enforce_cap(len(self._on_sale) + 1, now)
        self._on_sale[entry["number"]] = entry
        self._place([entry], (), now)
        return Answer(200, {"response": 1, "ids": self._ids([entry])}), True

    def _remove(self, values: Values) -> tuple[Answer, bool]:
        check_test(values)
        number = values.get("number")
        if number not in self._on_sale:
            raise Refused(400, "this number is not in the list")
        if values.get("test") == "test2":
            return Answer(200, values), False
        if "test" not in values:
            del self._on_sale[number]
        return Answer(200, {"response": 1}), "test" not in values

    def _check_number(self, values: Values, now: float) -> Answer:
        number = values.get("number")
        check_number(number)
        record = self.records.get(str(number))
        if record is None:
            return Answer(200, status_of(str(number), NumberStatus.NOT_ON_ACCOUNT))
        return Answer(200, record.check_number(on_sale=number in self._on_sale, now=now))

    def _take_off_numbers(self, values: Values) -> Answer:
        least = str(values.get("sum", DEFAULT_SUM))
        if not _AMOUNT.fullmatch(least):
            raise Refused(400, "ERROR_PARAMS", html=True)
        online = [self.records[number] for number in self._on_sale]
        rows = [record.taken_off() for record in online if record.sum >= float(least)]
        return Answer(200, {"response": 1, "list": rows})

    def _check_entry(self, entry: Any, where: str) -> None:
        check_entry(entry, where)
        if entry["number"] in self.refuses:
            raise Refused(400, "NUMBER_FORMAT_ERROR", html=True)

    def _place(self, entries: Sequence[Values], before: Container[str], now: float) -> None:
        for entry in entries:
            number = entry["number"]
            if number not in self.records:
                self.records[number] = NumberRecord(id=next(self._next_id), entry=entry)
            record = self.records[number]
            record.entry = entry
            if number not in before:
                record.placed_at, record.placed_wall = now, self._wall()

    def _ids(self, entries: Sequence[Values]) -> dict[str, int | None]:
        numbers = [entry["number"] for entry in entries]
        return {number: None if number in self.passes_over else self.records[number].id for number in numbers}

    def _tested(self, entries: Sequence[Values]) -> Answer:
        """Answer test1. What the ids are then is not described; a number that is new has 0 here."""
        known = {number: record.id for number, record in self.records.items()}
        return Answer(
            200,
            {"response": 1, "ids": {entry["number"]: known.get(entry["number"], 0) for entry in entries}},
        )

    def _enforce_cap(self, numbers: int, now: float) -> None:
        if numbers > self.modules:
            self._blocked_until = now + BLOCK_S
            self._blocks += 1
            raise Refused(403, "ACCOUNT_BLOCKED")
