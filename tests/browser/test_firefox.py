"""The page in Firefox: all of it is there and works by keyboard, and it complains of nothing."""

from __future__ import annotations

import pytest
from missing import need

from tests.agent.shown_bank import serve
from tests.browser.firefox import Firefox, started_firefox
from tests.browser.states import ordinary

TILES = "document.querySelectorAll('.tile').length"


async def focused(firefox: Firefox) -> str:
    """Return what has the focus: its id, or the module that it is the tile of."""
    return await firefox.ask("document.activeElement.id || document.activeElement.dataset.name || ''")


@pytest.mark.browser
async def test_firefox_shows_the_page_and_uses_it_by_keyboard(tmp_path):
    need("firefox-esr")
    bank = ordinary(16)
    async with started_firefox(tmp_path) as firefox, serve(bank) as server:
        await firefox.go(server.url)
        await firefox.until(f"{TILES} === 16 && document.body.dataset.connection === 'up'")
        assert await firefox.ask("document.documentElement.scrollWidth <= innerWidth")
        await firefox.press("/")
        assert await focused(firefox) == "search"
        bank.set("Port2", "no_sim")
        server.changed()
        await firefox.until("document.querySelector('[data-name=Port2]').dataset.kind === 'sim'")
        for _ in range(1 + await firefox.ask("document.querySelectorAll('.chip').length")):
            await firefox.press("Tab")
        assert await focused(firefox) == "Port1"
        await firefox.press("ArrowRight")
        await firefox.press("Enter")
        await firefox.until("document.querySelector('#details-answers li')")
        assert await firefox.ask("document.getElementById('details-name').textContent") == "Port2"
        await firefox.press("Escape")
        assert await focused(firefox) == "Port2"
        assert firefox.complaints == []
