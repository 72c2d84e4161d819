from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import socket
import ssl
import struct
import subprocess
from dataclasses import replace

import pytest
from aiohttp import web

from agent.onlinesim.client import ANSWER_LIMIT, OnlinesimClient, open_session
from agent.onlinesim.messages import (
    ENTRIES_A_PIECE,
    AddNumber,
    CheckWork,
    NumberEntry,
    RemoveNumber,
    SendNumbersOnline,
)
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind, echoes
from agent.sandbox.server import Fault, Sandbox

KEY = "a-very-secret-key"
ENTRY = NumberEntry(number="+46701", country_id=46, operator=24012, date_start=1, port_id="Порт 1", rent=0)
LIST = SendNumbersOnline(numbers=(ENTRY,))
EMPTY = SendNumbersOnline(numbers=())


@pytest.fixture
async def session():
    async with open_session() as session:
        yield session


@pytest.fixture
async def sandbox():
    sandbox = Sandbox(modules=2, key=KEY)
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def client(session, sandbox):
    return OnlinesimClient(session, await sandbox.serve(), KEY, timeout=5.0)


@contextlib.asynccontextmanager
async def raw_server(answer, *, tls=None):
    """A server which reads a request's head and answers with these bytes, whatever they are."""

    async def handle(reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_list_is_accepted(client, sandbox):
    outcome = await client.send(LIST)
    assert isinstance(outcome, Accepted)
    assert sandbox.accepted[0].entries == (json.loads(ENTRY.json),)


async def test_the_single_steps_are_accepted(client, sandbox):
    assert isinstance(await client.send(AddNumber(entry=ENTRY)), Accepted)
    assert isinstance(await client.send(CheckWork()), Accepted)
    assert sandbox.state().numbers == ("+46701",)
    assert isinstance(await client.send(RemoveNumber(number="+46701")), Accepted)
    assert sandbox.state().numbers == ()


async def test_a_request_carries_key_agent_and_type(client, sandbox):
    await client.send(EMPTY)
    headers = sandbox.seen[0].headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"].startswith("simbank-agent/")
    assert headers["Content-Type"] == "application/json; charset=utf-8"


async def test_each_message_has_the_verb_the_url_and_the_body_of_the_description(client, sandbox):
    other = replace(ENTRY, number="+46702", port_id="Port 2")
    tested = [AddNumber(entry=other, test="test1"), RemoveNumber(number="+46701", test="test1")]
    for message in (LIST, CheckWork(), *tested, RemoveNumber(number="+46701"), AddNumber(entry=ENTRY)):
        assert isinstance(await client.send(message), Accepted | Checked)
    assert [(seen.request.verb, seen.target) for seen in sandbox.seen] == [
        ("POST", "/api/resellers/sendNumbersOnline"),
        ("GET", "/api/resellers"),
        ("POST", "/api/resellers/addNumber"),
        ("DELETE", "/api/resellers/removeNumber?number=%2B46701&test=test1"),
        ("DELETE", "/api/resellers/removeNumber?number=%2B46701"),
        ("POST", "/api/resellers/addNumber"),
    ]
    for seen in sandbox.seen:
        assert ("Content-Type" in seen.headers) is bool(seen.request.body) is (seen.request.verb == "POST")


async def test_without_a_key_no_authorization_is_sent(session, sandbox):
    client = OnlinesimClient(session, await sandbox.serve(), None)
    outcome = await client.send(CheckWork())
    assert outcome == Refusal(401, "ERROR_NO_KEY", RefusalKind.NO_KEY)
    assert "Authorization" not in sandbox.seen[0].headers


async def test_test_requests_are_no_acceptance(client, sandbox):
    assert await client.send(SendNumbersOnline(numbers=(ENTRY,), test="test1")) == Checked("test1")
    outcome = await client.send(SendNumbersOnline(numbers=(ENTRY,), test="test2"))
    assert isinstance(outcome, Checked)
    assert echoes(SendNumbersOnline(numbers=(ENTRY,), test="test2").body, outcome.echo)
    assert sandbox.accepted == []


async def test_a_wrong_key_is_a_refusal(session, sandbox):
    client = OnlinesimClient(session, await sandbox.serve(), "another-key")
    assert await client.send(EMPTY) == Refusal(401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY)


@pytest.mark.parametrize(
    ("fault", "kind", "retry_after"),
    [
        (Fault.error(500), FailureKind.SERVER, None),
        (Fault.error(429, retry_after="7"), FailureKind.BUSY, 7.0),
        (Fault.raw(b"<html>hello</html>"), FailureKind.ANSWER, None),
        (Fault.raw(b"[]"), FailureKind.ANSWER, None),
        (Fault.huge(), FailureKind.ANSWER, None),
        (Fault.cut_off(), FailureKind.ANSWER, None),
        (Fault.lost_answer(), FailureKind.ANSWER, None),
    ],
)
async def test_what_goes_wrong_with_an_answer_fails(client, sandbox, fault, kind, retry_after):
    sandbox.faults.append(fault)
    outcome = await client.send(LIST)
    assert isinstance(outcome, Failed), outcome
    assert (outcome.kind, outcome.retry_after) == (kind, retry_after)
    assert isinstance(await client.send(LIST), Accepted)


async def test_an_answer_as_large_as_we_read_is_read(client, sandbox):
    padding = ANSWER_LIMIT - len(b'{"response":1,"ids":""}')
    sandbox.faults.append(Fault.raw(b'{"response":1,"ids":"' + b"a" * padding + b'"}'))
    sandbox.faults.append(Fault.raw(b'{"response":1,"ids":"' + b"a" * (padding + 1) + b'"}'))
    assert isinstance(await client.send(EMPTY), Accepted)
    assert isinstance(await client.send(EMPTY), Failed)


def numbers(count):
    return tuple(
        NumberEntry(number=f"+46700{index:06}", country_id=46, port_id=f"Port{index}", rent=0)
        for index in range(count)
    )


async def test_the_ids_of_a_long_list_are_read_and_the_nulls_of_one_that_is_gone(session):
    sandbox = Sandbox(modules=5000)
    async with sandbox.serving() as url:
        client = OnlinesimClient(session, url, None)
        outcome = await client.send(SendNumbersOnline(numbers=numbers(4000)))
        assert isinstance(outcome, Accepted), outcome
        assert len(outcome.ids) == 4000
        outcome = await client.send(EMPTY)
        assert isinstance(outcome, Accepted), outcome
        assert set(outcome.ids.values()) == {None}


@pytest.mark.parametrize(("sent", "gone"), [(1, 0), (1, 300), (300, 0)])
async def test_the_limit_of_an_answer_grows_with_what_was_sent_and_what_is_gone(client, sandbox, sent, gone):
    sandbox.market.modules = 300
    await client.send(SendNumbersOnline(numbers=numbers(gone)))
    limit = ANSWER_LIMIT + 64 * (sent + gone)
    for size, kind in ((limit, Accepted), (limit + 1, Failed)):
        padding = size - len(b'{"response":1,"ids":""}')
        sandbox.faults.append(Fault.raw(b'{"response":1,"ids":"' + b"a" * padding + b'"}'))
        assert isinstance(await client.send(SendNumbersOnline(numbers=numbers(sent))), kind)
        client._held = gone


async def test_the_words_of_a_400_are_read_from_text_html(client, sandbox):
    sandbox.market.refuses.add("+46701")
    assert await client.send(LIST) == Refusal(400, "NUMBER_FORMAT_ERROR", RefusalKind.NUMBER_FORMAT)


async def test_a_slow_answer_is_not_waited_for(session, sandbox):
    client = OnlinesimClient(session, await sandbox.serve(), KEY, timeout=0.05)
    sandbox.faults.append(Fault.slow(30.0))
    outcome = await client.send(EMPTY)
    assert outcome == Failed("no answer within 0.05 s", FailureKind.SLOW)


async def test_a_server_which_drips_is_not_waited_for(session):
    async def drip(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", drip)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = OnlinesimClient(session, f"http://127.0.0.1:{runner.addresses[0][1]}", KEY, timeout=0.1)
    outcome = await client.send(EMPTY)
    await runner.cleanup()
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.SLOW


async def test_a_redirect_is_not_followed_and_the_key_stays_here(client, sandbox):
    elsewhere = Sandbox()
    async with elsewhere.serving() as url:
        sandbox.faults.append(Fault.redirect(f"{url}/api/resellers/sendNumbersOnline?key=1"))
        outcome = await client.send(EMPTY)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.REDIRECT
        assert f"{url}/api/resellers/sendNumbersOnline" in outcome.reason
        assert not elsewhere.seen


async def test_nobody_listening_fails(session):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = OnlinesimClient(session, f"http://127.0.0.1:{unused.getsockname()[1]}", KEY)
        outcome = await client.send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.NETWORK


async def test_a_name_that_is_not_known_fails(session):
    outcome = await OnlinesimClient(session, "https://nowhere.invalid", KEY).send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.DNS
    assert "looked up" in outcome.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"OK\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 ?\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\1\2\3\4",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ],
)
async def test_what_is_not_an_http_answer_fails(session, answer):
    async with raw_server(answer) as port:
        outcome = await OnlinesimClient(session, f"http://127.0.0.1:{port}", KEY, timeout=5.0).send(EMPTY)
    assert isinstance(outcome, Failed), outcome
    assert outcome.kind in {FailureKind.ANSWER, FailureKind.NETWORK}
    assert KEY not in outcome.reason


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory):
    place = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", place / "key.pem", "-out", place / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "cert.pem", place / "key.pem")
    return context, place / "cert.pem"


async def test_a_certificate_that_is_not_trusted_is_named(session, self_signed):
    accepted = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"response":1}'
    async with raw_server(accepted, tls=self_signed[0]) as port:
        outcome = await OnlinesimClient(session, f"https://localhost:{port}", KEY).send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TLS
    assert outcome.reason.startswith("TLS: the server's certificate is not accepted: self")


async def test_a_certificate_of_a_trusted_authority_is_accepted(self_signed):
    accepted = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"response":1}'
    trust = ssl.create_default_context(cafile=self_signed[1])
    async with raw_server(accepted, tls=self_signed[0]) as port, open_session(trust) as session:
        good = await OnlinesimClient(session, f"https://localhost:{port}", KEY).send(EMPTY)
        other_name = await OnlinesimClient(session, f"https://127.0.0.1:{port}", KEY).send(EMPTY)
    assert isinstance(good, Accepted)
    assert isinstance(other_name, Failed)
    assert other_name.kind is FailureKind.TLS


async def test_a_server_without_tls_is_named(session, sandbox):
    url = await sandbox.serve()
    outcome = await OnlinesimClient(session, url.replace("http:", "https:"), KEY).send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TLS


async def test_the_key_is_in_no_text_of_ours(session, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    client = OnlinesimClient(session, await sandbox.serve(), KEY)
    told = [repr(client), str(client)]
    for fault in (
        Fault.error(400, f"the key {KEY} is odd"),
        Fault.raw(f"no JSON {KEY}".encode()),
        Fault.error(500, KEY),
        Fault.redirect(f"https://elsewhere.example/{KEY}"),
        Fault.cut_off(),
        Fault.raw(b'{"response":1,"ids":{"' + KEY.encode() + b'":5}}'),
    ):
        sandbox.faults.append(fault)
        told.append(repr(await client.send(EMPTY)))
    assert KEY not in " ".join(told)
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "written",
    ["aB3/dE5fG7+hJ9kL", r"aB3\/dE5fG7+hJ9kL", r"aB3\u002fdE5fG7\u002BhJ9kL", r"\u0061B3/dE5fG7+hJ9kL"],
)
async def test_the_key_is_known_however_json_writes_it(session, sandbox, written):
    client = OnlinesimClient(session, await sandbox.serve(), "aB3/dE5fG7+hJ9kL")
    sandbox.faults.append(Fault.raw(f'{{"response": "ERROR_WRONG_KEY: {written}!"}}'.encode()))
    outcome = await client.send(EMPTY)
    assert str(outcome) == "refused with 200: ERROR_WRONG_KEY: ***!"


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel", "tab\tkey"])
async def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(session, key):
    with pytest.raises(ValueError, match="API key") as caught:
        OnlinesimClient(session, "https://example.org", key)
    assert key not in str(caught.value)


async def test_a_path_in_the_servers_url_is_kept(session, sandbox):
    client = OnlinesimClient(session, f"{await sandbox.serve()}/gate/", KEY)
    assert await client.send(CheckWork()) == Refusal(405, "REQUEST_NOT_FOUND", RefusalKind.NOT_FOUND)
    assert sandbox.seen[0].target == "/gate/api/resellers"


async def test_cancelling_a_request_leaves_nothing_behind(client, sandbox):
    sandbox.faults.append(Fault.slow(30.0))
    request = asyncio.create_task(client.send(EMPTY))
    while not sandbox.seen:
        await asyncio.sleep(0.001)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    gc.collect()
    assert isinstance(await client.send(EMPTY), Accepted)


def answer_of(date):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: 14\r\nDate: {date}\r\n\r\n"
    return head.encode() + b'{"response":1}'


async def test_the_clock_is_compared_with_the_servers(session):
    now = 1_796_041_000.0
    async with raw_server(answer_of("Mon, 30 Nov 2026 08:00:00 GMT")) as port:
        client = OnlinesimClient(session, f"http://127.0.0.1:{port}", KEY, wall=lambda: now)
        assert client.clock_ahead is None
        await client.send(EMPTY)
    assert client.clock_ahead == now - 1_796_025_601.0
    async with raw_server(answer_of("yesterday")) as port:
        odd = OnlinesimClient(session, f"http://127.0.0.1:{port}", KEY, wall=lambda: now)
        assert isinstance(await odd.send(EMPTY), Accepted)
    assert odd.clock_ahead is None


async def test_the_sandbox_confirms_no_clock(session):
    async with Sandbox(modules=2).serving() as url:
        client = OnlinesimClient(session, url, None)
        assert isinstance(await client.send(EMPTY), Accepted)
    assert client.clock_ahead is None


async def test_a_connection_that_is_cut_may_have_brought_the_request(session):
    async def cut(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = await OnlinesimClient(session, f"http://127.0.0.1:{port}", KEY).send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.unknown
    assert outcome.reason.startswith("the connection was cut")


async def test_a_server_that_is_not_there_got_nothing(session):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        outcome = await OnlinesimClient(session, f"http://127.0.0.1:{port}", KEY).send(EMPTY)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.NETWORK
    assert outcome.reason == f"no connection to 127.0.0.1:{port}: connection refused"
    assert not outcome.unknown


async def test_a_list_of_a_whole_fleet_goes_out_piece_by_piece_as_the_same_body(session):
    entries = (
        replace(ENTRY, number=f"+4670{n}", port_id=f"ещё/Port{n}") for n in range(2 * ENTRIES_A_PIECE + 1)
    )
    message = SendNumbersOnline(numbers=tuple(entries))
    seen = []

    async def take(request):
        seen.append((await request.read(), dict(request.headers)))
        return web.json_response({"response": 1})

    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/api/resellers/sendNumbersOnline", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        client = OnlinesimClient(session, "http://{}:{}".format(*runner.addresses[0]), KEY)
        assert isinstance(await client.send(message), Accepted)
    finally:
        await runner.cleanup()
    [(body, headers)] = seen
    assert body == message.body
    assert len(json.loads(body)["numbers"]) == len(message.numbers)
    assert headers["Content-Length"] == str(message.size) == str(len(body))
    assert "Transfer-Encoding" not in headers
