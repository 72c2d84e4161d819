"""One request to Onlinesim over HTTP, and its outcome.

Whatever network or server do is an `Outcome`, never an exception. The API key is sent in the Authorization header and
nowhere else: redirects are not followed, and no text that leaves this file holds it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import aiohttp

from agent import __version__
from agent.language.system_words import system_words
from agent.onlinesim import failure_texts as texts
from agent.onlinesim.account import account_of
from agent.onlinesim.connector import AskingConnector, MaySend, NotInTime, asking
from agent.onlinesim.dns import OffloadResolver
from agent.onlinesim.income import NumberIncome, read_income
from agent.onlinesim.messages import ENTRIES_A_PIECE, AddNumber, Carrier, Message, SendNumbersOnline
from agent.onlinesim.number_answer import Misfit, NumberAnswer, read_number
from agent.onlinesim.outcome import Accepted, Failed, FailureKind, Outcome, Refusal, read_answer, shorten
from agent.onlinesim.questions import CheckNumber, Question, TakeOffNumbers
from agent.onlinesim.server_date import seconds_ahead

TIMEOUT_S = 15.0
ANSWER_LIMIT = 64 * 1024
"""Most bytes of an answer that are read, beside those for its ids."""
ID_LIMIT = 64
"""Most bytes for one number in `ids`: one for each that was sent, and null for each that is gone. About 22 are used."""

_SECRET_LENGTH = 6
"""A shorter key is not a secret, and hiding it would garble the answers."""


def open_session(tls: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    """Return a session for the client, to be closed by the caller; `tls` replaces the system's trust store.

    A connection for each request, without cookies: one that idles for minutes between heartbeats is often half dead,
    and a request must not be repeated by itself.
    """
    connector = AskingConnector(
        resolver=OffloadResolver(), ssl=True if tls is None else tls, force_close=True, use_dns_cache=False
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class _Reply(NamedTuple):
    """A complete answer, without the key should the server have put it there."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OnlinesimClient:
    """Sends messages to one server with one key.

    `server` is the URL up to, and without, `/api/resellers`; `key` is None for a server that needs none; `timeout` in
    seconds. Raises ValueError for a key that an HTTP header cannot hold, without showing it.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: str,
        key: str | None,
        *,
        timeout: float = TIMEOUT_S,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if key and not (key.isascii() and key.isprintable()):
            raise ValueError("the API key holds characters that an HTTP header cannot hold")
        self.account = account_of(server, key)
        """Whose numbers these are, without the key: equal for equal servers and keys, "" without a key."""
        self.clock_ahead: float | None = None
        """By how many seconds our clock was ahead of the server's at the last answer; None before one that told."""
        self._session = session
        self._base = f"{server.rstrip('/')}/api/resellers"
        self._key = key or ""
        self._shown_key = _in_json(self._key) if len(self._key) >= _SECRET_LENGTH else None
        self._timeout = timeout
        self._wall = wall
        self._held = 0
        """The most numbers that the server may hold from earlier requests."""

    def seal(self, text: str) -> str:
        """Return a hash of a text that nobody can try out without the key: equal for equal texts, keys and hosts."""
        key = hashlib.sha256(self._key.encode()).digest()
        return hashlib.blake2b(text.encode(), key=key, digest_size=12).hexdigest()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def send(
        self, message: Message, *, within: float | None = None, may_send: MaySend | None = None
    ) -> Outcome:
        """Send one message, within so many seconds. Never raises for what network or server do.

        `may_send` is asked once the connection stands: where it says no, nothing is sent.
        Raises ValueError for a part of the list that is not a test: as a report it would remove every other number.
        """
        if (
            isinstance(message, SendNumbersOnline)
            and message.part
            and b'"test":"test1"' not in message.body[-20:]
        ):
            raise ValueError("a part of the list may only be sent as test1")
        sent = len(message.numbers) if isinstance(message, SendNumbersOnline) else 1
        limit = ANSWER_LIMIT + ID_LIMIT * (sent + self._held)
        with asking(may_send):
            reply = await self._request(message, limit, within)
        if isinstance(reply, Failed):
            outcome: Outcome = reply
        else:
            outcome = read_answer(
                reply.status, reply.headers, reply.body, wall=self._wall(), test=message.test
            )
        self._note_held(message, accepted=isinstance(outcome, Accepted))
        return outcome

    def _note_held(self, message: Message, *, accepted: bool) -> None:
        match message:
            case SendNumbersOnline(test=None):
                self._held = max(0 if accepted else self._held, len(message.numbers))
            case AddNumber(test=None):
                self._held += 1

    async def check_number(self, number: str) -> NumberAnswer | Refusal | Failed:
        """Ask what Onlinesim knows of one number. Never raises for what network or server do."""
        body = await self._ask(CheckNumber(number=number))
        return read_number(body, number) if isinstance(body, bytes) else body

    async def income(self, least: int = 0) -> Sequence[NumberIncome] | Refusal | Failed:
        """Ask what the numbers of the account have earned, without those below `least` roubles. Never raises."""
        body = await self._ask(TakeOffNumbers(least=least))
        try:
            return read_income(body) if isinstance(body, bytes) else body
        except Misfit as why:
            return Failed(texts.MISFIT.format(why=why), FailureKind.ANSWER)

    async def _ask(self, question: Question) -> bytes | Refusal | Failed:
        """Return the body of an answer with `response` 1."""
        reply = await self._request(question, question.answer_limit)
        if isinstance(reply, Failed):
            return reply
        outcome = read_answer(reply.status, reply.headers, reply.body, wall=self._wall())
        return outcome if isinstance(outcome, Refusal | Failed) else reply.body

    async def _request(
        self, request: Message | Question, limit: int, within: float | None = None
    ) -> _Reply | Failed:
        seconds = self._timeout if within is None else min(self._timeout, within)
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(request, limit)
        except TimeoutError:
            return Failed(texts.NO_ANSWER.format(seconds=f"{seconds:.3g}"), FailureKind.SLOW)
        except NotInTime:
            return Failed(texts.NOT_SENT, FailureKind.FENCED)
        except aiohttp.ClientConnectorCertificateError as error:
            why = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
            return self._failed(texts.BAD_CERTIFICATE.format(why=why), FailureKind.TLS)
        except aiohttp.ClientSSLError as error:
            return self._failed(texts.NO_TLS.format(why=error.os_error), FailureKind.TLS)
        except aiohttp.ClientConnectorDNSError as error:
            return self._failed(texts.NO_NAME.format(why=system_words(error.os_error)), FailureKind.DNS)
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
            return Failed(texts.CUT_SHORT, FailureKind.ANSWER)
        except aiohttp.ClientResponseError as error:
            # Only its message: the exception carries our headers, and with them the key.
            return self._failed(texts.NO_HTTP.format(why=error.message), FailureKind.ANSWER)
        except aiohttp.ClientConnectorError as error:
            why = system_words(error.os_error)
            text = texts.NO_CONNECTION_TO.format(host=error.host, port=error.port, why=why)
            return self._failed(text, FailureKind.NETWORK)
        except OSError as error:  # the connection was there, so the request may have arrived
            return self._failed(texts.CUT.format(why=system_words(error)), FailureKind.ANSWER)
        except (aiohttp.ClientError, ValueError) as error:
            return self._failed(texts.NO_CONNECTION.format(why=error), FailureKind.NETWORK)

    async def _exchange(self, request: Message | Question, limit: int) -> _Reply | Failed:
        asked_at = self._wall()
        data, length = _body_of(request)
        async with self._session.request(
            request.shape.verb,
            self._base + request.shape.path,
            params=request.query,
            data=data,
            headers=self._headers(request.shape.carrier) | length,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),  # ours is exact; aiohttp rounds up to whole seconds
        ) as response:
            self._compare_clocks(response.headers.get("Date", ""), asked_at)
            body = await _read(response.content, limit)
            if body is None:
                return Failed(texts.TOO_LARGE.format(size=limit // 1024), FailureKind.ANSWER)
            headers = {
                name: self._hide_key(response.headers.get(name, "")) for name in ("Location", "Retry-After")
            }
            text = self._hide_key(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            return _Reply(response.status, headers, text)

    def _compare_clocks(self, date: str, asked_at: float) -> None:
        if self.account:  # the sandbox has our own clock, which would confirm whatever it is
            ahead = seconds_ahead(date, asked_at, self._wall())
            self.clock_ahead = ahead if ahead is not None else self.clock_ahead

    def _headers(self, carrier: Carrier) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a small compressed answer can be an enormous one
            "User-Agent": f"simbank-agent/{__version__}",
        }
        if carrier is Carrier.BODY:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers

    def _failed(self, reason: str, kind: FailureKind) -> Failed:
        return Failed(shorten(self._hide_key(reason)), kind)

    def _hide_key(self, text: str) -> str:
        """Return the text without the key, should the server have put it there."""
        return self._shown_key.sub("***", text) if self._shown_key is not None else text


def _body_of(request: Message | Question) -> tuple[bytes | AsyncIterator[bytes] | None, dict[str, str]]:
    """Return the body as aiohttp takes it, with the header it needs: a large list goes out piece by piece.

    Not a part of one: that goes out as the very bytes that were seen to be a test.
    """
    if not isinstance(request, SendNumbersOnline) or request.part or len(request.numbers) <= ENTRIES_A_PIECE:
        return request.body, {}
    return _in_turn(request.pieces()), {"Content-Length": str(request.size)}


async def _in_turn(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _in_json(key: str) -> re.Pattern[str]:
    r"""Match the key as plain text, or in JSON with any of its characters escaped: PHP writes `/` as `\/`."""
    return re.compile("".join(rf"(?:\\?{re.escape(c)}|(?i:\\u{ord(c):04x}))" for c in key))


async def _read(content: aiohttp.StreamReader, limit: int) -> bytes | None:
    """Return the whole body, None if it is larger than `limit`."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
