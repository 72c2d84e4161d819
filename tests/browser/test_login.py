"""Logging in as a person does: in a real browser, with and without scripts, alone and behind a proxy below a path."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.agent.shown_bank import ShownBank, serve, troubled_bank
from tests.browser.conftest import PATIENCE_MS
from tests.browser.reverse_proxy import proxy_of

if TYPE_CHECKING:
    from agent.status.server import StatusServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TOKEN = "correct-horse-battery"


@contextlib.asynccontextmanager
async def visitor(chromium: Browser, **options: object) -> AsyncIterator[Page]:
    """A person with a fresh browser."""
    context = await chromium.new_context(**({"locale": "en-GB"} | options))
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[StatusServer]:
    async with serve(troubled_bank(16), TOKEN) as server:
        yield server


async def enter(page: Page, token: str = TOKEN) -> None:
    await page.locator("#token").fill(token)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_person_logs_in_and_comes_to_what_was_asked_for(chromium, server, scripts):
    async with visitor(chromium, java_script_enabled=scripts) as page:
        await page.goto(f"{server.url}api/v1/payload")
        await expect(page.locator("#token")).to_be_focused()
        await enter(page, "wrong")
        await expect(page.get_by_role("alert")).to_have_text("This is not the token.")
        await enter(page)
        await page.wait_for_url(f"{server.url}api/v1/payload")
        await expect(page.locator("body")).to_contain_text("+46701740001")


async def test_the_form_has_both_languages_and_keeps_the_one_that_was_chosen(chromium, server):
    async with visitor(chromium, locale="ru-RU", java_script_enabled=False) as page:
        await page.goto(server.url)
        await expect(page.get_by_role("button")).to_have_text("Войти")
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_role("button")).to_have_text("Log in")
        await enter(page, "wrong")
        await expect(page.get_by_role("alert")).to_have_text("This is not the token.")


async def test_what_a_link_names_behind_its_hash_survives_the_login(chromium, server):
    async with visitor(chromium) as page:
        await page.goto(f"{server.url}#Port5")
        await page.get_by_role("link", name="Русский").click()
        await enter(page, "wrong")
        await expect(page.get_by_role("alert")).to_have_text("Неверный токен.")
        await enter(page)
        await page.locator("body[data-connection=up]").wait_for()
        assert page.url == f"{server.url}#Port5"


async def test_over_plain_http_from_elsewhere_the_form_works_and_a_foreign_page_can_only_link(
    chromium, server
):
    """Browsers do not tell the site there: the form is known by its Origin."""
    url = server.url.replace("127.0.0.1", "bank.test")
    foreign = {
        "link": f"<a href='{url}#Port5'>go</a>",
        "logout": f"<form method=post action='{url}logout'><button>go</button></form>",
        "login": f"<form method=post action='{url}login'><input name=token value=x><button>go</button></form>",
    }
    async with visitor(chromium) as page:
        await page.goto(url)
        assert not await page.evaluate("isSecureContext")
        await enter(page)
        await page.locator("body[data-connection=up]").wait_for()
        for name in foreign:
            other = await page.context.new_page()
            await other.route("**/evil/*", lambda route: route.fulfill(
                content_type="text/html", body=foreign[route.request.url.rpartition("/")[2]]
            ))  # fmt: skip
            await other.goto(f"http://evil.test:8340/evil/{name}")
            await other.locator("a, button").click()
            if name == "link":
                await expect(other.locator("#details-name")).to_have_text("Port5")
            else:
                await expect(other.locator("body")).to_contain_text("Send this form from the page itself.")
            await other.close()
        await page.reload()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("#token")).to_be_visible()


async def test_logging_out_leads_to_the_form_also_in_another_tab(chromium, server):
    async with visitor(chromium) as page:
        await page.goto(server.url)
        await enter(page)
        await page.locator("body[data-connection=up]").wait_for()
        other = await page.context.new_page()
        await other.goto(server.url)
        await other.locator("body[data-connection=up]").wait_for()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("#token")).to_be_visible()
        server._streams.end_all()  # the other tab reconnects, and is asked for the token
        await expect(other.locator("#token")).to_be_visible(timeout=15_000)


async def test_without_a_token_there_is_no_way_to_log_out(open_page):
    async with open_page(ShownBank(8)) as at:
        await expect(at.page.locator("#logout")).to_be_hidden()


async def test_behind_a_proxy_below_a_path_everything_works(chromium, server):
    async with proxy_of(server.url) as url, visitor(chromium) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(url)
        await enter(page)
        await page.wait_for_url(url)
        await page.locator("body[data-connection=up]").wait_for()
        [cookie] = await page.context.cookies()
        assert cookie["path"] == "/simbank"
        server._view.set("Port3", "silent")
        server.changed()
        tile = page.locator('.tile[data-name="Port3"]')
        await expect(tile).to_have_attribute("data-kind", "out")
        await tile.click()
        await expect(page.locator("#details-answers")).to_contain_text("AT+CPIN?")
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="report to be sent").click()
        await expect(page.locator("body")).to_contain_text("+46701740001")
        await page.go_back()
        await page.get_by_role("button", name="Log out").click()
        await page.wait_for_url(url)
        await expect(page.locator("#token")).to_be_visible()
        assert [one for one in asked if not one.startswith(url)] == []


async def test_a_token_in_the_address_goes_and_the_rest_of_it_stays(chromium, server):
    async with proxy_of(server.url) as url, visitor(chromium) as page:
        await page.goto(f"{url}?token={TOKEN}#Port5")
        await page.locator("body[data-connection=up]").wait_for()
        assert page.url == f"{url}#Port5"
        [cookie] = await page.context.cookies()
        assert cookie["path"] == "/simbank"
