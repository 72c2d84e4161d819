"""docs/troubleshooting.md and its Russian twin have an entry for everything that can be shown to an operator."""

from __future__ import annotations

import re

import pytest

from agent.cli.exit import Exit
from agent.cli.status_screen import _BANNERS as BANNERS
from agent.decision.texts import reason_text
from agent.decision.verdict import Reason
from agent.formats.number_fault import Fault, Objection
from agent.language import translation
from agent.onlinesim import failure_texts
from agent.onlinesim.outcome import _TEXTS as REFUSALS
from agent.status.access import Access, AccessPolicy
from agent.status.snapshot import BannerKind
from tests.docs.pages import DOCS, Page, quoted
from tests.language.page_source import page_texts

PAGE = Page(DOCS / "troubleshooting.md")
RUSSIAN = Page(DOCS / "troubleshooting.ru.md")
FAILURES = (
    failure_texts.NO_CONNECTION, failure_texts.NO_NAME, failure_texts.BAD_CERTIFICATE, failure_texts.NO_ANSWER,
    failure_texts.ANSWERED, failure_texts.NO_JSON, failure_texts.MISFIT, failure_texts.REDIRECTED,
)  # fmt: skip
PAGES = {"en": PAGE, "ru": RUSSIAN}


@pytest.mark.parametrize("language", PAGES)
def test_each_reason_has_its_entry_in_the_order_of_the_rules(language):
    entries = [text for level, text in PAGES[language].headings if level == 3]

    assert [f"`{reason}`: {reason_text(reason, language=language)}" for reason in Reason] == entries


@pytest.mark.parametrize("language", PAGES)
def test_each_entry_says_something(language):
    entries = (f"`{reason}`: {reason_text(reason, language=language)}" for reason in Reason)

    assert all(len(PAGES[language].section(entry).split()) >= 4 for entry in entries)


@pytest.mark.parametrize(("page", "heading"), [(PAGE, "Exit codes"), (RUSSIAN, "Коды завершения")])
def test_each_exit_code_has_its_row(page, heading):
    rows = page.table(heading)

    assert [str(int(code)) for code in Exit] == [row[0] for row in rows]


@pytest.mark.parametrize("language", PAGES)
def test_each_fault_of_a_number_is_explained_in_the_words_that_are_shown(language):
    heading = f"`{Reason.NUMBER_INVALID}`: {reason_text(Reason.NUMBER_INVALID, language=language)}"
    explained = [row[0] for row in PAGES[language].table(heading)]
    shown = [Objection(fault, "O" if fault is Fault.CHARACTER else "").message(language) for fault in Fault]
    obvious = {Objection(fault).message(language) for fault in (Fault.PLUS, Fault.LENGTH)}

    missing = {
        text for text in shown if not any(part in text for cell in explained for part in cell.split(" / "))
    }
    assert missing <= obvious


@pytest.mark.parametrize(("language", "heading"), [("en", "Banners"), ("ru", "Баннеры")])
def test_each_banner_has_its_row_with_the_words_of_status(language, heading):
    rows = {row[0].strip("`"): row[1] for row in PAGES[language].table(heading)}

    assert {kind.value for kind in BannerKind} | {"lost"} == set(rows)
    for kind, (words, _) in BANNERS.items():
        assert not words or translation(language).gettext(words) in rows[kind]


def test_the_page_shows_the_same_banners():
    texts = (DOCS.parent / "agent/status/web/texts.js").read_text(encoding="utf-8")

    assert page_texts(texts)["banners"].keys() == {row[0].strip("`") for row in PAGE.table("Banners")}


def test_each_refusal_of_the_server_has_its_row():
    told = quoted(PAGE.section("Reports are refused"))

    assert set(REFUSALS) <= told


def test_each_refusal_has_the_status_that_the_api_gives_it():
    statuses = {row[0].strip("`"): row[1] for row in PAGE.table("Reports are refused")}

    assert {
        "ERROR_WRONG_KEY": "401", "ERROR_NO_KEY": "401", "ACCOUNT_BLOCKED": "403",
        "API_ACCESS_DISABLED": "403", "API_ACCESS_IP": "403", "REQUEST_NOT_FOUND": "405",
    }.items() <= statuses.items()  # fmt: skip


def test_the_programs_that_take_ports_are_there():
    section = PAGE.section("Other programs on the ports")

    assert all(name in section for name in ("ModemManager", "brltty", "gammu-smsd"))


@pytest.mark.parametrize(
    ("page", "heading"), [(PAGE, "Reports do not get through"), (RUSSIAN, "Отчёты не доходят")]
)
def test_each_failure_is_named_as_it_is_shown(page, heading):
    named = " ".join(row[0] for row in page.table(heading))
    for text in FAILURES:
        shown = text if page is PAGE else translation("ru").gettext(text)
        assert re.split(r"(?::? )?\{|[;,]", shown)[0] in named


def test_the_russian_tables_are_of_the_same_banners_and_refusals():
    for ours, theirs in (("Banners", "Баннеры"), ("Reports are refused", "Отчёты отклоняются")):
        english, russian = PAGE.table(ours), RUSSIAN.table(theirs)
        assert [row[0] for row in english if "`" in row[0][:1]] == [
            row[0] for row in russian if "`" in row[0][:1]
        ]


def test_what_usb_does_to_a_bank_is_there():
    section = PAGE.section("USB")

    assert all(word in section for word in ("FT232", "bandwidth", "over-current", "autosuspend"))


def test_behind_the_proxy_that_is_shown_the_token_is_asked():
    passed_on = dict(re.findall(r"proxy_set_header (\S+) (\S+);", PAGE.section("Behind a proxy")))
    stands_for = {"$host": "bank.example", "$proxy_add_x_forwarded_for": "198.51.100.7"}
    headers = {name: stands_for[value] for name, value in passed_on.items()}

    for name, value in headers.items():
        assert AccessPolicy("secret").check(
            peer="127.0.0.1", headers={"Host": "127.0.0.1:8340", name: value}
        ) is (Access.TOKEN_REQUIRED)
    assert len(headers) == 2
