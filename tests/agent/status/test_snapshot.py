from __future__ import annotations

import dataclasses

import pytest

from agent.status.snapshot import AgentFacts, SharedPortRow, Words, banners, row_json, selling, to_json
from drivers.observation import Registration
from tests.agent.shown_bank import NOW, ShownBank, row, words

FIELDS_OF_A_MODULE = [
    "name", "ports", "imei", "model", "iccid", "imsi", "number",
    "operator", "registration", "signal_dbm", "live", "reason", "text", "seen_s",
]  # fmt: skip


def kinds(bank: ShownBank, now: float = NOW) -> list[str]:
    return [banner["kind"] for banner in banners(bank.snapshot(), now)]


def test_a_module_is_told_with_the_fields_of_the_design_first():
    assert list(row_json(row(1), NOW))[: len(FIELDS_OF_A_MODULE)] == FIELDS_OF_A_MODULE


def test_the_status_has_the_keys_of_the_design():
    told = to_json(ShownBank(2).snapshot(), NOW)
    assert told.keys() >= {"live", "modules", "cap", "last_report", "next_heartbeat_s"}
    assert (told["live"], told["cap"], len(told["modules"])) == (2, 2, 2)
    assert told["next_heartbeat_s"] == 157.0
    assert told["accepted_s"] == 83.0
    assert told["last_report"] == {
        "at": 1795463917.0,
        "age_s": 83.0,
        "outcome": "accepted",
        "numbers": 8,
        "message": "",
        "status": 200,
        "took_s": 0.214,
    }


def test_instants_become_ages_only_when_they_are_told():
    module = row(
        1,
        seen_at=NOW - 5,
        since_at=NOW - 60,
        guest=SharedPortRow(since_at=NOW - 30, waited_s=0.0123, held_us_s=1.5),
    )
    told = row_json(module, NOW + 1)
    assert (told["seen_s"], told["since_s"]) == (6.0, 61.0)
    assert told["guest"] == {"since_s": 31.0, "waited_s": 0.012, "held_us_s": 1.5}


def test_what_is_not_known_is_null_and_never_a_guess():
    told = row_json(row(1, "silent", imei=None, registration=None, seen_at=None, since_at=None), NOW)
    assert [told[key] for key in ("imei", "registration", "seen_s", "since_s", "guest")] == [None] * 5


def test_a_clock_that_went_back_makes_no_negative_age():
    assert row_json(row(1, seen_at=NOW + 9), NOW)["seen_s"] == 0.0


@pytest.mark.parametrize(("lang", "text"), [("en", "no SIM"), ("ru", "нет SIM-карты"), ("de", "no SIM")])
def test_a_verdict_is_told_in_the_language_that_was_asked_for(lang, text):
    assert row_json(row(1, "no_sim"), NOW, lang)["text"] == text


def test_a_registration_is_told_by_its_name():
    assert (
        row_json(row(1, registration=Registration.SMS_ONLY_ROAMING), NOW)["registration"]
        == "sms_only_roaming"
    )


def test_only_live_rows_count_as_live():
    bank = ShownBank(4)
    bank.set("Port2", "settling")
    assert to_json(bank.snapshot(), NOW)["live"] == 3


def test_rows_of_the_same_facts_are_equal_whenever_they_were_made():
    assert row(1) == row(1)
    assert row(1) != row(1, signal_dbm=-80)


def test_a_healthy_bank_has_no_banner_and_sells():
    bank = ShownBank()
    assert kinds(bank) == []
    assert selling(bank.snapshot(), NOW)


def test_before_the_first_report_the_page_says_that_it_waits():
    bank = ShownBank()
    bank.agent = AgentFacts(version="1", started_at=NOW - 20, sandbox=False)
    bank.reports, bank.accepted_at, bank.heartbeat_at = (), None, None
    told = to_json(bank.snapshot(), NOW)
    assert [banner["kind"] for banner in told["banners"]] == ["starting"]
    assert (told["last_report"], told["accepted_s"], told["next_heartbeat_s"]) == (None, None, None)


def test_five_minutes_without_an_accepted_report_are_late_and_sell_nothing():
    bank = ShownBank()
    bank.accepted_at = NOW - 299.9
    assert kinds(bank) == []
    bank.accepted_at = NOW - 300
    assert kinds(bank) == ["late"]
    assert not selling(bank.snapshot(), NOW)


def test_an_agent_that_never_reported_is_late_five_minutes_after_its_start():
    bank = ShownBank()
    bank.agent = AgentFacts(version="1", started_at=NOW - 301, sandbox=False)
    bank.reports, bank.accepted_at = (), None
    assert kinds(bank) == ["late"]


def test_a_refusal_comes_first_and_in_onlinesims_own_words():
    bank = ShownBank()
    bank.accepted_at = NOW - 301
    bank.reports = (bank.report(age=1, outcome="refused", said="ACCOUNT_BLOCKED"),)
    bank.notices = (words("silent"),)
    assert banners(bank.snapshot(), NOW, "ru") == [
        {"kind": "refused", "text": "ACCOUNT_BLOCKED"},
        {"kind": "late", "text": ""},
        {"kind": "notice", "text": "давно нет полного ответа"},
    ]


def test_trouble_on_the_way_is_shown_before_it_is_late():
    bank = ShownBank()
    bank.reports = (bank.report(age=1, outcome="trouble", said="no route"), *bank.reports)
    assert banners(bank.snapshot(), NOW) == [{"kind": "failed", "text": "no route"}]


def test_the_sandbox_says_so_and_sells_nothing_however_well_it_answers():
    bank = ShownBank()
    bank.agent = dataclasses.replace(bank.agent, sandbox=True)
    assert kinds(bank) == ["sandbox"]
    assert not selling(bank.snapshot(), NOW)


def test_a_test_mode_is_never_late_and_never_sells():
    bank = ShownBank()
    bank.agent = dataclasses.replace(bank.agent, test="test1")
    bank.reports, bank.accepted_at = (bank.report(age=400, outcome="tested"),), None
    assert banners(bank.snapshot(), NOW) == [{"kind": "test", "text": "test1"}]
    assert not selling(bank.snapshot(), NOW)


def test_a_refusal_is_told_with_its_mend_in_the_language_that_is_asked_for():
    bank = ShownBank()
    refused = bank.report(age=1, outcome="refused", said="ERROR_WRONG_KEY")
    mend = Words(en="copy the key", ru="скопируйте ключ")
    bank.reports = (dataclasses.replace(refused, mend=mend),)
    assert banners(bank.snapshot(), NOW)[0]["text"] == "ERROR_WRONG_KEY; copy the key"
    assert banners(bank.snapshot(), NOW, "ru")[0]["text"] == "ERROR_WRONG_KEY; скопируйте ключ"
