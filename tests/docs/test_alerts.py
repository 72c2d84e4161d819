"""The manual of alerts: Apprise knows each URL that it shows, and each rule stands in its table with its default."""

from __future__ import annotations

import re

import pytest

from agent.alerts.courier import Courier
from agent.config import AlertRules
from agent.formats import durations
from agent.formats.service_url import is_service
from tests.docs.pages import ROOT, Page, quoted

PAGES = {"English": ROOT / "docs/alerts.md", "Russian": ROOT / "docs/alerts.ru.md"}
URLS = re.compile(r"`((?:tgram|mailtos?|ntfys?|jsons?)://[^`…]+)`")
REAL = {"BOTTOKEN": "123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr", "CHATID": "123456"}


@pytest.mark.slow
@pytest.mark.parametrize("language", PAGES)
async def test_apprise_knows_every_url_that_is_shown(language):
    shown = URLS.findall(Page(PAGES[language]).text)
    assert len(shown) >= 5
    assert all(map(is_service, shown))
    filled = [url.replace("BOTTOKEN", REAL["BOTTOKEN"]).replace("CHATID", REAL["CHATID"]) for url in shown]
    receipts = await Courier().examine(filled)
    assert [url for url, receipt in zip(shown, receipts, strict=True) if not receipt.sent] == []


@pytest.mark.parametrize("language", PAGES)
def test_every_rule_stands_in_the_table_with_its_default(language):
    page = Page(PAGES[language])
    rows = [
        re.split(r"\s*\|\s*", line)[1:3] for line in page.text.splitlines() if re.match(r"\| `\w+`", line)
    ]
    told = {
        name: default
        for names, defaults in rows
        for name, default in zip(
            sorted(quoted(names), key=names.index), re.findall(r"`([^`]+)`", defaults), strict=False
        )
    }
    made = AlertRules()
    for name in AlertRules.model_fields:
        value = getattr(made, name)
        spelled = durations.spell(value) if isinstance(value, float) else str(value).lower()
        assert told[name] == spelled, name
