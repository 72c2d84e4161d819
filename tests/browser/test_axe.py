"""The page in its states, held against WCAG 2.2 AA by axe-core: a few here, all of them by `make browser`."""

from __future__ import annotations

import pytest

from tests.browser.axe import violations
from tests.browser.states import LANGUAGES, STATES, THEMES, Language, State, Theme, shown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FEW = (("refused", "ru", "light"), ("drawer", "en", "dark"))
"""Each tells of other parts of the page."""
WIDTHS = (1280, 390)


@pytest.mark.parametrize(("state", "language", "theme"), FEW)
async def test_the_page_breaks_no_rule_of_wcag(chromium, state: str, language: Language, theme: Theme):
    async with shown(chromium, STATES[state], language, color_scheme=theme) as page:
        assert await violations(page) == []


async def test_axe_finds_what_is_wrong(chromium):
    async with shown(chromium, STATES["empty"]) as page:
        await page.evaluate("document.getElementById('theme').removeAttribute('aria-label')")
        assert [found.rule for found in await violations(page)] == ["button-name"]


@pytest.mark.browser_all
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
async def test_no_state_breaks_a_rule_of_wcag(chromium, state: State, language: Language):
    found = []
    async with shown(chromium, state, language) as page:
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            for theme in THEMES:
                await page.emulate_media(color_scheme=theme)
                found += [f"{width} {theme} {violation}" for violation in await violations(page)]
    assert found == []
