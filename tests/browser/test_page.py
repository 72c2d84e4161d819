"""What stands around the wall, in a real browser fed by the real server."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from contextlib import closing

import pytest
from playwright.async_api import expect

from agent.decision.verdict import Reason
from agent.language import Bilingual
from agent.onlinesim.report import ReportOutcome
from agent.status.snapshot import BannerKind, ModuleDetails, VerdictChange
from agent.store.history import Minute
from agent.store.store import Store
from drivers.observation import Registration
from tests.agent.shown_bank import NOW, WALL, ShownBank, serve, troubled_bank
from tests.language.catalogues import WEB
from tests.language.page_source import flat, page_texts

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_ages_tick_without_any_news(open_page):
    bank = ShownBank(8)
    began = time.monotonic()
    bank.clock = lambda: NOW + time.monotonic() - began
    async with open_page(bank) as at:
        assert re.fullmatch(r"1:2\d ago", await at.page.locator("#accepted").text_content())
        before = await at.page.locator("#next").text_content()
        await expect(at.page.locator("#next")).not_to_have_text(before)


async def test_the_browsers_language_is_spoken(open_page):
    async with open_page(troubled_bank(16), locale="ru-RU") as at:
        await expect(at.page.locator("html")).to_have_attribute("lang", "ru")
        await expect(at.page.locator("#state-label")).to_have_text("Продаём")
        await expect(at.tile("Port5")).to_contain_text("нет SIM")
        await expect(at.tile("Port5")).to_have_attribute(
            "title", "нет SIM-карты · был +46701740005, ICCID 8946120000000000005, 31 мин назад"
        )


async def test_the_language_can_be_switched_and_is_kept(open_page):
    async with open_page(troubled_bank(16), locale="ru") as at:
        await at.page.get_by_role("button", name="English").click()
        await expect(at.page.locator("#state-label")).to_have_text("Selling")
        await expect(at.tile("Port5")).to_have_attribute("title", re.compile("^no SIM · was "))
        await at.page.reload()
        await expect(at.page.locator("#state-label")).to_have_text("Selling")
        assert not await at.page.locator("body").evaluate("el => /[а-яё]/i.test(el.innerText)")


async def test_both_languages_have_every_text_and_a_word_for_every_reason(open_page):
    async with open_page(ShownBank(8)) as at:
        texts = await at.page.evaluate("import('/static/texts.js').then(module => module.TEXTS)")
        russian = await at.page.evaluate("import('/static/texts.ru.js').then(module => module.WORDS)")

    assert texts == page_texts((WEB / "texts.js").read_text(encoding="utf-8"))
    assert {key for key, _ in flat(texts)} == russian.keys()
    assert texts["reasons"].keys() == {reason.value for reason in Reason}
    assert texts["banners"].keys() == {kind.value for kind in BannerKind} | {"lost"}
    assert texts["outcomes"].keys() == {outcome.value for outcome in ReportOutcome}
    assert texts["registrations"].keys() == {stat.name.lower() for stat in Registration}


async def test_the_forms_of_numbers_are_right_in_both_languages(open_page):
    said = "import('/static/speech.js').then(({ say }) => [1, 2, 5, 11, 21, 1.5].map(n => say('numbers', { n })))"
    async with open_page(ShownBank(8), locale="ru") as at:
        assert await at.page.evaluate(said) == [
            "1 номер", "2 номера", "5 номеров", "11 номеров", "21 номер", "1.5 номера"
        ]  # fmt: skip
        await at.page.get_by_role("button", name="English").click()
        await expect(at.page.locator("html")).to_have_attribute("lang", "en")
        assert (await at.page.evaluate(said))[:2] == ["1 number", "2 numbers"]


async def test_english_is_not_seen_before_its_translation_is_here(open_page):
    async with open_page(ShownBank(8), locale="ru") as at:
        waiting = asyncio.Event()

        async def slowly(route):
            await waiting.wait()
            await route.continue_()

        await at.page.route("**/texts.ru.js", slowly)
        await at.page.reload(wait_until="commit")
        label = at.page.locator(".count-live-label")
        await expect(label).to_have_css("visibility", "hidden")
        assert await label.text_content() == "live"
        waiting.set()
        await expect(label).to_have_css("visibility", "visible")
        await expect(label).to_have_text("онлайн")


async def test_without_its_translation_the_page_is_english(open_page):
    async with open_page(ShownBank(8), locale="ru") as at:
        await at.page.route("**/texts.ru.js", lambda route: route.abort())
        await at.page.reload()
        await expect(at.page.locator(".count-live-label")).to_have_text("live")
        await expect(at.page.locator(".count-live-label")).to_be_visible()
        at.complaints.clear()


async def test_an_inline_script_would_not_run(open_page):
    async with open_page(ShownBank(8)) as at:
        await at.page.evaluate(
            "document.head.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
        )
        assert await at.page.evaluate("window.ran === undefined")
        assert any("Content Security Policy" in complaint for complaint in at.complaints)
        at.complaints.clear()


async def test_a_refusal_is_loud_and_in_onlinesims_words(open_page):
    bank = ShownBank(8)
    bank.reports = (bank.report(age=3, outcome="refused", said="ACCOUNT_BLOCKED"), *bank.reports)
    bank.accepted_at = NOW - 301
    bank.missed_windows = 1
    async with open_page(bank) as at:
        await expect(at.page.locator("#state")).to_have_attribute("data-state", "stopped")
        kinds = await at.page.locator(".banner").evaluate_all("all => all.map(el => el.dataset.banner)")
        assert kinds == ["refused", "late"]
        await expect(at.page.locator("#answer")).to_have_text("ACCOUNT_BLOCKED")
        await expect(at.page.locator("#missed")).to_have_text("1 five-minute window missed")
        assert (await at.page.title()).startswith("⚠ 8/8")


async def test_the_sandbox_says_that_nothing_is_sold(open_page):
    bank = ShownBank(8)
    bank.agent = dataclasses.replace(bank.agent, sandbox=True)
    async with open_page(bank) as at:
        await expect(at.page.locator("#state")).to_have_attribute("data-state", "test_mode")
        await expect(at.page.locator('.banner[data-banner="sandbox"]')).to_contain_text("nothing is sold")


async def test_the_day_is_drawn_and_can_be_read_as_a_table(open_page):
    async with open_page(troubled_bank(64)) as at:
        picture = at.page.locator("#plot svg")
        await expect(picture).to_have_attribute("aria-label", re.compile("24 h: now 55 of 64, minimum 38"))
        assert await at.page.locator(".plot-refused").count() == 2
        assert await at.page.locator(".plot-failed").count() == 6
        await at.page.locator(".day-table summary").click()
        rows = at.page.locator("#day-rows tr")
        assert 24 <= await rows.count() <= 25
        await expect(rows.nth(1)).to_have_text("20:00" + "55–56" + "64" + "15" + "0")
        await picture.hover(position={"x": 160, "y": 40})
        await expect(at.page.locator("#day-sum")).to_contain_text(re.compile(r"\d+:\d\d: \d+ of 64"))


async def test_the_range_is_chosen_kept_and_followed_by_the_table(open_page, tmp_path):
    bank = troubled_bank(8)
    bank.store = tmp_path / "simbank.db"
    with closing(Store(bank.store, wall=lambda: WALL)) as store:
        for ago in range(20 * 1440, 1440, -60):
            store.note_minute(Minute(at=int(WALL) - 60 * ago, live=6, lowest=5, highest=7, cap=8, accepted=1))
    async with open_page(bank) as at:
        page = at.page
        await page.get_by_role("button", name="30 d").click()
        await expect(page.locator("#plot svg")).to_have_attribute("aria-label", re.compile("^30 d: now "))
        await expect(page.locator(".plot-label").last).to_have_text(re.compile(r"\d+ Nov"))
        await page.locator(".day-table summary").click()
        await expect(page.locator("#day-head")).to_have_text("Day")
        await expect(page.locator("#day-rows tr").last).to_contain_text("Nov5–783")
        await page.reload()
        await expect(page.locator("#plot svg")).to_have_attribute("aria-label", re.compile("^30 d: "))
        await page.get_by_role("button", name="1 h", exact=True).click()
        await expect(page.locator("#plot svg")).to_have_attribute("aria-label", re.compile("^1 h: "))


async def test_before_anything_is_known_there_is_a_sentence_and_no_empty_grid(open_page):
    async with open_page(ShownBank(8)) as at:
        await expect(at.page.locator("#day-sum")).to_contain_text("The plot begins")
        await expect(at.page.locator("#plot svg")).to_have_count(0)


async def test_the_first_minutes_begin_at_the_left_and_no_label_leaves_the_plot(open_page):
    bank = ShownBank(8)
    for minute in (2, 1, 0):
        bank.day.record(WALL - 60 * minute, 8, 8)
    async with open_page(bank) as at:
        line = at.page.locator(".plot-live")
        await expect(line).to_have_count(1)
        box, plot = await line.bounding_box(), await at.page.locator("#plot svg").bounding_box()
        assert box["x"] - plot["x"] < 40
        assert box["width"] > plot["width"] / 6
        await expect(at.page.locator("#day-sum")).to_have_text("8 of 8 all the time")
        for label in await at.page.locator(".plot-label").all():
            text = await label.bounding_box()
            assert plot["x"] <= text["x"]
            assert text["x"] + text["width"] <= plot["x"] + plot["width"]


async def test_the_theme_follows_the_system_and_can_be_switched_and_is_kept(open_page):
    ground = "getComputedStyle(document.body).backgroundColor"
    async with open_page(ShownBank(8), color_scheme="dark") as at:
        dark = await at.page.evaluate(ground)
        await at.page.locator("#theme").click()
        light = await at.page.evaluate(ground)
        assert dark != light
        await at.page.reload()
        assert await at.page.evaluate(ground) == light


async def test_who_wants_no_motion_gets_none(open_page):
    async with open_page(ShownBank(8), reduced_motion="reduce") as at:
        await at.change("Port1", "silent")
        await expect(at.tile("Port1")).to_have_attribute("data-kind", "out")
        assert await at.tile("Port1").evaluate("el => getComputedStyle(el).animationName") == "none"


@pytest.mark.parametrize("count", [8, 64, 512])
async def test_a_phone_shows_it_all_without_scrolling_sideways(open_page, count):
    async with open_page(troubled_bank(count), width=360, height=740, locale="ru") as at:
        assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await at.tile("Port5").click()
        await expect(at.page.locator("#details")).to_be_visible()
        assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_goes_on_by_itself_after_the_agent_restarted(open_page):
    async with open_page(ShownBank(8)) as at:
        port = int(at.server.url.rsplit(":", 1)[1].strip("/"))
        await at.server.stop()
        await expect(at.page.locator('.banner[data-banner="lost"]')).to_be_visible()
        await expect(at.page.locator("#state")).to_have_attribute("data-state", "unknown")
        bank = ShownBank(8)
        bank.set("Port4", "puk_required")
        async with serve(bank, listen=f"127.0.0.1:{port}"):
            await expect(at.page.locator("body")).to_have_attribute("data-connection", "up", timeout=15_000)
            await expect(at.tile("Port4")).to_contain_text("PUK")
            await expect(at.page.locator('.banner[data-banner="lost"]')).to_have_count(0)
        # While nobody listens the browser itself complains of it, and of nothing else.
        assert all("ERR_CONNECTION_REFUSED" in complaint for complaint in at.complaints)
        at.complaints.clear()


async def test_a_new_version_of_the_agent_brings_its_own_page(open_page):
    async with open_page(ShownBank(8)) as at:
        await at.page.evaluate("window.old = true")
        async with at.page.expect_navigation():
            at.bank.agent = dataclasses.replace(at.bank.agent, version="2.0.0")
            at.server.changed()
        await expect(at.page.locator("#agent")).to_contain_text("2.0.0")
        assert await at.page.evaluate("window.old === undefined")


async def test_without_the_agent_nothing_counts_on_and_nothing_looks_current(open_page):
    bank = troubled_bank(8)
    began = time.monotonic()
    bank.clock = lambda: NOW + time.monotonic() - began
    async with open_page(bank) as at:
        await expect(at.page.locator("#live")).to_have_text("7")
        await at.server.stop()
        await at.page.locator("body[data-connection=down]").wait_for()
        at.complaints.clear()  # the browser's own, of the connection
        facts = {name: at.page.locator(name) for name in ("#live", "#next", "#answer")}
        assert {name: await fact.text_content() for name, fact in facts.items()} == dict.fromkeys(facts, "–")
        await expect(at.page.locator("#accepted")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
        assert await at.page.title() == "⚠ simbank"
        shown = """[document.querySelector(".facts").innerText,
            ...[...document.querySelectorAll(".tile-side")].map(el => el.textContent)]"""
        before = await at.page.evaluate(shown)
        await at.page.wait_for_timeout(1100)  # a tick of each second goes by
        assert await at.page.evaluate(shown) == before
        at.complaints.clear()


async def test_what_is_typed_is_shown_as_code_and_no_backquote_is_seen(open_page):
    bank = ShownBank(8)
    bank.notices = (Bilingual("4 bad rows: run `simbank-agent check`", "`simbank-agent check`"),)
    bank.set("Port2", "no_permission", "`ls -l /dev/ttyUSB0` shows")
    bank.more = ModuleDetails(
        verdicts=(VerdictChange(at=WALL, reason="no_permission", text=bank.rows[1].text),)
    )
    async with open_page(bank) as at:
        await expect(at.page.locator(".banner code")).to_have_text("simbank-agent check")
        await at.tile("Port2").click()
        await expect(at.page.locator("#details-advice code").first).to_have_text("sudo simbank-agent install")
        await expect(at.page.locator("#details-history code")).to_have_text("ls -l /dev/ttyUSB0")
        assert "`" not in await at.page.locator("body").inner_text()
        assert "`" not in await at.tile("Port2").get_attribute("title")


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("ru-RU", "ru")])
async def test_the_drawer_begins_with_what_to_do_and_opens_the_document_at_that_place(
    open_page, locale, language
):
    bank = troubled_bank(64)
    async with open_page(bank, locale=locale) as at:
        await at.tile("Port22").click()
        body = at.page.locator("#details-body")
        await expect(body.locator("#details-answers code").first).to_have_text("AT+CSQ")  # the newest
        parts = await body.evaluate("el => [...el.children].map(child => child.id)")
        order = ["verdict", "advice", "facts", "history", "answers"]
        assert [part for part in parts if part.removeprefix("details-") in order] == [
            f"details-{part}" for part in order
        ]
        async with at.page.context.expect_page() as opened:
            await body.locator("#details-advice a").click()
        document = await opened.value
        await expect(document.locator("h3:target")).to_contain_text("silent")
        assert await document.locator("html").get_attribute("lang") == language
