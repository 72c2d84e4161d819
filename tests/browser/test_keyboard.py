"""Everything on the page can be reached and used by keyboard alone, and what has the focus can be seen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.states import STATES, shown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONTROLS = """() => {
  const root = document.querySelector("dialog[open]") ?? document;
  const all = root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]");
  return [...all].filter(el => el.tabIndex >= 0 && !el.disabled && el.checkVisibility()).map(el => {
    el.dataset.walk ??= String(document.querySelectorAll("[data-walk]").length);
    return el.dataset.walk;
  });
}"""
"""Mark what should be reached, and return the marks."""

FOCUSED = """() => {
  const el = document.activeElement, box = el.getBoundingClientRect(), style = getComputedStyle(el);
  const within = (at, most) => Math.min(Math.max(at, 0), most - 1);
  const middle = document.elementFromPoint(
    within(box.left + box.width / 2, innerWidth), within(box.top + box.height / 2, innerHeight));
  return {
    mark: el === document.body ? null : el.dataset.walk ?? el.outerHTML.slice(0, 90),
    what: el.outerHTML.slice(0, 90),
    isOutlined: el.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isOnTop: el.contains(middle),
  };
}"""


async def walk(page: Page, key: str, steps: int) -> list[dict[str, Any]]:
    """Press a key so often, and return what had the focus after each time; null marks are the browser's own frame."""
    stops = []
    for _ in range(steps):
        await page.keyboard.press(key)
        stops.append(await page.evaluate(FOCUSED))
    return [stop for stop in stops if stop["mark"] is not None]


WALKED = (("refused", 1280), ("table", 1280))
MORE = (("fleet", 1280), ("first-hour", 390), ("drawer", 1280), ("login-wrong", 390))
ALL = (*WALKED, *(pytest.param(*one, marks=pytest.mark.browser_all) for one in MORE))


@pytest.mark.parametrize(("state", "width"), ALL)
async def test_the_tab_key_reaches_every_control_in_both_directions(chromium, state, width):
    async with shown(chromium, STATES[state], width=width) as page:
        controls = await page.evaluate(CONTROLS)
        there = await walk(page, "Tab", len(controls) + 1)
        assert {stop["mark"] for stop in there} == set(controls)
        back = await walk(page, "Shift+Tab", len(controls) + 1)
        assert {stop["mark"] for stop in back} == set(controls)
        unseen = [stop["what"] for stop in [*there, *back] if not (stop["isOutlined"] and stop["isOnTop"])]
        assert unseen == []


@pytest.mark.browser_all
async def test_the_arrows_reach_every_tile(chromium):
    async with shown(chromium, STATES["64"]) as page:
        await page.locator(".tile").first.focus()
        names = [await page.evaluate("document.activeElement.dataset.name")]
        for _ in range(63):
            await page.keyboard.press("ArrowRight")
            names.append(await page.evaluate("document.activeElement.dataset.name"))
        assert names == [f"Port{n}" for n in range(1, 65)]
        assert (await page.evaluate(FOCUSED))["isOnTop"]


@pytest.mark.browser_all
async def test_the_arrows_reach_every_line_of_the_table_and_its_button(chromium):
    async with shown(chromium, STATES["table"]) as page:
        await page.locator(".list-name a").first.focus()
        unseen, names = [], []
        for key in ("ArrowDown", "ArrowUp"):
            for _ in range(63):
                stops = await walk(page, key, 1)
                names.append(await page.evaluate("document.activeElement.textContent"))
                unseen += [names[-1] for stop in stops if not (stop["isOutlined"] and stop["isOnTop"])]
        assert names == [f"Port{n}" for n in (*range(2, 65), *range(63, 0, -1))]
        assert unseen == []
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("tr[data-name=Port1] .copy")).to_be_focused()


async def test_the_first_key_leads_past_what_stands_above_the_modules(chromium):
    async with shown(chromium, STATES["refused"]) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the modules")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.locator('.tile[data-name="Port1"]')).to_be_focused()


async def test_whatever_opened_the_drawer_has_the_focus_again(chromium):
    async with shown(chromium, STATES["hub"]) as page:
        for opener in (page.locator("#problem-list button").first, page.locator('.tile[data-name="Port2"]')):
            await opener.focus()
            await page.keyboard.press("Enter")
            await expect(page.locator("#details")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(opener).to_be_focused()


async def test_the_switches_work_by_keyboard_and_keep_the_focus(chromium):
    async with shown(chromium, STATES["8"]) as page:
        russian = page.locator('button[data-lang="ru"]')
        await russian.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("html")).to_have_attribute("lang", "ru")
        await expect(russian).to_be_focused()
        theme = page.locator("#theme")
        await theme.focus()
        await page.keyboard.press("Space")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(theme).to_be_focused()


async def test_a_filter_is_set_and_taken_back_by_keyboard_and_keeps_the_focus(chromium):
    async with shown(chromium, STATES["64"]) as page:
        chip = page.locator('.chip[data-reason="settling"]')
        await chip.focus()
        await page.keyboard.press("Space")
        await expect(page.locator(".tile:visible")).to_have_count(2)
        await expect(chip).to_be_focused()
        await page.keyboard.press("Space")
        await expect(page.locator(".tile:visible")).to_have_count(64)
        await expect(chip).to_be_focused()
