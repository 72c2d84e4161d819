"""What was, on the page: in a module's drawer and among the last reports, also of before a restart."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.async_api import expect

from agent.store.past import OF_MODULE, OF_SIM, Happened
from agent.store.store import Store
from tests.agent.shown_bank import WALL, ShownBank

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_drawer_has_what_the_store_has_of_the_module(open_page, tmp_path):
    bank = ShownBank(2)
    bank.store = tmp_path / "simbank.db"
    now = [WALL - 2 * 86_400]
    with closing(Store(bank.store, wall=lambda: now[0])) as store:
        store.past.note_alive()
        store.past.note(
            [Happened(OF_MODULE | OF_SIM, "Port1", "8946120000000000001", "+46701740001", "searching")]
        )
        now[0] = WALL - 60
        store.past.note_alive()
        store.past.note(
            [Happened(OF_MODULE | OF_SIM, "Port1", "8946120000000000001", "+46701740001", "live")]
        )
    async with open_page(bank) as at:
        await at.tile("Port1").click()
        lines = at.page.locator("#details-history li")
        await expect(lines).to_have_count(2)
        await expect(lines.nth(0)).to_contain_text("live")
        await expect(lines.nth(0)).to_contain_text("+46701740001")
        await expect(lines.nth(1)).to_contain_text("searching for a network")
        await expect(lines.nth(1)).to_contain_text("Nov")
        await at.page.keyboard.press("ArrowRight")
        await expect(at.page.locator("#details-name")).to_have_text("Port2")
        await expect(lines).to_have_count(1)
    async with open_page(bank, locale="ru-RU") as at:
        await at.tile("Port1").click()
        await expect(at.page.locator("#details-history li").nth(1)).to_contain_text("ищет сеть")


async def test_reports_of_before_a_restart_stand_behind_those_of_this_run(open_page):
    bank = ShownBank(2)
    bank.earlier = (bank.report(age=4000.0, outcome="refused", said="ACCOUNT_BLOCKED", numbers=2),)
    async with open_page(bank) as at:
        reports = at.page.locator("#reports li")
        await expect(reports).to_have_count(2)
        await expect(reports.nth(1)).to_have_attribute("data-outcome", "refused")
        await expect(at.page.locator("#banners")).not_to_contain_text("refuses")
