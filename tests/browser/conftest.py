"""One headless Chromium for all tests of the page, and a fresh context, server and bank for each.

The browser resolves no name but this machine's, so that a request to anywhere else fails loudly.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, async_playwright

from tests.agent.shown_bank import ShownBank, serve

if TYPE_CHECKING:
    from agent.status.server import StatusServer

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PATIENCE_MS = 5000


@dataclass
class Watched:
    """A page with its server and its bank, and whatever went wrong in it."""

    page: Page
    server: StatusServer
    bank: ShownBank
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def change(self, name: str, reason: str, **changes: object) -> None:
        """Give a module another verdict, and tell the server."""
        self.bank.set(name, reason, **changes)
        self.server.changed()

    def tile(self, name: str) -> Locator:
        """Find the tile of a module."""
        return self.page.locator(f'.tile[data-name="{name}"]')


Opener = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Debian's package chromium is needed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Opener:
    """Open the page of a bank; it must complain of nothing and ask nobody but its own server."""

    @contextlib.asynccontextmanager
    async def opener(
        bank: ShownBank, *, locale: str = "en-GB", width: int = 1440, height: int = 780, **options: object
    ) -> AsyncIterator[Watched]:
        context = await chromium.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            timezone_id="Europe/Stockholm",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        try:
            async with serve(bank) as server:
                watched = Watched(page, server, bank)

                def heard(message: ConsoleMessage) -> None:
                    if message.type in {"error", "warning"}:
                        watched.complaints.append(message.text)

                def asked(request: Request) -> None:
                    watched.asked.append(request.url)

                page.on("console", heard)
                page.on("pageerror", lambda error: watched.complaints.append(str(error)))
                page.on("request", asked)
                await page.goto(server.url)
                await page.locator("body[data-connection=up]").wait_for()
                yield watched
                assert watched.complaints == []
                assert [url for url in watched.asked if not url.startswith(server.url)] == []
        finally:
            await context.close()

    return opener
