"""The login form: who gets it, what it takes, what it refuses, and what nobody can do with it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.status.access import is_own_form
from agent.status.connection import State
from agent.status.login import _see
from agent.status.login_form import accepted_language
from agent.status.login_tries import MOST_PEERS, TRIES, WINDOW_S, LoginTries
from tests.agent.shown_bank import ShownBank, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agent.status.server import StatusServer

TOKEN = "correct-horse-battery"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def bank() -> ShownBank:
    return ShownBank(2)


@pytest.fixture
async def server(bank) -> AsyncIterator[StatusServer]:
    async with serve(bank, TOKEN) as server:
        yield server


@pytest.fixture
async def http(server) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(10)
    async with aiohttp.ClientSession(
        server.url, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
    ) as http:
        yield http


async def ask(http, path="/", method="GET", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.request(method, path, headers=BROWSER | names, allow_redirects=False) as answer:
        return answer, await answer.text()


async def post(http, data=None, path="/login", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    data = {"token": TOKEN} if data is None else data
    async with http.post(path, data=data, headers=BROWSER | names, allow_redirects=False) as answer:
        return answer, await answer.text()


async def test_a_browser_without_the_token_gets_the_form(http):
    answer, page = await ask(http)
    assert (answer.status, answer.content_type) == (401, "text/html")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert '<form method="post" action="login">' in page
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert "Port1" not in page


@pytest.mark.parametrize(
    "headers", [{"Accept": "*/*"}, {"Accept": "application/json"}, BROWSER | {"Sec-Fetch-Mode": "cors"}]
)
async def test_a_script_gets_the_words_of_before(http, headers):
    for path in ("/", "/api/v1/status", "/metrics", "/login", "/static/page.js"):
        async with http.get(path, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (401, "text/plain")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "Authorization: Bearer" in await answer.text()


async def test_what_the_form_needs_is_open_and_nothing_else_of_the_page(http):
    _, page = await ask(http)
    needed = set(re.findall(r'(?:src|href)="(static/[^"]*)"', page))
    assert len(needed) == 4
    for path in needed:
        assert (await ask(http, f"/{path}"))[0].status == 200
    for path in ("/static/page.js", "/static/texts.js", "/static/index.html", "/static/nothing.css"):
        assert (await ask(http, path))[0].status == 401


@pytest.mark.parametrize(
    ("path", "up", "back"),
    [
        ("/", "", ""),
        ("/?token=wrong", "", ""),
        ("/login?next=api/v1/payload", "", "api/v1/payload"),
        ("/metrics", "", "metrics"),
        ("/api/v1/history?of=Port1&limit=9", "../../", "api/v1/history?of=Port1&amp;limit=9"),
        ("/api/v1/modules/a%2Fb%20c", "../../../", "api/v1/modules/a%2Fb%20c"),
    ],
)
async def test_the_form_leads_back_to_what_was_asked_for_and_by_relative_addresses_alone(
    http, path, up, back
):
    _, page = await ask(http, path)
    assert f'action="{up}login"' in page
    assert f'href="{up}static/login.css"' in page
    assert f'name="next" value="{back}"' in page
    assert not re.search(r'(?:action|href|src)="(?:/|\w+:)', page)


async def test_the_right_token_opens_the_page_with_a_cookie_and_keeps_the_way(http):
    answer, _ = await post(http, {"token": f" {TOKEN}\n", "next": "api/v1/history?of=Port1"})
    assert answer.status == 303
    assert answer.headers["Location"] == "./api/v1/history?of=Port1"
    cookie = answer.headers["Set-Cookie"]
    assert TOKEN not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=2592000"} <= set(cookie.split("; "))
    assert "Path" not in cookie
    assert "Secure" not in cookie
    answer, page = await ask(http, Cookie=cookie.split(";")[0])
    assert answer.status == 200
    assert '<form id="logout" method="post"' in page


async def test_over_https_the_cookie_goes_over_nothing_else(http):
    answer, _ = await post(http, Origin="https://bank.example", Host="bank.example")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


@pytest.mark.parametrize(
    "back",
    ["../else", "api/../../x", "a\r\nX-Evil: 1", "%2e%2e/x", ".%2E/x", "a b", "\\evil", "x" * 1001, "\udcff", "ж"],
)  # fmt: skip
async def test_no_way_back_leads_away_from_the_page(http, back):
    body = urlencode({"token": TOKEN, "next": back}, errors="surrogateescape")
    answer, _ = await post(http, body, Content_Type=FORM)
    assert (answer.status, answer.headers["Location"]) == (303, "./")
    assert "X-Evil" not in answer.headers


@given(st.text(max_size=30))
def test_a_way_back_stays_below_the_page_wherever_that_is(back):
    place = urljoin("https://bank.example/simbank/login", _see(back).headers["Location"])
    assert place.startswith("https://bank.example/simbank/")


async def test_a_wrong_token_is_said_and_the_form_stays_in_its_language(http, server):
    answer, page = await post(http, {"token": "wrong", "lang": "ru", "next": "metrics"})
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers
    assert "Неверный токен." in page
    assert 'name="next" value="metrics"' in page
    assert list(server._connections._counts.values()) == [1]


async def test_after_five_wrong_tokens_in_a_minute_the_right_one_waits_too(http, bank):
    for _ in range(TRIES):
        assert (await post(http, {"token": "wrong"}))[0].status == 401
        bank.now += 5
    answer, page = await post(http)
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "35"
    assert "Try again in 35 s." in page
    assert "Set-Cookie" not in answer.headers
    bank.now += 34
    assert (await post(http))[0].status == 429
    bank.now += 1
    answer, _ = await post(http)
    assert answer.status == 303


async def test_whoever_has_the_token_or_the_cookie_is_never_shut_out(http):
    cookie = (await post(http))[0].headers["Set-Cookie"].split(";")[0]
    for _ in range(TRIES + 1):
        await post(http, {"token": "wrong"})
    assert (await post(http))[0].status == 429
    for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {TOKEN}"}):
        assert (await ask(http, "/api/v1/status", **headers))[0].status == 200
    assert (await ask(http, f"/?token={TOKEN}"))[0].status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:9"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
async def test_a_foreign_page_can_neither_try_nor_log_anybody_out(http, server, path, headers):
    for _ in range(TRIES + 1):
        answer, _ = await post(http, {"token": "wrong"}, path, **headers)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
    assert (await post(http))[0].status == 303


def test_a_form_of_ours_is_known_by_site_or_origin_also_behind_a_proxy():
    assert is_own_form({})
    assert is_own_form(
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://bank.example", "Host": "127.0.0.1"}
    )
    assert is_own_form({"Origin": "http://192.0.2.7:8340", "Host": "192.0.2.7:8340"})
    assert is_own_form({"Origin": "http://[2001:db8::1]:8340", "Host": "[2001:db8::1]:8340"})
    assert not is_own_form({"Origin": "http://192.0.2.8", "Host": "192.0.2.7:8340"})
    assert not is_own_form({"Origin": "null", "Host": ""})


async def test_logging_out_takes_the_cookie_away(http):
    cookie = (await post(http))[0].headers["Set-Cookie"].split(";")[0]
    answer, _ = await post(http, {}, "/logout", Cookie=cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "./")
    assert answer.headers["Set-Cookie"].startswith(cookie.split("=")[0] + '=""; ')
    assert "Max-Age=0" in answer.headers["Set-Cookie"]


async def test_two_agents_of_one_host_do_not_log_each_other_out(http, bank):
    """Browsers send the cookies of a host to each of its ports."""
    async with serve(bank, "another-token") as second, aiohttp.ClientSession(second.url) as other:
        answers = [await post(http), await post(other, {"token": "another-token"})]
        cookies = dict(answer.headers["Set-Cookie"].split(";")[0].split("=") for answer, _ in answers)
        both = "; ".join(f"{name}={value}" for name, value in cookies.items())
        for session in (http, other):
            assert (await ask(session, "/api/v1/status", Cookie=both))[0].status == 200


async def test_whoever_is_logged_in_and_opens_the_form_goes_on(http):
    cookie = (await post(http))[0].headers["Set-Cookie"].split(";")[0]
    answer, _ = await ask(http, "/login?next=metrics", Cookie=cookie)
    assert (answer.status, answer.headers["Location"]) == (303, "./metrics")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"])
async def test_with_a_token_too_no_verb_changes_anything(http, method):
    for path in ("/", "/api/v1/status", "/static/login.css", "/nowhere"):
        answer, _ = await ask(http, path, method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    if method != "POST":
        for path in ("/login", "/logout"):
            answer, _ = await ask(http, path, method)
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


async def test_without_a_token_there_is_nothing_to_log_in_to(bank):
    async with serve(bank) as server, aiohttp.ClientSession(server.url) as http:
        assert (await post(http))[0].status == 405
        assert (await ask(http, "/login"))[0].status == 404
        assert 'id="logout" hidden' in (await ask(http))[1]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"token=" + b"x" * 5000, FORM, 413),
        (b"&".join([b"a=b"] * 9), FORM, 400),
        (b"token=%ff%00%zz", FORM, 401),
        (b"\xff\xfe", FORM, 401),
        (b"", FORM, 401),
        (b"token=" + TOKEN.encode(), f"{FORM}; charset=nonsense", 303),
        (b'{"token": "x"}', "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
    ],
)
async def test_any_body_is_answered_and_a_large_one_not_read(http, body, kind, status):
    answer, _ = await post(http, body, Content_Type=kind)
    assert answer.status == status


async def test_a_body_that_does_not_end_has_its_time_as_a_head_has(server, monkeypatch):
    monkeypatch.setattr("agent.status.connection.LIMIT_S", 0.2)
    port = int(server.url.rsplit(":", 1)[1].strip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n".encode()
        + b"Content-Length: 60\r\n\r\ntoken="
    )
    async with asyncio.timeout(20):
        while not server._connections._open:
            await asyncio.sleep(0)
        [connection] = server._connections._open
        while connection.asked == 0:
            await asyncio.sleep(0)
        assert connection.state is State.WAITING  # so that it makes room for others
        assert await reader.read() == b""
    writer.close()
    assert len(server._connections) == 0


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        (None, "en"), ("", "en"), ("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de,en;q=0.5,ru;q=0.4", "en"),
        ("de, RU;q=0.1", "ru"), ("ru;q=0", "en"), ("ru;q=x, en;q=0.1", "en"), ("*", "en"), ("ru;q=1e9;;,,", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_the_browser_likes_more(accepted, lang):
    assert accepted_language(None, accepted) == lang
    assert accepted_language("nonsense", accepted) == lang
    assert accepted_language("ru", accepted) == "ru"


async def test_the_form_speaks_the_browsers_language_and_has_a_switch(http):
    _, page = await ask(http, "/metrics", Accept_Language="ru,en;q=0.5")
    assert '<html lang="ru">' in page
    assert "Токен доступа" in page
    link = re.search(r'href="(login\?lang=en[^"]*)"', page)
    _, page = await ask(http, "/" + link[1].replace("&amp;", "&"), Accept_Language="ru")
    assert '<html lang="en">' in page
    assert 'name="next" value="metrics"' in page


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 40.0)), max_size=60))
def test_no_minute_has_more_than_five_wrong_tokens_of_one_address(steps):
    tries, now, looked_at = LoginTries(), 0.0, {peer: [] for peer in "abc"}
    for peer, pause in steps:
        now += pause
        if tries.wait(peer, now) == 0:
            tries.failed(peer, now)
            looked_at[peer].append(now)
    for times in looked_at.values():
        assert all(later - first >= WINDOW_S for first, later in zip(times, times[TRIES:], strict=False))


def test_the_wait_ends_when_it_said():
    tries = LoginTries()
    for _ in range(TRIES):
        tries.failed("a", 100.0)
    assert tries.wait("a", 130.0) == 30.0
    assert tries.wait("a", 160.0) == 0.0
    assert tries.wait("b", 130.0) == 0.0


def test_any_number_of_addresses_costs_bounded_memory_and_gains_no_tries():
    tries = LoginTries()
    for n in range(3 * MOST_PEERS):
        tries.failed(f"peer {n}", 0.0)
    assert len(tries) == MOST_PEERS + 1
    assert tries.wait("a newcomer", 1.0) > 0
    for n in range(3 * MOST_PEERS):
        tries.failed(f"peer {n}", 100.0)
    assert len(tries) == MOST_PEERS + 1
