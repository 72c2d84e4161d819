"""What the page can show: the states of a bank in which it is looked at, held against WCAG, and walked by keyboard.

Each is a made-up view behind the real server, so that no agent runs and the clock stands still.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from playwright.async_api import Browser, Page

from agent.fleet.state import HostLife
from agent.status.alerts_row import AlertServiceRow, AlertsRow
from agent.status.fleet_texts import doubt_row
from agent.status.snapshot import AgentFacts, Bilingual, WasRow
from agent.store.history import History
from tests.agent.shown_bank import NOW, WITHOUT_SIM, ShownBank, asked, serve, troubled_bank
from tests.agent.shown_fleet import DOUBT, follower, host
from tests.browser.chromium import ZONE

if TYPE_CHECKING:
    from agent.status.server import StatusServer

Language = Literal["en", "ru"]
Theme = Literal["light", "dark"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ru")
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
LOCALES: Final = {"en": "en-GB", "ru": "ru-RU"}
TOKEN: Final = "correct-horse-battery"
SUBSCRIBERS: Final = (
    ("+79161107957", "MegaFon"),
    ("+79268140032", "Tele2 Russia"),
    ("+628117425473", "TELKOMSEL"),
    ("+8613821233070", "CHINA UNICOM"),
    ("+447700900461", "vodafone UK"),
    ("+46701740005", "Telenor SE"),
)
"""Numbers and operators of each length that occurs, cut off first where there is too little room."""

Act = Callable[[Page, "StatusServer"], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """One state of the page: the bank that is shown, and what is done once it is."""

    name: str
    what: str
    bank: Callable[[], ShownBank]
    act: Act | None = None
    token: str | None = None


def ordinary(count: int) -> ShownBank:
    """An ordinary day: most modules are live, each kind of trouble is there, and subscribers are of many countries."""
    bank = troubled_bank(count)
    for index, module in enumerate(bank.rows):
        number, operator = SUBSCRIBERS[index % len(SUBSCRIBERS)]
        if module.live:
            shown = f"{number[:-3]}{index + 1:03d}"
            bank.rows[index] = dataclasses.replace(module, number=shown, operator=operator)
    bank.alerts = AlertsRow(
        on=True, services=(AlertServiceRow(name="tgram://… (1)", sent_at=bank.wall - 1900),)
    )
    return bank


def just_started() -> ShownBank:
    """Ten seconds after the first start: nothing reported, half of the modules asked, no history."""
    bank = ShownBank(16)
    bank.agent = dataclasses.replace(bank.agent, started_at=NOW - 10)
    bank.reports, bank.accepted_at, bank.heartbeat_at = (), None, None
    for n in range(1, 17):
        unknown = {
            "number": None,
            "iccid": None,
            "imsi": None,
            "operator": None,
            "signal_dbm": None,
            "model": None,
        }
        unknown |= {"imei": None, "seen_at": None, "registration": None, "source": None}
        bank.set(
            f"Port{n}",
            *(("settling",) if n % 2 else ("silent",)),
            since_at=NOW - 8,
            **({} if n % 2 else unknown),
        )
    bank.day = History()
    return bank


def first_hour() -> ShownBank:
    """Twenty minutes after the first start."""
    bank = ordinary(8)
    bank.agent = dataclasses.replace(bank.agent, started_at=NOW - 1200)
    bank.day = History()
    for minute in range(20):
        bank.day.record(bank.wall - 60 * (19 - minute), min(7, 5 + minute), 8)
    return bank


def refused() -> ShownBank:
    """Onlinesim has refused for six minutes."""
    bank = ordinary(64)
    refusals = [
        bank.report(age=age, outcome="refused", said="ACCOUNT_BLOCKED", numbers=57)
        for age in (21.0, 141.0, 261.0)
    ]
    bank.reports = (*refusals, bank.report(age=372.0, numbers=57))
    bank.accepted_at = NOW - 372.0
    bank.notices = (
        Bilingual(
            en="4 rows of sims_file are skipped: run simbank-agent check",
            ru="В sims_file пропущено строк: 4, их покажет simbank-agent check",
        ),
    )
    return bank


def lost_hub() -> ShownBank:
    """A hub with sixteen modules fell off the bus four minutes ago."""
    bank = ordinary(64)
    for n in range(17, 33):
        lost = bank.rows[n - 1]
        was = WasRow(iccid=lost.iccid, number=lost.number, until_at=NOW - 240, now_in=None)
        bank.set(f"Port{n}", "unplugged", since_at=NOW - 240, was=was, **WITHOUT_SIM)
    return bank


def in_fleet() -> ShownBank:
    """One host of three, of which one has been silent; another host claims one of its numbers."""
    bank = ordinary(64)
    lost = host(3, life=HostLife.SILENT, seen_at=NOW - 95.0)
    hosts = (host(1, leads=False), host(2, leads=True, page="http://bank-2:8340/"), lost)
    bank.fleet = follower(hosts=hosts, doubts=(DOUBT,))
    bank.rows[2] = dataclasses.replace(bank.rows[2], doubt=doubt_row(DOUBT))
    return bank


def with_answers() -> ShownBank:
    """What Onlinesim says of each number: some are rented out for ever, banned, or gone from the account."""
    bank = ordinary(64)
    said = {
        3: asked("not_on_account", income=None),
        7: asked("spent"),
        9: asked(banned=True, failed=3, banned_services=("telegram", "whatsapp")),
    }
    for index, module in enumerate(bank.rows):
        if module.live:
            bank.rows[index] = dataclasses.replace(module, onlinesim=said.get(index, asked()))
    return bank


def sandbox() -> ShownBank:
    """The shipped config.yaml."""
    bank = ordinary(64)
    bank.agent = AgentFacts(version="1.2.3", started_at=NOW - 900, sandbox=True)
    return bank


def without_sim() -> ShownBank:
    """A bank of eight, one SIM of which was pulled."""
    return ordinary(8)


def opens(name: str) -> Act:
    """Open the drawer of a module."""

    async def act(page: Page, _server: StatusServer) -> None:
        await page.locator(f'.tile[data-name="{name}"]').click()
        await page.locator("#details-answers li").first.wait_for()

    return act


async def as_table(page: Page, _server: StatusServer) -> None:
    """Show the modules as a table."""
    await page.locator('[data-view="table"]').click()
    await page.locator("#list").wait_for()


async def reads_on(page: Page, server: StatusServer) -> None:
    """Follow the link of the advice; what is read opens in a tab of its own."""
    await opens("Port5")(page, server)
    await page.goto(await page.locator("#details a").first.evaluate("el => el.href"))
    await page.locator("h1").first.wait_for()


async def goes_away(page: Page, server: StatusServer) -> None:
    """End the agent."""
    await server.stop()
    await page.locator("body[data-connection=down]").wait_for()


async def searched_in_vain(page: Page, _server: StatusServer) -> None:
    """Look for what is not there."""
    await page.locator("#search").fill("+4670999")
    await page.locator("#nothing").wait_for()


async def rejected(page: Page, _server: StatusServer) -> None:
    """Try a token that is not the right one."""
    await page.locator("#token").fill("correct horse")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()


STATES: Final = {
    state.name: state
    for state in (
        State("8", "eight modules", lambda: ordinary(8)),
        State("64", "64 modules on an ordinary day", lambda: ordinary(64)),
        State("512", "512 modules", lambda: ordinary(512)),
        State("started", "ten seconds after the first start", just_started),
        State("first-hour", "twenty minutes after the first start", first_hour),
        State("empty", "no module was found", lambda: ShownBank(0, cap=64)),
        State("gone", "the agent is gone", lambda: ordinary(64), goes_away),
        State("refused", "Onlinesim refuses", refused),
        State("hub", "a hub was lost", lost_hub),
        State("drawer", "the drawer of a module without a SIM", without_sim, opens("Port5")),
        State("drawer-live", "the drawer of a live module", with_answers, opens("Port10")),
        State("help", "what the drawer's advice links to", without_sim, reads_on),
        State("table", "64 modules as a table", with_answers, as_table),
        State("table-512", "512 modules as a table", lambda: ordinary(512), as_table),
        State("nothing", "a search that finds nothing", lambda: ordinary(8), searched_in_vain),
        State("numbers", "Onlinesim objects to three numbers", with_answers),
        State("fleet", "one host of a fleet, another one speaks", in_fleet),
        State("sandbox", "the sandbox", sandbox),
        State("login", "the form for the token", lambda: ShownBank(8), token=TOKEN),
        State("login-wrong", "a wrong token", lambda: ShownBank(8), rejected, token=TOKEN),
    )
}


@contextlib.asynccontextmanager
async def shown(
    browser: Browser,
    state: State,
    language: Language = "en",
    *,
    width: int = 1280,
    height: int = 800,
    **options: object,
) -> AsyncIterator[Page]:
    """Open the page in that state; `options` as a context of Playwright takes them."""
    bank = state.bank()
    context = await browser.new_context(
        locale=LOCALES[language], timezone_id=ZONE, viewport={"width": width, "height": height}, **options
    )
    try:
        async with serve(bank, state.token) as server:
            page = await context.new_page()
            await page.clock.set_system_time(bank.wall)
            await page.goto(server.url)
            if state.token is None:
                await page.locator("body[data-connection=up]").wait_for()
            if state.act is not None:
                await state.act(page, server)
            yield page
    finally:
        await context.close()
