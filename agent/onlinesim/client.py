"""One request to Onlinesim over HTTP, and whatever comes of it as one outcome.

Responsible for the way there and back: the key, the time a request may take, TLS, a bound on what is read.
Nothing is raised for what the network or the server does: the outcome's type says it (see `answers`).
The key stands in the Authorization header and nowhere else: redirects are not followed, and no text that
leaves this file holds it. Must not know when a report is due, nor what follows from its outcome.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Iterable

import aiohttp

from agent import __version__
from agent.onlinesim.dns import ThreadPerLookup
from agent.onlinesim.messages import (
    AddNumber,
    CheckWork,
    Message,
    NumberEntry,
    RemoveNumber,
    SendNumbersOnline,
    Test,
)
from agent.onlinesim.outcome import (
    Accepted,
    Checked,
    Failed,
    Outcome,
    Refusal,
    RefusalKind,
    TroubleKind,
    echoes,
    read_answer,
    shorten,
)

__all__ = [
    "Accepted",
    "Checked",
    "Failed",
    "OnlinesimClient",
    "Outcome",
    "Refusal",
    "RefusalKind",
    "TroubleKind",
    "echoes",
    "open_session",
]

TIMEOUT_S = 15.0
ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read. 64 numbers with their ids are about 2 kB."""

_SECRET_LENGTH = 6
"""A key shorter than this is no secret, and blotting it out would spoil the answers."""


def open_session(tls: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    """The session a client wants: to be closed by the caller.

    A connection for each request: one that idles for minutes between heartbeats is often half dead, and a
    POST must not be repeated by itself. No cookies. `tls` stands in for the system's trust.
    """
    connector = aiohttp.TCPConnector(
        resolver=ThreadPerLookup(), ssl=True if tls is None else tls, force_close=True, use_dns_cache=False
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class OnlinesimClient:
    """Speaks to one server with one key.

    `server` is the URL up to, and without, `/api/resellers`. `key` is None for a server that needs none.
    Raises ValueError for a key that cannot stand in a header, without showing it.
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
            raise ValueError("the API key holds characters that cannot stand in an HTTP header")
        self._session = session
        self._base = f"{server.rstrip('/')}/api/resellers/"
        self._key = key or ""
        self._shown_key = _as_json_may_write_it(self._key) if len(self._key) >= _SECRET_LENGTH else None
        self._timeout = timeout
        self._wall = wall

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    async def send(self, entries: Iterable[NumberEntry], test: Test | None = None) -> Outcome:
        """The whole list; with `test`, a request that saves nothing and never counts as a report."""
        return await self.post(SendNumbersOnline(numbers=tuple(entries), test=test))

    async def add_number(self, entry: NumberEntry) -> Outcome:
        """One number more."""
        return await self.post(AddNumber.of(entry))

    async def remove_number(self, number: str) -> Outcome:
        """One number less."""
        return await self.post(RemoveNumber(number=number))

    async def check_work(self) -> Outcome:
        """A sign of life."""
        return await self.post(CheckWork())

    async def post(self, message: Message) -> Outcome:
        """Sends one message. Never raises for what network or server do."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(message)
        except TimeoutError:
            return Failed(f"no answer within {self._timeout:g} s", TroubleKind.SLOW)
        except aiohttp.ClientConnectorCertificateError as error:
            words = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
            return self._trouble(f"TLS: the server's certificate is not accepted: {words}", TroubleKind.TLS)
        except aiohttp.ClientSSLError as error:
            return self._trouble(f"TLS: no secure connection: {error.os_error}", TroubleKind.TLS)
        except aiohttp.ClientConnectorDNSError as error:
            return self._trouble(f"the server's name cannot be looked up: {error.os_error}", TroubleKind.DNS)
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
            return Failed("the connection was cut before the answer was whole", TroubleKind.ANSWER)
        except aiohttp.ClientResponseError as error:
            # Only its message: the exception carries our headers, and with them the key.
            return self._trouble(f"the answer is no HTTP: {error.message}", TroubleKind.ANSWER)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return self._trouble(f"no connection: {error}", TroubleKind.NETWORK)

    async def _exchange(self, message: Message) -> Outcome:
        async with self._session.post(
            self._base + message.method,
            data=message.body(),
            headers=self._headers(),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),  # ours is exact; aiohttp rounds up to whole seconds
        ) as response:
            body = await _read(response.content)
            if body is None:
                return Failed(f"the answer is larger than {ANSWER_LIMIT // 1024} kB", TroubleKind.ANSWER)
            headers = {
                name: self._blot(response.headers.get(name, "")) for name in ("Location", "Retry-After")
            }
            test = message.test if isinstance(message, SendNumbersOnline) else None
            said = self._blot(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            return read_answer(response.status, headers, said, wall=self._wall(), test=test)

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a small compressed answer can be an enormous one
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"simbank-agent/{__version__}",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers

    def _trouble(self, reason: str, kind: TroubleKind) -> Failed:
        return Failed(shorten(self._blot(reason)), kind)

    def _blot(self, text: str) -> str:
        """The text without the key, should the server have put it there."""
        return self._shown_key.sub("***", text) if self._shown_key is not None else text


def _as_json_may_write_it(key: str) -> re.Pattern[str]:
    r"""The key as plain text, or in JSON with any of its characters escaped: PHP writes `/` as `\/`."""
    return re.compile("".join(rf"(?:\\?{re.escape(c)}|(?i:\\u{ord(c):04x}))" for c in key))


async def _read(content: aiohttp.StreamReader) -> bytes | None:
    """The whole body, or None as soon as it is larger than we read."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            return None
    return bytes(body)
