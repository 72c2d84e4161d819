"""The line about alerts below the reports."""

from __future__ import annotations

import dataclasses

import pytest
from playwright.async_api import expect

from agent.status.alerts_row import AlertServiceRow, AlertsRow
from tests.agent.shown_bank import ShownBank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SENT = 1_796_000_000.0


async def test_the_page_says_whether_somebody_is_told(open_page):
    bank = ShownBank(2)
    async with open_page(bank) as at:
        line = at.page.locator("#alerts")
        await expect(line).to_have_text("Alerts are off")
        bank.alerts = AlertsRow(heartbeat_url=True)
        at.server.changed()
        await expect(line).to_have_text("Alerts are off, the dead-man's switch is on")
        mail, chat = AlertServiceRow(name="mailto://… (1)"), AlertServiceRow(name="tgram://… (2)")
        bank.alerts = AlertsRow(on=True, services=(mail,))
        at.server.changed()
        await expect(line).to_have_text("Alerts to 1 service · none sent yet")
        told = dataclasses.replace(chat, sent_at=SENT)
        failed = dataclasses.replace(mail, failed_at=SENT + 60, why="Connection refused")
        bank.alerts = AlertsRow(on=True, services=(failed, told))
        at.server.changed()
        await expect(line).to_contain_text("Alerts to 2 services · last sent")
        await expect(line).to_contain_text("not taken by mailto://… (1)")
