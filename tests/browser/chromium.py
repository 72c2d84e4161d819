"""Debian's Chromium without a window, for the tests of the page and for what takes its pictures.

The headless shell is the same engine without the window's own parts, which cost more CPU than our page.

The browser resolves no name but this machine's, so that a request to anywhere else fails loudly. Two made-up names are
this machine too: to a browser a page there is one from elsewhere over plain HTTP.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator

from playwright.async_api import Browser, async_playwright

NAMES = (
    "MAP bank.test 127.0.0.1, MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules={NAMES}",
]
ZONE = "Europe/Stockholm"


@contextlib.asynccontextmanager
async def started_chromium() -> AsyncIterator[Browser]:
    """Start it, and end it."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert path, "Debian's package chromium-headless-shell is needed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
