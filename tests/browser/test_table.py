"""The modules as a table: sorted, filtered, copied and exported, in a real browser."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pytest
from playwright.async_api import expect

from agent.numbers.sims_file import read_sims_file
from agent.status.snapshot import WasRow
from tests.agent.shown_bank import NOW, ShownBank, asked, troubled_bank
from tests.browser.conftest import Watched

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEADS = [
    "name", "label", "hub", "number", "iccid", "operator", "registration", "signal_dbm", "state", "since", "onlinesim",
]  # fmt: skip
NAMES = "all => all.filter(el => el.offsetParent).map(el => el.textContent)"


async def show(at: Watched) -> None:
    await at.page.get_by_role("button", name="Table").click()
    await expect(at.page.locator("#list")).to_be_visible()


async def names(at: Watched) -> list[str]:
    return await at.page.locator(".list-name").get_by_role("link").evaluate_all(NAMES)


def line(at: Watched, name: str):
    return at.page.locator(f'#list-rows tr[data-name="{name}"]')


async def exported(at: Watched) -> str:
    async with at.page.expect_download() as download:
        await at.page.locator("#list-csv").click()
    path = Path(await (await download.value).path())
    return path.read_text(encoding="utf-8-sig")  # noqa: ASYNC240  a small file of ours


async def test_every_module_has_a_line_and_the_choice_is_kept(open_page):
    bank = troubled_bank(64)
    bank.rows[0] = dataclasses.replace(bank.rows[0], label="left shelf", onlinesim=asked("spent"))
    async with open_page(bank) as at:
        await show(at)
        assert await names(at) == [f"Port{n}" for n in range(1, 65)]
        assert await line(at, "Port1").locator("th, td").all_inner_texts() == [
            "Port1", "left shelf", "USB 1-1.1", "+46701740001", "8946120000000000001", "Tele2", "home", "-70 dBm",
            "live", await line(at, "Port1").locator(".list-since").inner_text(), "spent by rent",
        ]  # fmt: skip
        await at.page.reload()
        await expect(at.page.locator("#list")).to_be_visible()
        await expect(at.page.locator("#rack")).to_be_hidden()
        assert len(await names(at)) == 64


FIRST = {
    "Module": "Port1", "Label": "Port30", "Hub": "Port1", "Number": "Port1", "ICCID": "Port1", "Operator": "Port1",
    "Registration": "Port1", "Signal": "Port13", "State": "Port22", "Since": "Port32", "Onlinesim": "Port9",
}  # fmt: skip


async def test_each_column_sorts_upwards_downwards_and_not_at_all(open_page):
    bank = troubled_bank(32)
    bank.rows[29] = dataclasses.replace(bank.rows[29], label="a shelf")
    bank.rows[8] = dataclasses.replace(bank.rows[8], onlinesim=asked("banned", banned=True))
    bank.rows[19] = dataclasses.replace(bank.rows[19], registration=None)
    unsorted = [f"Port{n}" for n in range(1, 33)]
    async with open_page(bank) as at:
        await show(at)
        heads = at.page.locator("#list-heads").get_by_role("button")
        assert await heads.all_inner_texts() == list(FIRST)
        for head, first in FIRST.items():
            await at.page.locator("#list-heads").get_by_role("button", name=head, exact=True).focus()
            await at.page.keyboard.press("Enter")
            await expect(at.page.locator("[aria-sort=ascending]")).to_have_text(head)
            upwards = await names(at)
            await at.page.keyboard.press("Space")
            await expect(at.page.locator("[aria-sort=descending]")).to_have_text(head)
            downwards = await names(at)
            await at.page.keyboard.press("Enter")
            await expect(at.page.locator("[aria-sort]")).to_have_count(0)
            assert await names(at) == unsorted
            assert sorted(upwards) == sorted(downwards) == sorted(unsorted)
            assert upwards[0] == first
            lacks = [name for name in upwards if not known_of(bank, head, name)]
            # What is not known stands last both ways.
            assert upwards[32 - len(lacks) :] == downwards[32 - len(lacks) :] == lacks


def known_of(bank: ShownBank, head: str, name: str) -> object:
    """What the bank knows of a column; anything where that does not matter."""
    module = next(row for row in bank.rows if row.name == name)
    key = {"Signal": "signal_dbm"}.get(head, head.lower())
    return getattr(module, key, True)


async def test_search_and_filters_hold_for_the_table_and_its_file(open_page):
    async with open_page(troubled_bank(64)) as at:
        await at.page.locator("#search").fill("1-1.2")
        await show(at)
        await at.page.locator('.chip[data-reason="live"]').click()
        await expect(at.page.locator("#list-count")).to_have_text("14 of 64 modules")
        shown = await names(at)
        assert len(shown) == 14
        rows = list(csv.reader(io.StringIO(await exported(at))))
        assert [row[0] for row in rows[1:]] == shown
        await at.change(shown[0], "silent")
        await expect(line(at, shown[0])).to_be_hidden()
        await at.page.locator("#search").fill("nothing like this")
        await expect(at.page.locator("#nothing")).to_be_visible()
        await at.page.locator("#show-all").click()
        assert len(await names(at)) == 64


async def test_the_file_is_safe_in_a_spreadsheet_and_its_numbers_survive(open_page, tmp_path):
    bank = ShownBank(4)
    evil = '=HYPERLINK("http://evil.example","a")'
    bank.rows[0] = dataclasses.replace(bank.rows[0], operator=evil, label="-1+1", group_label="@SUM(A1)")
    bank.rows[1] = dataclasses.replace(
        bank.rows[1], operator="+1 a", label="＝1", group_label='a "b", c;d\n\te'
    )
    bank.set(
        "Port3",
        "no_sim",
        number=None,
        iccid=None,
        operator=None,
        registration=None,
        signal_dbm=None,
        since_at=None,
    )
    async with open_page(bank) as at:
        await show(at)
        text = await exported(at)
    heads, *rows = csv.reader(io.StringIO(text))
    assert heads == HEADS
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert found[0]["operator"] == f"'{evil}"
    assert (found[0]["label"], found[0]["hub"]) == ("'-1+1", "'@SUM(A1)")
    assert (found[1]["operator"], found[1]["label"], found[1]["hub"]) == ("'+1 a", "'＝1", 'a "b", c;d e')
    assert (found[0]["number"], found[0]["iccid"]) == ('="+46701740001"', '="8946120000000000001"')
    assert list(found[2].values()) == ["Port3", "", "USB 1-1.1", "", "", "", "", "", "no_sim", "", ""]
    assert (found[3]["signal_dbm"], found[3]["registration"], found[3]["state"]) == ("-91", "home", "live")
    assert found[3]["since"].endswith("Z")
    (tmp_path / "sims.csv").write_text(text, encoding="utf-8-sig")
    read = read_sims_file(tmp_path / "sims.csv")
    assert "8946120000000000001" in str(read)


async def test_the_separator_is_the_one_of_the_systems_spreadsheet(open_page):
    locales = {"en-GB": ",", "en-US": ",", "ru-RU": ";", "de-DE": ";", "sv-SE": ";", "zh-CN": ","}
    async with open_page(ShownBank(2), locale="ru-RU") as at:
        await at.page.locator("button[data-view=table]").click()
        text = await exported(at)
        csv_js = "import('./static/csv.js').then(csv => "
        chosen = await at.page.evaluate(csv_js + f"{list(locales)}.map(csv.separatorOf))")
        assert await at.page.evaluate(csv_js + "csv.csvOf([], ',').charCodeAt(0))") == 0xFEFF
    assert text.splitlines()[0] == ";".join(HEADS)
    assert dict(zip(locales, chosen, strict=True)) == locales


async def test_a_number_is_copied_by_its_button_and_selected_by_a_click(open_page):
    async with open_page(ShownBank(4), permissions=["clipboard-read", "clipboard-write"]) as at:
        await show(at)
        await at.page.get_by_role("button", name="Copy +46701740002").click()
        assert await at.page.evaluate("navigator.clipboard.readText()") == "+46701740002"
        await expect(at.page.locator("#announcements")).to_have_text("+46701740002 copied")
        await line(at, "Port3").get_by_text("+46701740003").click()
        assert await at.page.evaluate("getSelection().toString()") == "+46701740003"
        await expect(at.page.locator("#details")).to_be_hidden()
        await line(at, "Port3").get_by_text("Tre").click()
        await at.page.evaluate("getSelection().removeAllRanges()")


async def test_without_a_clipboard_the_number_is_copied_all_the_same(open_page):
    async with open_page(ShownBank(4), permissions=["clipboard-read"]) as at:
        await show(at)
        await at.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        await at.page.get_by_role("button", name="Copy +46701740002").click()
        await expect(at.page.locator("#announcements")).to_have_text("+46701740002 copied")
        await at.page.locator("#search").focus()
        await at.page.keyboard.press("Control+v")
        await expect(at.page.locator("#search")).to_have_value("+46701740002")


async def test_the_keyboard_reaches_every_line_its_drawer_and_its_number(open_page):
    async with open_page(troubled_bank(64)) as at:
        await show(at)
        await at.page.locator("#list-scroll").focus()
        for _ in range(1 + await at.page.locator("#list thead button:visible").count()):
            await at.page.keyboard.press("Tab")
        await expect(line(at, "Port1").get_by_role("link")).to_be_focused()
        for key, name in (
            ("ArrowDown", "Port2"),
            ("PageDown", "Port12"),
            ("End", "Port64"),
            ("ArrowUp", "Port63"),
        ):
            await at.page.keyboard.press(key)
            await expect(line(at, name).get_by_role("link")).to_be_focused()
        await at.page.keyboard.press("ArrowRight")
        await expect(line(at, "Port63").get_by_role("button")).to_be_focused()
        await at.page.keyboard.press("Home")
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator("#details-name")).to_have_text("Port1")
        await at.page.keyboard.press("ArrowRight")
        await expect(at.page.locator("#details-name")).to_have_text("Port2")
        await at.page.keyboard.press("Escape")
        await expect(line(at, "Port2").get_by_role("link")).to_be_focused()


TOUCHED = """() => {
  window.touched = new Set();
  const note = (node) => {
    const el = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (el) window.touched.add(el.closest("tr")?.dataset.name ?? el.id);
  };
  const all = {subtree: true, childList: true, attributes: true, characterData: true};
  new MutationObserver((list) => list.forEach((one) => [one.target, ...one.addedNodes].forEach(note)))
    .observe(document.querySelector("#list"), all);
}"""


async def test_news_of_one_of_512_modules_touch_one_line(open_page):
    async with open_page(ShownBank(512)) as at:
        await show(at)
        for name, column, place in (
            ("Port300", None, 299),
            ("Port301", "State", 1),
            ("Port302", "Since", 511),
        ):
            if column:
                await at.page.locator("#list-heads").get_by_role("button", name=column, exact=True).click()
                await expect(at.page.locator("[aria-sort]")).to_have_text(column)
            await at.page.evaluate(TOUCHED)
            await at.change(name, "port_busy", since_at=NOW + 60)
            await expect(line(at, name)).to_have_attribute("data-kind", "out")
            assert set(await at.page.evaluate("[...window.touched]")) - {"list-rows"} == {name}
            assert (await names(at)).index(name) == place


async def test_who_has_waited_for_too_long_moves_up_though_there_is_no_news(open_page):
    bank = ShownBank(3)
    bank.set("Port2", "searching", since_at=NOW - 178)
    bank.set("Port3", "not_registered", since_at=NOW - 10)
    async with open_page(bank) as at:
        await show(at)
        await at.page.locator("#list-heads [data-key=state] button").click()
        await expect(at.page.locator("#list-rows th")).to_have_text(["Port2", "Port3", "Port1"])
        assert await line(at, "Port2").get_attribute("data-kind") == "sim"


async def test_a_module_that_lost_its_sim_tells_which_and_it_is_in_no_file(open_page):
    bank = ShownBank(2)
    was = WasRow(iccid="8946120000000000001", number="+46701740001", until_at=NOW - 60, now_in=None)
    bank.set("Port1", "no_sim", number=None, iccid=None, was=was)
    async with open_page(bank, locale="ru-RU") as at:
        await at.page.locator("button[data-view=table]").click()
        await expect(line(at, "Port1").locator(".list-number")).to_have_text("был +46701740001")
        await expect(line(at, "Port1").locator(".list-iccid")).to_have_text("была 8946120000000000001")
        await expect(line(at, "Port1").get_by_role("button")).to_be_hidden()
        _, first, _ = csv.reader(io.StringIO(await exported(at)), delimiter=";")
        assert first[3:5] == ["", ""]
        await at.change("Port1", "live", number="+46701740001", iccid="8946120000000000001", was=None)
        await expect(line(at, "Port1").locator(".list-number")).to_have_text("+46701740001")


async def test_what_a_sim_says_never_becomes_markup_in_the_table(open_page):
    bank = ShownBank(2)
    evil = "<img src=x onerror=alert(1)>"
    bank.rows[0] = dataclasses.replace(bank.rows[0], name=evil, operator=evil, label=evil, group=evil)
    async with open_page(bank) as at:
        await show(at)
        await expect(at.page.locator("#list-rows tr").first).to_contain_text(evil)
        assert await at.page.locator("img").count() == 0


async def test_a_column_in_which_nothing_stands_is_left_out(open_page):
    async with open_page(ShownBank(8)) as at:
        await show(at)
        head = at.page.locator("#list thead .list-label")
        await expect(head).to_be_hidden()
        await expect(at.page.locator("#list thead .list-onlinesim")).to_be_hidden()
        at.bank.rows[2] = dataclasses.replace(at.bank.rows[2], label="left shelf")
        at.server.changed()
        await expect(head).to_be_visible()
        await expect(line(at, "Port3")).to_contain_text("left shelf")
