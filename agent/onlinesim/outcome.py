"""What an answer of Onlinesim means (docs/design.md §6): one type for each thing that a caller does differently.

Accepted   the server has stored what was sent
Checked    a test request succeeded: nothing was stored, so it does not count as an accepted report
Refusal    the server refused and would refuse again: show it; send again only at a change or the heartbeat
Failed     no usable answer: wait a little and send again
"""

from __future__ import annotations

import datetime as dt
import email.utils
import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from agent.formats.printable import one_line
from agent.language import translation
from agent.onlinesim import failure_texts as texts
from agent.onlinesim.messages import Test

REASON_LIMIT = 300
"""Characters of a server's text that are passed on to logs and the page."""


class RefusalKind(enum.StrEnum):
    """Why the server refused, by its text, else by its status."""

    WRONG_KEY = "wrong_key"
    NO_KEY = "no_key"
    BLOCKED = "blocked"
    API_DISABLED = "api_disabled"
    IP = "ip"
    NOT_FOUND = "not_found"
    NUMBER_FORMAT = "number_format"
    """A number in the list is not one for Onlinesim."""
    DATE = "date"
    """A date_start in the list is not one for Onlinesim."""
    BAD_REQUEST = "bad_request"
    TEXT = "text"
    """200 with a text instead of 1."""
    OTHER = "other"
    """A status that is not in the API's description."""


class FailureKind(enum.StrEnum):
    """Why there is no usable answer."""

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
    GIVEN_UP = "given_up"
    """We ended it: something more urgent waited, or it was no longer known to be true."""
    FENCED = "fenced"
    """We did not send it: this host may not speak for the fleet any more, or not for long enough."""


_MAY_STILL_ARRIVE: Final = frozenset({
    FailureKind.SLOW,
    FailureKind.SERVER,
    FailureKind.ANSWER,
    FailureKind.GIVEN_UP,
})  # fmt: skip
"""Failures after which the server, or a proxy before it, may have stored what was sent, or store it yet."""

Ids = Mapping[str, int | None]
"""Onlinesim's id of each number (with its plus), None for null; empty where the answer has none that can be read."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has stored what was sent."""

    ids: Ids = field(default_factory=dict, compare=False)

    def localized(self, language: str) -> str:
        """Return it in words."""
        return translation(language).gettext("accepted")

    def __str__(self) -> str:
        return self.localized("en")


@dataclass(frozen=True, slots=True)
class Checked:
    """A test request succeeded. `echo` is the body that test2 was answered with, "" for test1."""

    test: Test
    echo: str = ""
    ids: Ids = field(default_factory=dict, compare=False)

    def localized(self, language: str) -> str:
        """Return it in words."""
        return translation(language).gettext("{test} succeeded, nothing was saved").format(test=self.test)

    def __str__(self) -> str:
        return self.localized("en")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server refused. `reason` is its own text, shortened."""

    status: int
    reason: str
    kind: RefusalKind

    def localized(self, language: str) -> str:
        """Return it in words."""
        text = translation(language).gettext(texts.REFUSED)
        return text.format(status=self.status, reason=texts.reason_in(self.reason, language))

    def __str__(self) -> str:
        return self.localized("en")


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer. `retry_after` is in seconds, None where the server did not ask for a pause."""

    reason: str
    kind: FailureKind
    retry_after: float | None = None

    @property
    def unknown(self) -> bool:
        """Whether what was sent may have been stored, or may yet be."""
        return self.kind in _MAY_STILL_ARRIVE

    def localized(self, language: str) -> str:
        """Return it in words."""
        return texts.reason_in(self.reason, language)

    def __str__(self) -> str:
        return self.reason


Outcome = Accepted | Checked | Refusal | Failed

_TEXTS = {
    "ERROR_WRONG_KEY": RefusalKind.WRONG_KEY,
    "ERROR_NO_KEY": RefusalKind.NO_KEY,
    "ACCOUNT_BLOCKED": RefusalKind.BLOCKED,
    "API_ACCESS_DISABLED": RefusalKind.API_DISABLED,
    "API_ACCESS_IP": RefusalKind.IP,
    "REQUEST_NOT_FOUND": RefusalKind.NOT_FOUND,
    "NUMBER_FORMAT_ERROR": RefusalKind.NUMBER_FORMAT,
    "ERROR_DATE": RefusalKind.DATE,
}

_AGAIN: Final = {
    "TRY_AGAIN_LATER": FailureKind.BUSY,
    "INTERVAL_CONCURRENT_REQUESTS_ERROR": FailureKind.BUSY,
    "ERROR_UNDEFINED": FailureKind.SERVER,
}
"""Texts that mean "not now", whatever the status: Onlinesim's customers' API has them, from the same servers."""

_STATUSES = {
    200: RefusalKind.TEXT,
    400: RefusalKind.BAD_REQUEST,
    401: RefusalKind.WRONG_KEY,
    404: RefusalKind.NOT_FOUND,
    405: RefusalKind.NOT_FOUND,
}

_TEMPORARY = {408: FailureKind.SLOW, 425: FailureKind.BUSY, 429: FailureKind.BUSY}
"""4xx that mean "not now" instead of "no"."""


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, wall: float, test: Test | None = None
) -> Outcome:
    """Return the outcome of a complete answer.

    `wall` is UNIX time: Retry-After may be a date. `test` is what the request asked for.
    """
    if 300 <= status < 400:
        return Failed(_redirect(headers), FailureKind.REDIRECT)
    reason = _reason(body)
    if status >= 500 or status in _TEMPORARY or reason in _AGAIN:
        kind = _AGAIN.get(reason) or _TEMPORARY.get(status, FailureKind.SERVER)
        pause = _retry_after(headers.get("Retry-After", ""), wall)
        return Failed(texts.ANSWERED.format(status=status, why=reason), kind, pause)
    if status == 200:
        return _read_ok(body, test)
    if 400 <= status < 500:
        return _refusal(status, reason)
    return Failed(texts.UNDESCRIBED.format(status=status), FailureKind.ANSWER)


def not_taken(numbers: Iterable[str], ids: Ids) -> tuple[str, ...]:
    """Return those of `numbers` to which the server gave no id although others have one."""
    if all(one is None for one in ids.values()):
        return ()
    return tuple(number for number in numbers if ids.get(number) is None)


def echoes(sent: bytes, echo: str) -> bool:
    """Return whether the answer to test2 is the body that was sent: the same JSON in any layout."""
    try:
        return bool(json.loads(sent) == json.loads(echo))
    except ValueError:
        return False


def shorten(text: str) -> str:
    """Return a foreign text as one short line without control characters."""
    return one_line(text, REASON_LIMIT)


def _read_ok(body: bytes, test: Test | None) -> Outcome:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Failed(texts.NO_JSON.format(body=_reason(body)), FailureKind.ANSWER)
    if test == "test2" and isinstance(answer, dict) and "numbers" in answer:
        return Checked("test2", body.decode(errors="replace"))
    if not isinstance(answer, dict) or "response" not in answer:
        return Failed(texts.MISFIT.format(why=_reason(body)), FailureKind.ANSWER)
    response = answer["response"]
    # True == 1 in Python, but `true` is not an acceptance.
    if response == "1" or (type(response) is int and response == 1):
        ids = _read_ids(answer.get("ids"))
        if test is None:
            return Accepted(ids)
        return Checked(test, body.decode(errors="replace") if test == "test2" else "", ids)
    return _refusal(200, _reason(body))


def _read_ids(ids: object) -> Ids:
    """Return the ids by number with its plus; empty where anything in them is not described: nothing is guessed."""
    if not isinstance(ids, dict):
        return {}
    if not all(
        one is None or type(one) is int or (isinstance(one, str) and one.isdigit()) for one in ids.values()
    ):
        return {}
    return {
        number if number.startswith("+") else f"+{number}": None if one is None else int(one)
        for number, one in ids.items()
    }


def _refusal(status: int, reason: str) -> Refusal:
    kind = _TEXTS.get(reason) or _STATUSES.get(status, RefusalKind.OTHER)
    return Refusal(status, reason, kind)


def _reason(body: bytes) -> str:
    """Return the server's text: `response` of an object, a JSON string, or the body as it is."""
    text = body.decode(errors="replace")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return shorten(text) or texts.NO_TEXT
    if isinstance(answer, dict) and "response" in answer:
        answer = answer["response"]
    return (
        shorten(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
        or texts.NO_TEXT
    )


def _redirect(headers: Mapping[str, str]) -> str:
    try:
        place = urlsplit(headers.get("Location", ""))
    except ValueError:
        return texts.REDIRECTED
    # Without user, query and fragment, which may hold secrets.
    host = place.netloc.rpartition("@")[2]
    shown = shorten(f"{place.scheme}://{host}{place.path}" if host else place.path)
    return texts.REDIRECTED_TO.format(place=shown) if shown else texts.REDIRECTED


def _retry_after(value: str, wall: float) -> float | None:
    """Return the seconds to wait. RFC 9110 §10.2.3: a number of seconds, or a date."""
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
