"""The address of the page: a link for each module and each view, and a history without junk."""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.agent.shown_bank import ShownBank, row, troubled_bank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STEPS = "history.length"


def drawer(at):
    return at.page.locator("#details")


async def test_a_link_opens_the_drawer_of_its_module_and_back_closes_it(open_page):
    async with open_page(troubled_bank(16)) as at:
        steps = await at.page.evaluate(STEPS)
        await at.tile("Port3").click()
        assert at.page.url == f"{at.server.url}#Port3"
        await at.page.keyboard.press("ArrowRight")
        await expect(at.page.locator("#details-name")).to_have_text("Port4")
        assert at.page.url == f"{at.server.url}#Port4"
        assert await at.page.evaluate(STEPS) == steps + 1
        await at.page.go_back()
        await expect(drawer(at)).to_be_hidden()
        assert at.page.url == at.server.url
        await at.page.go_forward()
        await expect(at.page.locator("#details-name")).to_have_text("Port4")
        await at.page.keyboard.press("Escape")
        await expect(drawer(at)).to_be_hidden()
        await at.page.wait_for_url(at.server.url)
        assert await at.page.evaluate(STEPS) == steps + 1
        await at.page.go_forward()
        await at.page.evaluate("location.hash = '#Port7'")
        await expect(at.page.locator("#details-name")).to_have_text("Port7")


async def test_the_page_opens_with_a_link_and_closing_leaves_nothing_behind(open_page):
    async with open_page(troubled_bank(16)) as at:
        for _ in range(2):
            await at.page.goto("about:blank")
            await at.page.goto(f"{at.server.url}#Port5")
            await expect(at.page.locator("#details-name")).to_have_text("Port5")
            await at.page.locator("#details-close").click()
            await expect(drawer(at)).to_be_hidden()
            await at.page.wait_for_url(at.server.url)
        await at.page.go_back()
        assert at.page.url == "about:blank"


async def test_opening_and_closing_many_times_in_a_hurry_makes_no_history(open_page):
    async with open_page(troubled_bank(16)) as at:
        steps = await at.page.evaluate(STEPS)
        for n in range(1, 9):
            await at.page.evaluate(
                """name => { document.querySelector(`.tile[data-name=${name}]`).click();
                             if (name !== 'Port8') document.querySelector('#details-close').click(); }""",
                f"Port{n}",
            )
        await expect(at.page.locator("#details-name")).to_have_text("Port8")
        await at.page.wait_for_url(f"{at.server.url}#Port8")
        assert await at.page.evaluate(STEPS) == steps + 1
        await at.page.keyboard.press("Escape")
        await at.page.wait_for_url(at.server.url)


async def test_a_name_that_needs_escaping_has_a_link_too(open_page):
    names = ["стойка 1/ü?", "a#b?c=%41&d", "100%", "<b>", "rack", "constructor"]
    bank = ShownBank(len(names))
    bank.rows = [dataclasses.replace(one, name=name) for one, name in zip(bank.rows, names, strict=True)]
    async with open_page(bank) as at:
        for n, name in enumerate(names):
            await at.page.locator(".tile").nth(n).click()
            await at.page.wait_for_url(f"{at.server.url}#{quote(name, safe='')}")
            await at.page.keyboard.press("Escape")
            await at.page.wait_for_url(at.server.url)
            await at.page.evaluate("hash => { location.hash = hash; }", quote(name, safe=""))
            await expect(at.page.locator("#details-name")).to_have_text(name)
            await at.page.keyboard.press("Escape")
            await at.page.wait_for_url(at.server.url)
        await at.page.evaluate("hash => { location.hash = hash; }", "стойка 1/ü")  # as somebody types it
        await expect(at.page.locator("#unknown")).to_contain_text("стойка 1/ü")


async def test_a_link_to_a_module_that_is_not_there_says_so_until_it_comes(open_page):
    async with open_page(ShownBank(4)) as at:
        await at.page.goto(f"{at.server.url}#Port5")
        unknown = at.page.locator("#unknown")
        await expect(unknown).to_have_text("There is no module Port5.")
        at.bank.rows.append(row(5))
        at.server.changed()
        await expect(at.page.locator("#details-name")).to_have_text("Port5")
        await expect(unknown).to_be_hidden()


async def test_what_is_sought_and_chosen_is_in_the_link_and_the_link_shows_it(open_page):
    async with open_page(troubled_bank(64)) as at:
        steps = await at.page.evaluate(STEPS)
        await at.page.locator('.chip[data-reason="silent"]').click()
        await at.page.locator('.chip[data-reason="no_sim"]').click()
        await at.page.locator("#search").fill("Port 5")
        await at.page.wait_for_url("**q=Port*")
        url = at.page.url
        assert url == f"{at.server.url}#?state=silent&state=no_sim&q=Port+5&view=tiles&range=24h"
        assert await at.page.evaluate(STEPS) == steps
        await at.tile("Port5").click()
        assert at.page.url == f"{at.server.url}#Port5?state=silent&state=no_sim&q=Port+5&view=tiles&range=24h"
        await at.page.goto("about:blank")
        await at.page.goto(url)
        await expect(at.page.locator(".tile:visible")).to_have_count(1)
        await expect(at.tile("Port5")).to_be_visible()
        await expect(at.page.locator("#search")).to_have_value("Port 5")
        await expect(at.page.locator(".chip[aria-pressed=true]")).to_have_count(2)
        await at.page.evaluate("location.hash = '#'")
        await expect(at.page.locator(".tile:visible")).to_have_count(64)


async def test_view_sort_and_range_are_in_the_link_which_goes_before_what_the_browser_kept(open_page):
    async with open_page(troubled_bank(64)) as at:
        await at.page.get_by_role("button", name="Table").click()
        await at.page.get_by_role("button", name="7 d").click()
        await at.page.get_by_role("button", name="Signal").click()
        await at.page.get_by_role("button", name="Signal").click()
        await at.page.wait_for_url("**sort=-signal*")
        url = at.page.url
        assert url == f"{at.server.url}#?sort=-signal&view=table&range=7d"
        await at.page.get_by_role("button", name="Tiles").click()
        await at.page.wait_for_url(f"{at.server.url}#?view=tiles&range=7d")
        await at.page.get_by_role("button", name="24 h").click()
        await at.page.wait_for_url(at.server.url)
        await at.page.goto("about:blank")
        await at.page.goto(url)
        await expect(at.page.locator("[aria-sort=descending]")).to_have_text("Signal")
        await expect(at.page.get_by_role("button", name="7 d")).to_have_attribute("aria-pressed", "true")
        await at.page.goto("about:blank")
        await at.page.goto(at.server.url)
        await expect(at.page.locator("#rack")).to_be_visible()


async def test_an_address_that_means_nothing_does_no_harm(open_page):
    async with open_page(ShownBank(8)) as at:
        for address in (
            "#?state=constructor&state=onlinesim:toString&sort=constructor&view=__proto__&range=x", "#%E0%A4%A",
            "#?%zz=1&q=%zz", "#__proto__",
        ):  # fmt: skip
            await at.page.evaluate("hash => { location.hash = hash; }", address)
            await at.page.evaluate("new Promise(requestAnimationFrame)")
        await at.page.reload()
        await at.page.locator("body[data-connection=up]").wait_for()
        await expect(at.page.locator("#unknown")).to_contain_text("__proto__")
        await at.page.evaluate("location.hash = ''")
        await expect(at.page.locator(".tile:visible")).to_have_count(8)


async def test_the_skip_link_leads_to_the_modules_and_is_no_module(open_page):
    async with open_page(ShownBank(8)) as at:
        await at.page.keyboard.press("Tab")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator("#rack")).to_be_focused()
        assert at.page.url == at.server.url
