"""Hostile visitors of the page: idle, slow, repeated and malformed connections."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
from collections.abc import Awaitable, Callable
from functools import partial

from attack import Attack, Figure
from meanwhile import measure_under
from target import Target

TOKEN = "the-token-of-the-attacks"
_HOST = b"Host: 127.0.0.1\r\n"
_ASK = b"GET %s HTTP/1.1\r\n" + _HOST + b"\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
_LOOPED = ("/api/v1/status", "/metrics", "/api/v1/minutes", "/api/v1/payload", "/api/v1/modules/Port1", "/")
_NO_HTTP = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"Authorization: Bearer " + TOKEN.encode() + b"\0\r\n\r\n",
    b"GET /?token=" + TOKEN.encode() + b" HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: \x1b]0;title\x07\r\n\r\n",
    b"GET / HTTP/1.1\r\nX\0Y: 1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET " + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
    b"\r\n" * 50 + b"\xff\xfe\n\n",
)

MALFORMED = "malformed requests"
"""These come to an agent with a token, which must not get into the log."""

Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    await reader.read()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
    while not reader.at_eof():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def _drip_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\n" + _HOST + b"Content-Length: 100000000\r\n\r\n")
    while True:
        writer.write(b"a" * 10)
        await writer.drain()
        await asyncio.sleep(0.5)


async def _drip_login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"POST /login HTTP/1.1\r\n" + _HOST + b"Content-Length: 4000\r\n" + _FORM + b"\r\ntoken=")
    while not reader.at_eof():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.5)


async def _guess(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        body = b"token=%d" % random.getrandbits(64)
        writer.write(
            b"POST /login HTTP/1.1\r\n" + _HOST + _FORM + b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))


async def _malformed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(random.choice(_NO_HTTP))
    writer.write_eof()
    await reader.read()


async def _never_reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.pause_reading()
    while True:
        writer.write(_ASK % b"/api/v1/status" * 20)
        await writer.drain()
        await asyncio.sleep(0.1)


async def _stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_ASK % b"/api/v1/events")
    await reader.read(64)
    writer.transport.pause_reading()
    while not writer.transport.is_closing():
        await asyncio.sleep(1)


async def _reading_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_ASK % b"/api/v1/events")
    while await reader.read(65536):
        pass


async def _loop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    path = random.choice(_LOOPED).encode()
    while True:
        writer.write(_ASK % path)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        await reader.readexactly(length)


async def _pipeline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_ASK % b"/api/v1/status" * 1000)
    while await reader.read(65536):
        pass


async def _churn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_ASK % b"/healthz")


LOGINS = ("300 login forms that drip", "300 loops of wrong tokens")
"""These come to an agent with a token, or there is nothing to log in to."""

VISITS: dict[str, tuple[Visit, int]] = {
    "5000 idle connections": (_idle, 5000),
    "5000 half requests": (_half, 5000),
    "1000 requests that drip": (_drip, 1000),
    "300 bodies that drip": (_drip_body, 300),
    MALFORMED: (_malformed, 50),
    "300 login forms that drip": (_drip_login, 300),
    "300 loops of wrong tokens": (_guess, 300),
    "500 that never read": (_never_reads, 500),
    "2000 event streams, unread": (_stream, 2000),
    "500 event streams, read": (_reading_stream, 500),
    "400 loops of requests": (_loop, 400),
    "100 pipelines": (_pipeline, 100),
    "200 that come and go": (_churn, 200),
}


def crowd(port: int, name: str) -> None:
    """Make the visits of this name, each again as soon as it ends, until killed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    visit, count = VISITS[name]
    asyncio.run(_crowd(port, visit, count))


async def _crowd(port: int, visit: Visit, count: int) -> None:
    await asyncio.gather(*(_again_and_again(port, visit) for _ in range(count)))


async def _again_and_again(port: int, visit: Visit) -> None:
    while True:
        with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError, IndexError, ValueError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await visit(reader, writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(0.05)


async def _measured_under(name: str, target: Target) -> list[Figure]:
    return await measure_under(target, crowd, target.port, name)


async def _with_the_token_under(name: str, target: Target) -> list[Figure]:
    return await measure_under(target, crowd, target.port, name, Authorization=f"Bearer {TOKEN}")


async def _behind_a_proxy(target: Target) -> list[Figure]:
    found = await measure_under(
        target, crowd, target.port, "400 loops of requests", Authorization=f"Bearer {TOKEN}"
    )
    leaked = float(TOKEN in target.agent.log)
    return [*found, Figure("token in the log", leaked, 0, "times")]


async def _malformed_with_a_token(target: Target) -> list[Figure]:
    found = await measure_under(target, crowd, target.port, MALFORMED, Authorization=f"Bearer {TOKEN}")
    leaked = sum(text in target.agent.log for text in (TOKEN, "\x1b", "HTTP/9.9", "Traceback"))
    return [*found, Figure("bytes of strangers in the log", leaked, 0, "times")]


ATTACKS = (
    *(
        Attack(name=name, run=partial(_measured_under, name))
        for name in VISITS
        if name not in {MALFORMED, *LOGINS}
    ),
    *(
        Attack(name=name, run=partial(_with_the_token_under, name), settings={"status": {"token": TOKEN}})
        for name in LOGINS
    ),
    Attack(
        name="5000 idle connections, 600 descriptors",
        run=partial(_measured_under, "5000 idle connections"),
        descriptors=600,
    ),
    Attack(
        name="400 loops without the token",
        run=_behind_a_proxy,
        settings={"status": {"token": TOKEN}},
    ),
    Attack(
        name="malformed requests and a token",
        run=_malformed_with_a_token,
        settings={"status": {"token": TOKEN}},
    ),
)
