"""What news of one module changes on the page: its tile, and no other."""

from __future__ import annotations

import dataclasses

import pytest
from playwright.async_api import expect

from tests.agent.shown_bank import ShownBank
from tests.browser.conftest import Watched

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WATCH = """() => {
  window.touched = {};
  new MutationObserver(changes => {
    for (const {type, target} of changes) {
      const el = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const what = el.closest(".tile")?.dataset.name ?? el.className;
      (window.touched[what] ??= []).push(type);
    }
  }).observe(document.getElementById("rack"), {subtree: true, childList: true, attributes: true, characterData: true});
}"""


async def touched(at: Watched) -> set[str]:
    """Return what was touched since the last look."""
    return set(
        await at.page.evaluate("(() => { const seen = Object.keys(touched); touched = {}; return seen; })()")
    )


async def test_news_of_one_of_512_modules_touches_its_tile_alone(open_page):
    async with open_page(ShownBank(512)) as at:
        await at.page.evaluate(WATCH)
        at.bank.rows[299] = dataclasses.replace(at.bank.rows[299], operator="MegaFon")
        at.server.changed()
        await expect(at.tile("Port300")).to_contain_text("MegaFon")
        assert await touched(at) == {"Port300"}
        at.bank.rows = [dataclasses.replace(row, seen_at=row.seen_at + 1) for row in at.bank.rows]
        at.bank.missed_windows = 1
        at.server.changed()
        await expect(at.page.locator("#missed")).not_to_be_empty()
        assert await touched(at) == set(), "an answer that says nothing new"
        await at.change("Port300", "searching")
        await expect(at.tile("Port300")).to_have_attribute("data-kind", "wait")
        assert await touched(at) == {"Port300", "group-count"}
