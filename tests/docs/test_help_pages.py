"""The documents that the agent serves are today's, and have each section that advice points to."""

from __future__ import annotations

import dataclasses

import pytest

from agent.decision.verdict import Reason
from agent.onlinesim.number_answer import NumberStatus
from agent.status.advice import _SECTIONS, _TEXTS, Objection, advice_for, objection_to
from agent.status.fleet_texts import doubt_row
from tests.agent.shown_bank import asked, row, sentence
from tests.agent.shown_fleet import DOUBT
from tests.docs.help_pages import help_pages


def test_the_pages_are_those_of_the_documents():
    stale = [path.name for path, content in help_pages().items() if path.read_bytes() != content]
    assert stale == [], "run `make texts`"


@pytest.mark.parametrize("page", help_pages(), ids=lambda path: path.name)
def test_each_section_that_advice_names_is_there_once(page):
    text = page.read_text(encoding="utf-8")
    assert {section: text.count(f'id="{section}"') for section in _SECTIONS.values()} == dict.fromkeys(
        _SECTIONS.values(), 1
    )
    assert ".md" not in "".join(part.partition('"')[0] for part in text.split('href="')[1:])


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_there_is_advice_for_each_reason_and_each_objection_in_both_languages(lang):
    assert _TEXTS.keys() == {*Reason, *Objection}
    shown = [advice_for(row(1, reason, text=sentence(reason)), lang) for reason in Reason]
    assert [bool(advice.text) for advice in shown] == [reason is not Reason.LIVE for reason in Reason]
    assert all(advice.text.count("`") % 2 == 0 for advice in shown)
    assert any("а" <= char <= "я" for char in shown[1].text) == (lang == "ru")


def test_an_objection_is_what_is_advised_about_a_live_number():
    for status, objection in ((NumberStatus.SPENT, "spent"), (NumberStatus.NOT_ON_ACCOUNT, "not_on_account")):
        assert objection_to(row(1, onlinesim=asked(status))) == objection
    banned = row(1, onlinesim=asked(banned=True))
    assert objection_to(banned) == "banned"
    assert objection_to(dataclasses.replace(banned, doubt=doubt_row(DOUBT))) == "doubt"
    assert objection_to(row(1, onlinesim=asked())) is None
