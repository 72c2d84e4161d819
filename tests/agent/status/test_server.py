from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import json
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest

from agent.bank.at_log import Answer, Sender, TraceLine
from agent.onlinesim.report import ReportOutcome
from agent.status import server as status_server
from agent.status.server import StatusServer
from agent.status.snapshot import ModuleDetails, VerdictChange
from tests.agent.shown_bank import NOW, WALL, ShownBank, sentence, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TOKEN = "correct-horse-battery"
PATHS = [
    "/", "/static/page.js", "/api/v1/status", "/api/v1/minutes", "/api/v1/modules/Port1", "/api/v1/payload",
    "/metrics", "/healthz", "/readyz",
]  # fmt: skip


async def test_an_address_that_is_not_this_machines_is_told_by_its_number(bank: ShownBank) -> None:
    elsewhere = serve(bank, TOKEN, listen="192.0.2.1:0")
    with pytest.raises(OSError, match=r"192\.0\.2\.1") as told:
        await elsewhere.start()
    assert told.value.errno == errno.EADDRNOTAVAIL


@pytest.fixture
async def bank() -> ShownBank:
    return ShownBank(8)


@pytest.fixture
async def server(bank: ShownBank) -> AsyncIterator[StatusServer]:
    async with serve(bank) as server:
        yield server


@pytest.fixture
async def http(server: StatusServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(10)) as session:
        yield session


async def get_json(http: aiohttp.ClientSession, path: str, expect: int = 200) -> dict:
    async with http.get(path) as response:
        assert response.status == expect
        assert response.content_type == "application/json"
        return await response.json()


async def event(response: aiohttp.ClientResponse) -> tuple[str, dict]:
    """The next server-sent event."""
    fields: dict[str, str] = {}
    while True:
        raw = await response.content.readline()
        if not raw:
            raise EOFError
        line = raw.decode().rstrip("\r\n")
        if not line and "data" in fields:
            return fields["event"], json.loads(fields["data"]) | {"retry": fields.get("retry")}
        name, _, value = line.partition(": ")
        fields[name] = value


async def test_the_page_and_its_files_come_from_this_server(http):
    async with http.get("/") as response:
        page = await response.text()
        assert response.content_type == "text/html"
    assert "://" not in page.replace('xmlns="http://', "")
    for name, kind in (
        ("page.js", "text/javascript"),
        ("style.css", "text/css"),
        ("favicon.svg", "image/svg+xml"),
    ):
        async with http.get(f"/static/{name}") as response:
            assert (response.status, response.content_type) == (200, kind)


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fstatus.py", "%2e%2e/status.py", "page.js/x", ""])
async def test_nothing_but_the_pages_files_is_served(http, name):
    async with http.get(f"/static/{name}") as response:
        assert response.status == 404


async def test_the_status_is_the_snapshot_in_the_language_asked_for(http, bank):
    bank.set("Port3", "no_sim")
    told = await get_json(http, "/api/v1/status?lang=ru")
    assert (told["live"], told["cap"]) == (7, 8)
    assert told["modules"][2]["text"] == "нет SIM-карты"
    assert (await get_json(http, "/api/v1/status"))["modules"][2]["text"] == "no SIM"


async def test_a_module_is_told_with_its_answers_and_its_verdicts(http, bank):
    bank.more = ModuleDetails(
        answers=(Answer(at=NOW - 2, command="AT+CPIN?", lines=("+CPIN: READY", "OK"), took_s=0.0121),),
        verdicts=(VerdictChange(at=WALL - 9, reason="live", text=sentence("live"), number="+46701740001"),),
    )
    told = await get_json(http, "/api/v1/modules/Port1?lang=ru")
    assert told["name"] == "Port1"
    assert told["answers"] == [
        {"age_s": 2.0, "command": "AT+CPIN?", "lines": ["+CPIN: READY", "OK"], "took_s": 0.012}
    ]
    assert told["verdicts"] == [
        {"at": WALL - 9, "reason": "live", "text": "онлайн", "number": "+46701740001"}
    ]


async def test_a_module_with_any_name_can_be_asked_for(http, bank):
    bank.rows[0] = dataclasses.replace(bank.rows[0], name="стойка 1/ü?")
    told = await get_json(http, "/api/v1/modules/%D1%81%D1%82%D0%BE%D0%B9%D0%BA%D0%B0%201%2F%C3%BC%3F")
    assert told["name"] == "стойка 1/ü?"


async def test_an_unknown_module_is_404(http):
    async with http.get("/api/v1/modules/Nobody") as response:
        assert response.status == 404


async def test_the_day_is_told_as_series(http, bank):
    bank.day.record(WALL - 60, 7, 8)
    bank.day.report(WALL - 60, ReportOutcome.REFUSED)
    told = await get_json(http, "/api/v1/minutes")
    assert (told["live"], told["refused"], told["now"]) == ([7], [1], WALL)


async def test_the_payload_is_the_exact_body(http, bank):
    async with http.get("/api/v1/payload") as response:
        assert await response.read() == bank.payload()


async def test_metrics_are_served_in_prometheus_text_format(http):
    async with http.get("/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert await response.read() == b"simbank_live 8\n"


async def test_health_falls_to_503_when_a_part_stands_still(http, bank):
    assert (await get_json(http, "/healthz"))["ok"] is True
    bank.now += 31
    assert (await get_json(http, "/healthz", expect=503))["ok"] is False


async def test_ready_only_while_reports_are_accepted_and_never_with_the_sandbox(http, bank, server):
    assert (await get_json(http, "/readyz"))["ready"] is True
    bank.now += 217
    assert (await get_json(http, "/readyz", expect=503))["ready"] is False
    bank.accepted_at = bank.now
    bank.agent = dataclasses.replace(bank.agent, sandbox=True)
    server.changed()
    assert "sandbox" in (await get_json(http, "/readyz", expect=503))["reason"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"])
async def test_there_is_no_verb_that_changes_anything(http, method):
    for path in [*PATHS, "/api/v1/events", "/api/v1/trace/Port1", "/nowhere"]:
        async with http.request(method, path) as response:
            assert response.status == 405
            assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [*PATHS, "/nowhere", "/static/nothing"])
async def test_every_answer_keeps_the_browser_honest(http, path):
    async with http.head(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Server"] == "simbank-agent"
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/events", "/api/v1/trace/Port1"])
async def test_a_foreign_host_name_gets_nothing(http, path):
    async with http.get(path, headers={"Host": "rebound.example"}) as response:
        assert response.status == 403
        assert "Port1" not in await response.text()


async def test_a_foreign_page_cannot_make_the_browser_ask_for_data(http):
    async with http.get("/api/v1/events", headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 403
    async with http.get("/", headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 200  # a link to the page is fine


async def test_with_a_token_the_door_is_closed_to_names_from_elsewhere_until_it_is_shown(bank):
    elsewhere = {"Host": "bank.example:8340"}
    async with serve(bank, TOKEN) as server, aiohttp.ClientSession(server.url) as http:
        async with http.get("/api/v1/status", headers=elsewhere) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
        async with http.get(
            "/api/v1/status", headers=elsewhere | {"Authorization": f"Bearer {TOKEN}"}
        ) as response:
            assert response.status == 200
        async with http.get(f"/api/v1/status?token={TOKEN}", headers=elsewhere) as response:
            assert response.status == 401  # only the page takes it from its address


@pytest.mark.parametrize("headers", [{}, {"Host": "bank.example"}, {"Authorization": "Bearer wrong"}])
async def test_without_the_token_health_is_a_bare_word_and_all_else_is_closed(bank, headers):
    async with serve(bank, TOKEN) as server, aiohttp.ClientSession(server.url) as http:

        async def told(path: str) -> tuple[int, str]:
            async with http.get(path, headers=headers) as response:
                return response.status, await response.text()

        assert await told("/healthz") == (200, "ok\n")
        assert await told("/readyz") == (200, "ready\n")
        bank.now += 400
        server.changed()
        assert await told("/healthz") == (503, "stuck\n")
        assert await told("/readyz") == (503, "not ready\n")
        for path in [*PATHS, "/api/v1/events", "/api/v1/trace/Port1", "/nowhere"]:
            if path not in {"/healthz", "/readyz"}:
                assert (await told(path))[0] == 401


async def test_with_the_token_health_is_told_in_full(bank):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with serve(bank, TOKEN) as server, aiohttp.ClientSession(server.url, headers=headers) as http:
        assert (await get_json(http, "/healthz"))["parts"]
        assert (await get_json(http, "/readyz"))["live"] == 8


async def test_the_page_turns_the_token_of_its_address_into_a_cookie(bank):
    elsewhere = {"Host": "bank.example"}
    async with (
        serve(bank, TOKEN) as server,
        aiohttp.ClientSession(server.url, cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        async with http.get("/?token=wrong", headers=elsewhere) as response:
            assert response.status == 401
            assert "Set-Cookie" not in response.headers
        async with http.get(f"/?token={TOKEN}", headers=elsewhere) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.status == 200
            assert TOKEN not in cookie + await response.text()
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Path" not in cookie  # below a path that only a proxy knows the browser takes that
        async with http.get(
            "/api/v1/status", headers=elsewhere | {"Cookie": cookie.split(";")[0]}
        ) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8340", "192.168.1.2:8340", "[::]:8340", ":8340", "bank.example:80"]
)
def test_an_address_that_others_reach_needs_a_token(bank, listen):
    with pytest.raises(ValueError, match=r"needs status\.token"):
        serve(bank, listen=listen)
    serve(bank, TOKEN, listen=listen)


async def test_an_address_that_is_taken_is_an_error_and_leaves_nothing_open(bank, server):
    port = int(server.url.rsplit(":", 1)[1].strip("/"))
    second = serve(bank, listen=f"127.0.0.1:{port}")
    with pytest.raises(OSError, match=str(port)):
        await second.start()


async def test_events_begin_with_everything_and_go_on_with_what_changes(http, bank, server):
    async with http.get("/api/v1/events?lang=ru") as response:
        assert response.content_type == "text/event-stream"
        name, body = await event(response)
        assert (name, len(body["modules"]), body["retry"]) == ("snapshot", 8, "1500")
        bank.set("Port5", "silent")
        server.changed()
        name, body = await event(response)
        assert name == "change"
        assert [(module["name"], module["text"]) for module in body["modules"]] == [
            ("Port5", "давно нет полного ответа")
        ]
        assert (body["live"], body["retry"]) == (7, None)


async def test_a_burst_of_changes_is_one_event(http, bank, server):
    async with http.get("/api/v1/events") as response:
        await event(response)
        for module in list(bank.rows):
            bank.set(module.name, "silent")
            server.changed()
        name, body = await event(response)
        assert (name, len(body["modules"])) == ("change", 8)


async def test_a_reader_who_leaves_gives_back_its_place(http, server, monkeypatch):
    monkeypatch.setattr("agent.status.streams.MOST", 2)
    async with http.get("/api/v1/events") as one, http.get("/api/v1/trace/Port1") as two:
        one.close()
        await until(lambda: len(server._streams) == 1)
        async with http.get("/api/v1/events") as three:
            await event(three)
            assert two.connection is not None
            assert len(server._streams) == 2


async def test_when_all_places_are_taken_the_oldest_reader_makes_room(http, server, monkeypatch):
    monkeypatch.setattr("agent.status.streams.MOST", 2)
    async with http.get("/api/v1/events") as one, http.get("/api/v1/events") as two:
        await event(one)
        await event(two)
        async with http.get("/api/v1/events") as three:
            await event(three)
            await cut(one)
            await event(two)
        assert len(server._streams) <= 2


async def test_a_reader_who_does_not_read_is_dropped_and_others_go_on(bank, server, http, monkeypatch):
    monkeypatch.setattr(status_server, "SEND_S", 0.1)
    bank.rows = [dataclasses.replace(module, model="x" * 400_000) for module in bank.rows]
    host, port = "127.0.0.1", int(server.url.rsplit(":", 1)[1].strip("/"))
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(slow, (host, port))
        await loop.sock_sendall(slow, b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: len(server._streams) == 1)
        for n in range(40):
            bank.rows = [dataclasses.replace(module, model=str(n) + "x" * 400_000) for module in bank.rows]
            server.changed()
            if not server._streams:
                break
            await asyncio.sleep(0.1)
        assert not server._streams
    assert (await get_json(http, "/healthz"))["ok"]


async def test_the_trace_tells_the_dialogue_line_by_line(http, bank):
    path = bank.rows[0].ports[0]
    async with http.get(f"/api/v1/trace/{path.lstrip('/')}") as response:
        assert response.status == 404  # a path is told whole, with its slash
    async with http.get(f"/api/v1/trace/{path}") as response:
        assert response.content_type == "application/x-ndjson"
        bank.trace_lines.put_nowait(TraceLine(at=WALL, sender=Sender.AGENT, text="AT+CPIN?", module="Port1"))
        bank.trace_lines.put_nowait(
            TraceLine(at=WALL + 0.01, sender=Sender.MODULE, text="+CPIN: READY", module="Port1")
        )
        lines = [json.loads(await response.content.readline()) for _ in range(2)]
        assert lines == [
            {"at": WALL, "module": "Port1", "sender": "agent", "text": "AT+CPIN?"},
            {"at": WALL + 0.01, "module": "Port1", "sender": "module", "text": "+CPIN: READY"},
        ]
        assert bank.open_traces == 1
    await until(lambda: bank.open_traces == 0)


@pytest.mark.parametrize("path", ["/api/v1/trace/Nobody", "/api/v1/trace?port=Port1&port=Nobody"])
async def test_a_trace_of_nothing_is_404(http, path):
    async with http.get(path) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/api/v1/trace", "/api/v1/trace?port=Port1&port=Port2"])
async def test_several_ports_are_traced_in_one_stream(http, bank, path):
    async with http.get(path) as response:
        bank.trace_lines.put_nowait(TraceLine(at=WALL, sender=Sender.AGENT, text="AT", module="Port2"))
        assert json.loads(await response.content.readline())["module"] == "Port2"


async def test_stopping_ends_every_stream_in_order_and_at_once(bank):
    server = serve(bank)
    await server.start()
    async with aiohttp.ClientSession(server.url) as http, http.get("/api/v1/events") as response:
        await event(response)
        async with asyncio.timeout(2):
            await server.stop()
            with pytest.raises(EOFError):
                await event(response)
    assert not server._streams


async def test_a_source_that_fails_spoils_one_answer_and_not_the_server(http, bank, caplog):
    whole, bank.rows = bank.rows, None
    async with http.get("/api/v1/status") as response:
        assert response.status == 500
        assert "Traceback" not in await response.text()
    bank.rows = whole
    assert (await get_json(http, "/api/v1/status"))["live"] == 8


async def cut(response: aiohttp.ClientResponse) -> None:
    """Read until the server cuts it."""
    with contextlib.suppress(EOFError, aiohttp.ClientPayloadError):
        while True:
            await event(response)


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition that the server reaches by itself."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not true() and loop.time() < end:  # the server tells nobody when it noticed
        await asyncio.sleep(0.005)
    assert true()
