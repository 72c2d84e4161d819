"""The page in a browser: how soon it is drawn, what an update costs it, and how many can look on."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator
from typing import Final

from playwright.async_api import Browser, CDPSession, Page

from tests.agent.shown_bank import ShownBank, serve
from tests.bench.figures import Figure, median
from tests.browser.chromium import started_chromium

MODULES: Final = (8, 64, 512)
LOOKERS: Final = 50
BOUND_S: Final = 1.0
"""Until the first paint with every tile (issue 17)."""

FIRST_FRAME: Final = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(".tile")) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("all tiles")));
}).observe(document, {subtree: true, childList: true});
"""
"""The tiles come in one piece: the frame after the one that draws them is begun when they are on the screen."""

TIMES: Final = """() => {
  const at = name => performance.getEntriesByName(name)[0]?.startTime;
  const times = [at("first-contentful-paint"), at("all tiles")];
  return times.every(time => time !== undefined) && times.map(time => time / 1000);
}"""


@contextlib.asynccontextmanager
async def opened(browser: Browser, url: str) -> AsyncIterator[tuple[Page, CDPSession]]:
    """Open the page in a browser that has never seen it: nothing is cached. The session counts its CPU."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        await context.add_init_script(FIRST_FRAME)
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(url)
        yield page, session
    finally:
        await context.close()


async def cpu_of(session: CDPSession) -> float:
    """Return how long the main thread of a page that was opened here has worked, whatever else the machine does."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")


async def first_paints(browser: Browser, modules: int, rounds: int) -> list[Figure]:
    """How soon something, and all of it, is on the screen, by the browser's own clock."""
    paints, wholes, worked = [], [], []
    async with serve(ShownBank(modules)) as server:
        for _ in range(rounds):
            async with opened(browser, server.url) as (page, session):
                paint, whole = await (await page.wait_for_function(TIMES)).json_value()
                paints.append(paint)
                wholes.append(whole)
                worked.append(await cpu_of(session))
    return [
        median(f"first paint, {modules} modules", paints, BOUND_S, "s"),
        median(f"first frame with {modules} tiles", wholes, BOUND_S, "s"),
        median(f"CPU of the page's main thread until then, {modules} tiles", worked, BOUND_S / 2, "s"),
    ]


async def seen_by_all(
    bank: ShownBank, pages: list[Page], changed: object, rounds: int
) -> tuple[list[float], float]:
    """Give a module another verdict so often; return how long until every page shows it, and our CPU for each page."""
    took, began = [], _cpu()
    for turn in range(rounds):
        reason = ("silent", "live")[turn % 2]
        bank.set("Port7", reason)
        start = time.perf_counter()
        changed()
        shown = f"() => document.querySelector('[data-name=Port7]')?.dataset.reason === '{reason}'"
        await asyncio.gather(*(page.wait_for_function(shown) for page in pages))
        took.append(time.perf_counter() - start)
    return took, (_cpu() - began) / rounds / len(pages)


async def lookers(browser: Browser, count: int, rounds: int) -> tuple[list[float], float]:
    """The same with so many browsers that look on, each by itself."""
    bank = ShownBank(64)
    async with serve(bank) as server, contextlib.AsyncExitStack() as stack:
        pages = [(await stack.enter_async_context(opened(browser, server.url)))[0] for _ in range(count)]
        for page in pages:
            await page.locator("body[data-connection=up]").wait_for()
        return await seen_by_all(bank, pages, server.changed, rounds)


async def measure(*, quick: bool) -> list[Figure]:
    """All of it, in one Chromium."""
    rounds = 3 if quick else 10
    figures = []
    async with started_chromium() as browser:
        for modules in MODULES:
            figures += await first_paints(browser, modules, rounds)
        alone, _ = await lookers(browser, 1, rounds)
        many, cost = await lookers(browser, LOOKERS, rounds)
    return [
        *figures,
        median("a change on the one page that looks on", alone, None, "s"),
        median(
            f"a change on all of {LOOKERS} pages that look on",
            many,
            None,
            "s",
            note="one Chromium draws them all",
        ),
        Figure("CPU of server and driver for each page and change", cost * 1000, None, "ms"),
    ]


def _cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime
