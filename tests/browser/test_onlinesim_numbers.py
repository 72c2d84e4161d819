"""What Onlinesim says of each number, on the page."""

from __future__ import annotations

import dataclasses
import re

import pytest
from playwright.async_api import expect

from tests.agent.shown_bank import ShownBank, asked

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def bank_with(count: int = 8, /, **changes: dict[str, object]) -> ShownBank:
    bank = ShownBank(count)
    bank.rows = [dataclasses.replace(row, onlinesim=asked(**changes.get(row.name, {}))) for row in bank.rows]
    return bank


TROUBLED = {
    "Port1": {"status": "not_on_account", "income": None},
    "Port2": {"status": "spent"},
    "Port3": {"banned": True, "failed": 3, "banned_services": ("telegram", "whatsapp")},
}


async def test_tiles_and_filters_show_what_onlinesim_objects_to(open_page):
    async with open_page(bank_with(**TROUBLED)) as at:
        await expect(at.tile("Port1").locator(".tile-reason")).to_have_text("not on account")
        await expect(at.tile("Port2").locator(".tile-reason")).to_have_text("spent by rent")
        await expect(at.tile("Port3").locator(".tile-reason")).to_have_text("banned")
        await expect(at.tile("Port4").locator(".tile-reason")).to_have_text("Telia")
        await at.page.locator('.chip[data-reason="onlinesim:spent"]').click()
        await expect(at.page.locator(".tile:visible")).to_have_count(1)
        await at.page.locator('.chip[data-reason="onlinesim:banned"]').click()
        await expect(at.page.locator(".tile:visible")).to_have_count(2)


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
@pytest.mark.parametrize("count", [8, 64])
async def test_name_and_objection_of_a_tile_are_not_cut_off(open_page, locale, count):
    async with open_page(bank_with(count, **TROUBLED), locale=locale) as at:
        for name in TROUBLED:
            for part in (".tile-name", ".tile-reason"):
                texts = at.tile(name).locator(part)
                assert await texts.evaluate("el => el.scrollWidth <= el.clientWidth"), (name, part)


async def test_a_tile_explains_the_objection(open_page):
    async with open_page(bank_with(**TROUBLED)) as at:
        await expect(at.tile("Port2")).to_have_attribute(
            "title", re.compile("^Onlinesim: rented before, earns no more: replace the SIM · ")
        )


async def test_the_banner_names_the_numbers_that_are_not_on_the_account(open_page):
    async with open_page(bank_with(**TROUBLED)) as at:
        banner = at.page.locator('.banner[data-banner="replaced"]')
        await expect(banner).to_contain_text("+46701740001. Another program with the same key")


async def test_working_numbers_and_income_are_summed_up(open_page):
    async with open_page(bank_with(**TROUBLED)) as at:
        await expect(at.page.locator("#numbers")).to_have_text(re.compile(r"5 of 8 working, .*533\.75"))


async def test_a_bank_that_asks_nothing_shows_nothing_of_it(open_page):
    async with open_page(ShownBank(8)) as at:
        await expect(at.page.locator("#numbers")).to_be_hidden()
        await at.tile("Port1").click()
        await expect(at.page.locator("#details-facts")).not_to_contain_text("Onlinesim")


async def test_the_drawer_says_everything_in_russian(open_page):
    async with open_page(bank_with(**TROUBLED), locale="ru-RU") as at:
        await at.tile("Port3").click()
        facts = at.page.locator("#details-facts")
        await expect(facts).to_contain_text("работает · бан · 3 неудачные операции · 10 мин назад")
        await expect(facts).to_contain_text("telegram, whatsapp")
        await expect(facts).to_contain_text("76,25")
