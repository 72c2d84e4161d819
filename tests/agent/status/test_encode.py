from __future__ import annotations

import dataclasses

import pytest

from agent.language import Bilingual
from agent.status.encode import encode, status_json
from agent.status.snapshot import SharedPortRow
from drivers.observation import Registration
from tests.agent.shown_bank import NOW, ShownBank, row

FIELDS_OF_A_MODULE = [
    "name", "ports", "imei", "model", "iccid", "imsi", "number",
    "operator", "registration", "signal_dbm", "live", "reason", "text", "seen_s",
]  # fmt: skip


def test_a_module_is_told_with_the_fields_of_the_design_first():
    assert list(encode(row(1), NOW))[: len(FIELDS_OF_A_MODULE)] == FIELDS_OF_A_MODULE


def test_the_status_has_the_keys_of_the_design():
    told = status_json(ShownBank(2).snapshot(), NOW)
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
        "advice": None,
    }


def test_a_refused_report_comes_with_its_advice_in_the_language_that_is_asked_for():
    bank = ShownBank(1)
    advice = Bilingual(en="copy the key", ru="скопируйте ключ")
    bank.reports = (dataclasses.replace(bank.report(age=1, outcome="refused"), advice=advice),)
    assert status_json(bank.snapshot(), NOW)["last_report"]["advice"] == "copy the key"
    assert status_json(bank.snapshot(), NOW, "ru")["last_report"]["advice"] == "скопируйте ключ"


def test_instants_become_ages_only_when_they_are_told():
    module = row(
        1,
        seen_at=NOW - 5,
        since_at=NOW - 60,
        client=SharedPortRow(since_at=NOW - 30, waited_s=0.0123, question_waited_s=1.5),
    )
    told = encode(module, NOW + 1)
    assert (told["seen_s"], told["since_s"]) == (6.0, 61.0)
    assert told["client"] == {"since_s": 31.0, "waited_s": 0.012, "question_waited_s": 1.5}


def test_what_is_not_known_is_null_and_never_a_guess():
    told = encode(row(1, "silent", imei=None, registration=None, seen_at=None, since_at=None), NOW)
    assert [told[key] for key in ("imei", "registration", "seen_s", "since_s", "client")] == [None] * 5


def test_a_clock_that_went_back_makes_no_negative_age():
    assert encode(row(1, seen_at=NOW + 9), NOW)["seen_s"] == 0.0


@pytest.mark.parametrize(("lang", "text"), [("en", "no SIM"), ("ru", "нет SIM-карты"), ("de", "no SIM")])
def test_a_verdict_is_told_in_the_language_that_was_asked_for(lang, text):
    assert encode(row(1, "no_sim"), NOW, lang)["text"] == text


def test_a_registration_is_told_by_its_name():
    assert (
        encode(row(1, registration=Registration.SMS_ONLY_ROAMING), NOW)["registration"] == "sms_only_roaming"
    )


def test_only_live_rows_count_as_live():
    bank = ShownBank(4)
    bank.set("Port2", "settling")
    assert status_json(bank.snapshot(), NOW)["live"] == 3


def test_rows_of_the_same_facts_are_equal_whenever_they_were_made():
    assert row(1) == row(1)
    assert row(1) != row(1, signal_dbm=-80)
