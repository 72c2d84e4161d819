"""What an answer of Onlinesim means: one type for each thing that a caller does differently.

    Accepted   the server holds what we said
    Checked    a test request went well: nothing was saved, so it is no accepted report
    Refusal    the server said no, and would again: tell people, ask only at a change or heartbeat
    Trouble    no word, or none that counts: wait a little and say it again

Responsible for reading status, headers and body as one outcome (the error table of docs/design.md §6). Pure: must not
know HTTP libraries, the API key, nor when a request is sent again.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agent.onlinesim.messages import Test

REASON_LIMIT = 300
"""Characters of a server's words that we pass on: they go to logs, the page and the store."""


class RefusalKind(enum.StrEnum):
    """Why the server refused, as far as its words or its status tell."""

    WRONG_KEY = "wrong_key"
    NO_KEY = "no_key"
    BLOCKED = "blocked"
    API_DISABLED = "api_disabled"
    IP = "ip"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    TEXT = "text"
    """200, and a text where the 1 belongs."""
    OTHER = "other"
    """A status that the API does not describe."""


class TroubleKind(enum.StrEnum):
    """Where the trouble lies, as far as we can see."""

    NETWORK = "network"
    DNS = "dns"
    TLS = "tls"
    SLOW = "slow"
    SERVER = "server"
    """5xx."""
    BUSY = "busy"
    """429: too many requests."""
    ANSWER = "answer"
    """An answer that is cut off, too large, or not what the API describes."""
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server holds what we said. `ids` are its own numbers for ours, as far as it told them."""

    ids: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return "accepted"


@dataclass(frozen=True, slots=True)
class Checked:
    """A test request went well. `echo` is the text which test2 was answered with, "" for test1."""

    test: Test
    echo: str = ""

    def __str__(self) -> str:
        return f"{self.test} went well, nothing was saved"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server said no. `reason` is its own text, shortened."""

    status: int
    reason: str
    kind: RefusalKind

    def __str__(self) -> str:
        return f"refused with {self.status}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Failed:
    """No word that counts. `retry_after` is in seconds, None where the server did not ask for a pause."""

    reason: str
    kind: TroubleKind
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.reason


Outcome = Accepted | Checked | Refusal | Failed

_WORDS = {
    "ERROR_WRONG_KEY": RefusalKind.WRONG_KEY,
    "ERROR_NO_KEY": RefusalKind.NO_KEY,
    "ACCOUNT_BLOCKED": RefusalKind.BLOCKED,
    "API_ACCESS_DISABLED": RefusalKind.API_DISABLED,
    "API_ACCESS_IP": RefusalKind.IP,
    "REQUEST_NOT_FOUND": RefusalKind.NOT_FOUND,
}

_STATUSES = {
    200: RefusalKind.TEXT,
    400: RefusalKind.BAD_REQUEST,
    401: RefusalKind.WRONG_KEY,
    404: RefusalKind.NOT_FOUND,
    405: RefusalKind.NOT_FOUND,
}

_PASSING = {408: TroubleKind.SLOW, 425: TroubleKind.BUSY, 429: TroubleKind.BUSY}
"""4xx which say "not now" and not "no"."""


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, wall: float, test: Test | None = None
) -> Outcome:
    """The outcome that a whole answer stands for.

    `wall` is UNIX time: Retry-After may be a date. `test` is what was asked for in the request.
    """
    if 300 <= status < 400:
        return Failed(f"the server redirects{_target(headers)}; not followed", TroubleKind.REDIRECT)
    if status >= 500 or status in _PASSING:
        kind = _PASSING.get(status, TroubleKind.SERVER)
        pause = _retry_after(headers.get("Retry-After", ""), wall)
        return Failed(f"the server answered {status}: {_reason(body)}", kind, pause)
    if status == 200:
        return _read_ok(body, test)
    if 400 <= status < 500:
        return _refusal(status, _reason(body))
    return Failed(f"the server answered {status}, which the API does not describe", TroubleKind.ANSWER)


def echoes(sent: bytes, echo: str) -> bool:
    """Whether the answer to test2 is the body that we sent: the same JSON, however it is laid out."""
    try:
        return bool(json.loads(sent) == json.loads(echo))
    except ValueError:
        return False


def shorten(text: str) -> str:
    """A foreign text as one short line without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= REASON_LIMIT else line[: REASON_LIMIT - 1] + "…"


def _read_ok(body: bytes, test: Test | None) -> Outcome:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Failed(f"the answer is no JSON: {_reason(body)}", TroubleKind.ANSWER)
    if test == "test2" and isinstance(answer, dict) and "numbers" in answer:
        return Checked("test2", body.decode(errors="replace"))
    if not isinstance(answer, dict) or "response" not in answer:
        return Failed(f"the answer is not what the API describes: {_reason(body)}", TroubleKind.ANSWER)
    response = answer["response"]
    # True == 1 in Python, and `true` is no acceptance.
    if response == "1" or (type(response) is int and response == 1):
        if test is None:
            return Accepted(_ids(answer.get("ids")))
        return Checked(test, body.decode(errors="replace") if test == "test2" else "")
    return _refusal(200, _reason(body))


def _refusal(status: int, reason: str) -> Refusal:
    kind = _WORDS.get(reason) or _STATUSES.get(status, RefusalKind.OTHER)
    return Refusal(status, reason, kind)


def _ids(ids: object) -> dict[str, int]:
    if not isinstance(ids, dict):  # an empty list is how PHP writes an empty object
        return {}
    return {number: value for number, value in ids.items() if type(value) is int}


def _reason(body: bytes) -> str:
    """The server's words: `response` of an object, a JSON string, or the text as it is."""
    text = body.decode(errors="replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return shorten(text) or "(no text)"
    if isinstance(answer, dict) and "response" in answer:
        answer = answer["response"]
    return (
        shorten(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)) or "(no text)"
    )


def _target(headers: Mapping[str, str]) -> str:
    try:
        place = urlsplit(headers.get("Location", ""))
    except ValueError:
        return ""
    # Without user, query and fragment: those may hold what is not ours to show.
    host = place.netloc.rpartition("@")[2]
    shown = shorten(f"{place.scheme}://{host}{place.path}" if host else place.path)
    return f" to {shown}" if shown else ""


def _retry_after(value: str, wall: float) -> float | None:
    """Seconds to wait. RFC 9110 §10.2.3: a number of seconds, or a date."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # OverflowError: a year that no calendar has
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, until.timestamp() - wall)
