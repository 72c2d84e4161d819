"""One headless Chromium for all tests of the page, and a fresh context, server and bank for each."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.agent.shown_bank import ShownBank, serve
from tests.browser.chromium import ZONE, started_chromium

if TYPE_CHECKING:
    from agent.status.server import StatusServer

PATIENCE_MS = 30_000
"""No test waits for it to end, but for a browser on a busy machine."""
expect.set_options(timeout=PATIENCE_MS)


def pytest_configure(config):
    config.addinivalue_line("markers", "browser_all: everything about the page, minutes; only with -m")


def pytest_collection_modifyitems(config, items):
    if "browser_all" in config.option.markexpr:
        return
    chosen = [item for item in items if item.get_closest_marker("browser_all") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


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
    async with started_chromium() as browser:
        yield browser


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
            timezone_id=ZONE,
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
