"""The strip of hosts, and what a tile says of a number that two hosts claim."""

from __future__ import annotations

import dataclasses
import os
import re

import pytest
from playwright.async_api import expect

from agent.fleet.state import EngineState, HostLife, HostState
from agent.status.fleet_texts import doubt_row
from tests.agent.shown_bank import NOW, ShownBank
from tests.agent.shown_fleet import DOUBT, fleet, follower, host

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_host_alone_has_no_strip(open_page):
    async with open_page(ShownBank(8)) as at:
        await expect(at.tile("Port1")).to_be_visible()
        await expect(at.page.locator("#fleet")).to_be_hidden()


async def test_the_strip_shows_each_host_who_speaks_and_the_way_to_its_page(open_page):
    bank = ShownBank(8)
    bank.fleet = follower(
        hosts=(
            host(1, leads=False),
            host(2, leads=True, page="http://bank-2:8340/"),
            host(3, life=HostLife.SILENT, seen_at=NOW - 95.0),
        )
    )
    async with open_page(bank) as at:
        hosts = at.page.locator(".host")
        await expect(hosts).to_have_count(3)
        await expect(hosts.nth(0)).to_contain_text("bank-1")
        await expect(hosts.nth(0)).to_contain_text("61/64")
        await expect(hosts.nth(0)).to_contain_text("lease 0:2")
        await expect(hosts.nth(0)).to_have_attribute("title", "this host")
        await expect(hosts.nth(1)).to_contain_text("speaks")
        await expect(hosts.nth(1)).to_have_attribute("href", "http://bank-2:8340/")
        await expect(hosts.nth(2)).to_contain_text("silent")
        await expect(hosts.nth(2)).to_contain_text("1 min ago")
        await expect(hosts.nth(2)).to_have_attribute("data-kind", "out")
        await expect(at.page.locator("#fleet-sum")).to_have_text(
            "bank-2 speaks · 186 numbers · redis 7.0.15, 1.2 ms"
        )
        await expect(at.page.locator("#answer")).to_have_text("bank-2 reports for the fleet.")
        await expect(at.page.locator("#reports li").first).to_have_text("bank-2 reports for the fleet.")
        await expect(at.page.locator("#state-label")).to_have_text("Selling")
        bank.fleet = fleet()
        at.server.changed()
        await expect(hosts.nth(0)).to_contain_text("speaks")
        await expect(at.page.locator("#answer")).to_have_text("accepted")
        if folder := os.environ.get("SIMBANK_SCREENSHOTS"):
            await at.page.screenshot(path=f"{folder}/fleet.png")


async def test_a_doubt_is_an_overlay_on_a_live_tile_and_names_the_other_host(open_page):
    bank = ShownBank(8)
    bank.fleet = follower(doubts=(DOUBT,))
    bank.rows[2] = dataclasses.replace(bank.rows[2], doubt=doubt_row(DOUBT))
    async with open_page(bank, locale="ru-RU") as at:
        tile = at.tile("Port3")
        await expect(tile).to_have_attribute("data-kind", "live")
        await expect(tile).to_contain_text("и у bank-2/Port7")
        await expect(tile).to_have_attribute(
            "title", re.compile("^тот же номер у bank-2/Port7: в списке его нет · ")
        )
        await expect(at.page.locator('[data-banner="fleet"]')).to_contain_text("+46701740003")
        await tile.click()
        await expect(at.page.locator("#details-facts")).to_contain_text("bank-2/Port7")


async def test_a_host_that_is_cut_off_says_so_in_red(open_page):
    bank = ShownBank(8)
    bank.fleet = follower(
        state=HostState.CUT_OFF,
        leader=None,
        taken=None,
        engine=EngineState(since=NOW - 130.0, trouble="connection refused"),
    )
    async with open_page(bank) as at:
        await expect(at.page.locator('[data-banner="fleet_out"]')).to_contain_text("connection refused")
        await expect(at.page.locator("#fleet-sum")).to_contain_text("no connection to the engine for 2 min")
        await expect(at.page.locator("#state-label")).to_have_text("Not selling")
