from __future__ import annotations

import dataclasses

from agent.language import Bilingual
from agent.status.encode import status_json
from agent.status.snapshot import AgentFacts
from tests.agent.shown_bank import NOW, ShownBank, asked, sentence


def kinds(bank: ShownBank, now: float = NOW) -> list[str]:
    return [kind.value for kind, _ in bank.snapshot().banners(now)]


def test_a_healthy_bank_has_no_banner_and_sells():
    bank = ShownBank()
    assert kinds(bank) == []
    assert bank.snapshot().selling(NOW)


def test_before_the_first_report_the_page_says_that_it_waits():
    bank = ShownBank()
    bank.agent = AgentFacts(version="1", started_at=NOW - 20, sandbox=False)
    bank.reports, bank.accepted_at, bank.heartbeat_at = (), None, None
    told = status_json(bank.snapshot(), NOW)
    assert told["banners"] == [{"kind": "starting", "text": ""}]
    assert (told["last_report"], told["accepted_s"], told["next_heartbeat_s"]) == (None, None, None)


def test_five_minutes_without_an_accepted_report_are_late_and_sell_nothing():
    bank = ShownBank()
    bank.accepted_at = NOW - 299.9
    assert kinds(bank) == []
    bank.accepted_at = NOW - 300
    assert kinds(bank) == ["late"]
    assert not bank.snapshot().selling(NOW)


def test_an_agent_that_never_reported_is_late_five_minutes_after_its_start():
    bank = ShownBank()
    bank.agent = AgentFacts(version="1", started_at=NOW - 301, sandbox=False)
    bank.reports, bank.accepted_at = (), None
    assert kinds(bank) == ["late"]


def test_a_refusal_comes_first_and_in_onlinesims_own_words():
    bank = ShownBank()
    bank.accepted_at = NOW - 301
    bank.reports = (bank.report(age=1, outcome="refused", said="ACCOUNT_BLOCKED"),)
    bank.notices = (sentence("silent"),)
    assert bank.snapshot().banners(NOW, "ru") == [
        ("refused", "ACCOUNT_BLOCKED"),
        ("late", ""),
        ("notice", "давно нет полного ответа"),
    ]


def test_trouble_on_the_way_is_shown_before_it_is_late():
    bank = ShownBank()
    bank.reports = (bank.report(age=1, outcome="failed", said="no route"), *bank.reports)
    assert bank.snapshot().banners(NOW) == [("failed", "no route")]


def test_the_sandbox_says_so_and_sells_nothing_however_well_it_answers():
    bank = ShownBank()
    bank.agent = dataclasses.replace(bank.agent, sandbox=True)
    assert kinds(bank) == ["sandbox"]
    assert not bank.snapshot().selling(NOW)


def test_a_test_mode_is_never_late_and_never_sells():
    bank = ShownBank()
    bank.agent = dataclasses.replace(bank.agent, test="test1")
    bank.reports, bank.accepted_at = (bank.report(age=400, outcome="tested"),), None
    assert bank.snapshot().banners(NOW) == [("test", "test1")]
    assert not bank.snapshot().selling(NOW)


def test_a_refusal_is_told_with_its_advice_in_the_language_that_is_asked_for():
    bank = ShownBank()
    refused = bank.report(age=1, outcome="refused", said="ERROR_WRONG_KEY")
    advice = Bilingual(en="copy the key", ru="скопируйте ключ")
    bank.reports = (dataclasses.replace(refused, advice=advice),)
    assert bank.snapshot().banners(NOW)[0][1] == "ERROR_WRONG_KEY; copy the key"
    assert bank.snapshot().banners(NOW, "ru")[0][1] == "ERROR_WRONG_KEY; скопируйте ключ"


def test_a_reported_number_that_is_not_on_the_account_is_a_banner_that_names_it():
    bank = ShownBank(8)
    bank.rows = [dataclasses.replace(row, onlinesim=asked()) for row in bank.rows]
    assert bank.snapshot().banners(NOW) == []
    for index in range(6):
        bank.rows[index] = dataclasses.replace(bank.rows[index], onlinesim=asked("not_on_account"))
    numbers = [row.number for row in bank.rows[:5]]
    assert bank.snapshot().banners(NOW) == [("replaced", ", ".join(numbers) + " (+1)")]
