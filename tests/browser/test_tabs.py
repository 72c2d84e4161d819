"""Many tabs of the page in one browser, which has six connections to a server for all of them."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.agent.shown_bank import ShownBank, serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TABS = 2
"""As many as tell it; the seventh one waited for ever."""
HIDE = """() => {
  Object.defineProperty(Document.prototype, "hidden", {get: () => window.isHidden ?? true});
}"""
"""Playwright's tabs all believe that somebody looks at them."""


async def look_at(page: Page, *, is_hidden: bool) -> None:
    await page.evaluate(
        "isHidden => { window.isHidden = isHidden; document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


async def test_tabs_that_nobody_looks_at_keep_no_connection_and_follow_all_the_same(chromium):
    bank = ShownBank(8)
    context = await chromium.new_context()
    try:
        async with serve(bank) as server:
            await context.add_init_script(f"({HIDE})()")
            await context.clock.install()
            pages = [await context.new_page() for _ in range(TABS)]
            for page in pages:
                await page.goto(server.url)
                await page.locator("body[data-connection=up]").wait_for()
            assert len(server._streams) == 0
            bank.set("Port3", "silent")
            server.changed()
            await pages[-1].clock.fast_forward(11_000)
            await expect(pages[-1]).to_have_title("7/8 · simbank")
            await look_at(pages[-1], is_hidden=False)
            bank.set("Port4", "silent")
            server.changed()
            await expect(pages[-1]).to_have_title("6/8 · simbank")
            assert len(server._streams) == 1
            await expect(pages[-1].locator("body")).to_have_attribute("data-connection", "up")
            await look_at(pages[-1], is_hidden=True)
            await server.stop()
            await pages[-1].clock.fast_forward(11_000)
            await expect(pages[-1].locator("body")).to_have_attribute("data-connection", "down")
    finally:
        await context.close()
