"""The wall of modules, its tools and its details, in a real browser fed by the real server."""

from __future__ import annotations

import dataclasses

import pytest
from playwright.async_api import expect
from starvation import starved

from agent.decision.last_sims import LastSim
from agent.status.rows import was_row
from tests.agent.shown_bank import NOW, WITHOUT_SIM, ShownBank, row, troubled_bank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("count", [8, 64, 512])
async def test_the_wall_shows_every_module_in_order_and_in_its_group(open_page, count):
    async with open_page(troubled_bank(count)) as at:
        names = await at.page.locator(".tile .tile-name").all_text_contents()
        assert names == [f"Port{n}" for n in range(1, count + 1)]
        assert await at.page.locator(".group").count() == (count + 15) // 16
        await expect(at.page.locator("#live")).to_have_text(str(at.bank.snapshot().live))
        await expect(at.page.locator("#cap")).to_have_text(str(count))


@pytest.mark.parametrize(("width", "height"), [(1440, 780), (1366, 650)])
async def test_64_modules_fit_on_a_laptop_without_scrolling(open_page, width, height):
    async with open_page(troubled_bank(64), width=width, height=height) as at:
        last = await at.tile("Port64").bounding_box()
        assert last["y"] + last["height"] <= height


async def test_a_tile_tells_name_number_operator_signal_and_sim(open_page):
    async with open_page(ShownBank(8)) as at:
        tile = at.tile("Port1")
        await expect(tile).to_contain_text("+46701740001")
        await expect(tile).to_contain_text("Tele2")
        await expect(tile).to_contain_text("8946120000000000001")
        await expect(tile.locator(".bars")).to_have_attribute("data-level", "4")
        await expect(tile).to_have_accessible_name(
            "Port1 +46701740001 8946120000000000001 Tele2 live, -70 dBm"
        )


@pytest.mark.parametrize("count", [8, 64, 512])
@pytest.mark.parametrize("width", [390, 1280, 1366])
async def test_no_number_is_cut_off_however_long(open_page, count, width):
    bank = ShownBank(count)
    for n, number in enumerate(("+4670174", "+46701740001", "+628117425473", "+861387696900001"), start=1):
        bank.set(f"Port{n}", "live", number=number)
    async with open_page(bank, width=width, height=800) as at:
        numbers = at.page.locator(".tile-number")
        assert await numbers.nth(3).inner_text() == "+861387696900001"
        assert (
            await numbers.evaluate_all("all => all.filter(el => el.scrollWidth > el.clientWidth).length") == 0
        )
        sizes = await numbers.evaluate_all("all => all.map(el => parseFloat(getComputedStyle(el).fontSize))")
        assert len(set(sizes)) == 1
        assert sizes[0] >= 10


async def test_a_tile_changes_when_its_sim_is_pulled_and_again_when_it_is_back(open_page):
    async with open_page(ShownBank(8)) as at:
        was = was_row(LastSim("8946120000000000003", "+46701740003", NOW - 65), "Port1")
        await at.change("Port3", "no_sim", was=was, **WITHOUT_SIM)
        await expect(at.tile("Port3")).to_have_attribute("data-kind", "sim")
        await expect(at.tile("Port3")).to_contain_text("no SIM")
        await expect(at.page.locator("#live")).to_have_text("7")
        await expect(at.page.locator("#problem-list")).to_contain_text("Port3")
        await expect(at.page.locator("#announcements")).to_contain_text("Port3: no SIM")
        # Which number that was can be seen and found, marked as what is no more.
        await expect(at.tile("Port3").locator(".tile-number")).to_have_text("was+46701740003")
        await expect(at.tile("Port3")).to_have_attribute(
            "title", "no SIM · was +46701740003, ICCID 8946120000000000003, until 1 min ago, now in Port1"
        )
        await at.page.locator("#search").fill("+46 70 174 00 03")
        await expect(at.page.locator(".tile:visible")).to_have_count(1)
        await at.page.locator("#search").fill("")
        # What the agent never sends, the page does not show: a module that holds a SIM was nothing.
        await at.change("Port3", "live", number="+46701749999", iccid="8946120000000000003", was=was)
        await expect(at.tile("Port3").locator(".tile-number")).to_have_text("+46701749999")
        await expect(at.page.locator("#problems")).to_be_hidden()


async def test_kinds_of_trouble_differ_in_shape_as_well_as_in_colour(open_page):
    async with open_page(troubled_bank(64)) as at:
        looks = {}
        for kind in ("live", "wait", "sim", "out", "idle"):
            looks[kind] = await at.page.locator(f'.tile[data-kind="{kind}"] .glyph').first.evaluate(
                "el => (s => s.clipPath + s.borderRadius + s.borderTopStyle)(getComputedStyle(el))"
            )
        assert len(set(looks.values())) == len(looks)


async def test_a_whole_group_that_is_out_is_one_problem(open_page):
    bank = ShownBank(64)
    for n in range(17, 33):
        bank.set(f"Port{n}", "unplugged", since_at=NOW - 240)
    async with open_page(bank) as at:
        entries = await at.page.locator("#problem-list li").all_text_contents()
        assert entries == ["USB 1-1.2all 16 down, unplugged4 min"]


async def test_many_troubles_are_six_and_the_rest_on_request(open_page):
    bank = ShownBank(64)
    for n in range(1, 60, 5):
        bank.set(f"Port{n}", "silent")
    async with open_page(bank) as at:
        await at.page.get_by_role("button", name="6 more").click()
        await expect(at.page.locator(".tile:visible")).to_have_count(12)


async def test_chips_filter_by_reason_with_their_counts(open_page):
    async with open_page(troubled_bank(64)) as at:
        chip = at.page.locator('.chip[data-reason="settling"]')
        await expect(chip).to_have_text("settling2")
        await chip.click()
        await expect(chip).to_have_attribute("aria-pressed", "true")
        assert await at.page.locator(".tile:visible .tile-name").all_text_contents() == ["Port11", "Port43"]
        await at.page.locator('.chip[data-reason="no_sim"]').click()
        await expect(at.page.locator(".tile:visible")).to_have_count(3)
        await at.page.locator('.chip[data-reason="all"]').click()
        await expect(at.page.locator(".tile:visible")).to_have_count(64)


async def test_a_filter_follows_the_news(open_page):
    async with open_page(troubled_bank(64)) as at:
        await at.page.locator('.chip[data-reason="settling"]').click()
        await at.change("Port11", "live")
        await expect(at.page.locator(".tile:visible")).to_have_count(1)
        await at.change("Port43", "live")
        await expect(at.page.locator(".tile:visible")).to_have_count(0)
        await at.page.get_by_role("button", name="Show all").click()
        await expect(at.page.locator(".tile:visible")).to_have_count(64)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("+46 70 174 00 07", "Port7"),
        ("01740033", "Port33"),
        ("8946120000000000021", "Port21"),
        ("usb-0:1.3:1.4", "Port37"),
        ("port64", "Port64"),
        ("867564020000127", "Port12"),
    ],
)
async def test_search_finds_by_number_iccid_port_name_and_imei(open_page, typed, found):
    async with open_page(ShownBank(64)) as at:
        await at.page.keyboard.press("/")
        await at.page.keyboard.type(typed)
        await expect(at.page.locator(".tile:visible")).to_have_count(1)
        await expect(at.tile(found)).to_be_visible()
        await at.page.keyboard.press("Escape")
        await expect(at.page.locator(".tile:visible")).to_have_count(64)


async def test_search_that_finds_nothing_says_so(open_page):
    async with open_page(ShownBank(8)) as at:
        await at.page.locator("#search").fill("nobody")
        await expect(at.page.locator("#nothing-text")).to_have_text("No module matches.")


async def test_a_bank_without_modules_says_what_to_do(open_page):
    async with open_page(ShownBank(0, cap=64)) as at:
        await expect(at.page.locator("#nothing-text")).to_contain_text("simbank-agent scan")
        at.bank.rows = [row(1)]
        at.server.changed()
        await expect(at.tile("Port1")).to_be_visible()
        await expect(at.page.locator("#nothing")).to_be_hidden()


async def test_the_rack_is_moved_through_by_keyboard_and_details_open_close_and_give_focus_back(open_page):
    async with open_page(troubled_bank(64)) as at:
        keys = at.page.keyboard
        await at.tile("Port1").focus()
        for key in ("ArrowRight", "ArrowDown"):
            await keys.press(key)
        above, below = [
            await at.page.locator(at_).bounding_box() for at_ in ('[data-name="Port2"]', ":focus")
        ]
        assert (below["x"], below["y"] > above["y"]) == (above["x"], True)
        for key in ("ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight"):
            await keys.press(key)
        await expect(at.tile("Port5")).to_be_focused()
        await keys.press("Enter")
        drawer = at.page.locator("#details")
        await expect(drawer).to_be_visible()
        await expect(at.page.locator("#details-name")).to_have_text("Port5")
        await expect(at.page.locator("#details-verdict")).to_contain_text("no SIM")
        await expect(at.page.locator("#details-answers")).to_contain_text("+CPIN: READY")
        await expect(at.page.locator("#details-history li")).to_have_count(3)
        await keys.press("ArrowRight")
        await expect(at.page.locator("#details-name")).to_have_text("Port6")
        await expect(drawer).to_contain_text("867564020000067")
        await keys.press("Escape")
        await expect(drawer).to_be_hidden()
        await expect(at.tile("Port6")).to_be_focused()


async def test_the_wall_is_one_stop_for_the_tab_key(open_page):
    async with open_page(ShownBank(64)) as at:
        assert await at.page.locator('.tile[tabindex="0"]').count() == 1
        await at.tile("Port1").focus()
        await at.page.keyboard.press("End")
        await expect(at.tile("Port64")).to_be_focused()
        await at.page.keyboard.press("Tab")
        assert await at.page.evaluate("document.activeElement.closest('#rack')") is None


async def test_open_details_follow_the_news(open_page):
    async with open_page(ShownBank(8)) as at:
        await at.tile("Port2").click()
        await at.change("Port2", "silent")
        await expect(at.page.locator("#details-verdict")).to_contain_text("no complete answer lately")


async def test_ages_are_right_though_only_what_differs_is_told(open_page):
    bank = ShownBank(8)
    bank.set("Port2", "live", seen_at=NOW - 500, since_at=NOW - 7200)
    async with open_page(bank) as at:
        await at.tile("Port2").click()
        facts = at.page.locator("#details-facts")
        await expect(facts).to_contain_text("8 min ago")
        bank.rows[1] = dataclasses.replace(
            bank.rows[1], seen_at=NOW - 130
        )  # it answered again, and nothing else
        at.server.changed()
        await expect(facts).to_contain_text("2 min ago")
        bank.rows[1] = dataclasses.replace(bank.rows[1], signal_dbm=-99)
        at.server.changed()
        await expect(facts).to_contain_text("-99 dBm")
        await expect(facts).to_contain_text("2 min ago")
        await expect(facts).to_contain_text("Telenor")
        await expect(at.page.locator("#details-verdict")).to_contain_text("2 h")


async def test_what_a_sim_or_a_server_says_never_becomes_markup(open_page):
    bank = ShownBank(8)
    evil = "<img src=x onerror=alert(1)>"
    bank.rows[0] = dataclasses.replace(bank.rows[0], name=evil, operator=evil, model=evil, group=evil)
    bank.reports = (bank.report(age=3, outcome="refused", said=evil),)
    async with open_page(bank) as at:
        await at.page.locator(".tile").first.click()
        await expect(at.page.locator("#details-name")).to_have_text(evil)
        await expect(at.page.locator("#answer")).to_have_text(evil)
        assert await at.page.locator("img").count() == 0


async def test_512_modules_that_all_change_at_once_are_drawn_within_a_moment(open_page):
    async with open_page(ShownBank(512)) as at:
        await at.page.evaluate(
            """() => { window.longest = 0; new PerformanceObserver(list => {
                 window.longest = Math.max(window.longest, ...list.getEntries().map(task => task.duration));
               }).observe({type: "longtask"}); }"""
        )
        for module in list(at.bank.rows):
            at.bank.set(module.name, "searching")
        at.server.changed()
        await expect(at.page.locator('.tile[data-kind="wait"]')).to_have_count(512)
        assert await at.page.evaluate("window.longest") < 1000 * (1 + starved())


async def test_a_module_that_was_found_only_now_is_no_fault_for_its_first_half_minute(open_page):
    bank = ShownBank(4)
    for n in range(1, 5):
        bank.set(f"Port{n}", "silent", since_at=NOW - 8, seen_at=None)
    async with open_page(bank) as at:
        await expect(at.page.locator('.tile[data-kind="wait"] .glyph[data-kind="wait"]')).to_have_count(4)
        await expect(at.page.locator(".group-count")).to_have_text("0 of 4 live")
        await expect(at.page.locator("#problems")).to_be_hidden()
        for n in range(1, 5):
            bank.set(f"Port{n}", "silent", since_at=NOW - 45)
        at.server.changed()
        await expect(at.page.locator('.tile[data-kind="out"] .glyph[data-kind="out"]')).to_have_count(4)
        await expect(at.page.locator(".group-count")).to_have_text("all 4 down")
