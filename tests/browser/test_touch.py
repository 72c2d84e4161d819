"""What a finger presses is large enough, and a mouse keeps the dense page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.agent.shown_bank import serve, troubled_bank
from tests.agent.shown_fleet import DOUBT, fleet

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEAST = 40
TOO_SMALL = """least => [...document.querySelectorAll('a[href], button, input, summary')].flatMap(el => {
  const box = el.getBoundingClientRect();
  const isSeen = el.checkVisibility({visibilityProperty: true}) && !el.matches('.skip, [type=hidden]') && box.width > 0;
  const isBehind = document.querySelector('dialog[open]') && !el.closest('dialog');
  const isTooSmall = Math.min(box.width, box.height) < least - 0.5;
  return isSeen && !isBehind && isTooSmall ? [`${el.outerHTML.slice(0, 60)} ${box.width}x${box.height}`] : [];
})"""
CUT_OFF = """[...document.querySelectorAll('.chip, .segments button, .problems button, .foot a, .foot button')]
  .filter(el => el.scrollWidth > el.clientWidth + 1).map(el => el.textContent)"""
FINGER = {"has_touch": True, "is_mobile": True}


@pytest.mark.parametrize(("width", "options"), [(390, {}), (1280, FINGER)])
async def test_what_a_finger_presses_is_large_enough(open_page, width, options):
    async with open_page(troubled_bank(130), width=width, height=800, locale="ru-RU", **options) as at:
        assert await at.page.evaluate(TOO_SMALL, LEAST) == []
        assert await at.page.evaluate(CUT_OFF) == []
        await at.page.locator("button[data-view=table]").click()
        assert await at.page.evaluate(TOO_SMALL, LEAST) == []
        assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await at.page.locator("#list-rows tr[data-name=Port5] a").click()  # it has an advice
        await expect(at.page.locator("#details-advice a")).to_be_visible()
        assert await at.page.evaluate(TOO_SMALL, LEAST) == []


async def test_a_fleet_and_the_login_form_can_be_pressed_too(open_page, chromium):
    shown = troubled_bank(8)
    shown.fleet = fleet(doubts=(DOUBT,))
    async with open_page(shown, width=390, height=800, **FINGER) as at:
        await expect(at.page.locator("#fleet")).to_be_visible()
        assert await at.page.evaluate(TOO_SMALL, LEAST) == []
    async with serve(troubled_bank(8), "token") as server:
        context = await chromium.new_context(viewport={"width": 390, "height": 800}, **FINGER)
        page = await context.new_page()
        await page.goto(server.url)
        assert await page.evaluate(TOO_SMALL, LEAST) == []
        await page.locator("#token").fill("token")
        await page.keyboard.press("Enter")
        await page.locator("body[data-connection=up]").wait_for()
        assert await page.evaluate(TOO_SMALL, LEAST) == []
        await context.close()


async def test_a_mouse_keeps_the_dense_page(open_page):
    async with open_page(troubled_bank(64), width=1280, height=800) as at:
        assert await at.page.locator(".chip").first.evaluate("el => el.offsetHeight") < 30
        await at.page.locator("button[data-view=table]").click()
        assert await at.page.locator("#list-rows tr").first.evaluate("el => el.offsetHeight") <= 32
