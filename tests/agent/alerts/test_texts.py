"""What messages say: counts with their right forms, in both languages, and nothing personal."""

from __future__ import annotations

import pytest
from alerted_host import Host, module

from agent.alerts.fault_book import Ended, Fault
from agent.alerts.outbox import Draft, Missed
from agent.alerts.rule import FaultKey, Rule
from agent.alerts.texts import Kind, Setting, message_of, test_message
from agent.decision.verdict import Reason
from agent.language import Bilingual

test_message.__test__ = False  # a message, and no test


NO_SIM = Bilingual("no SIM", "нет SIM-карты")


def lost(count, detail=NO_SIM):
    return {module(f"Port{n}"): Fault(0.0, detail, number=f"+4670174{n:04d}") for n in range(1, count + 1)}


def said(new=(), over=(), missed=(), **setting):
    draft = Draft(dict(new), dict(over), dict(missed))
    return message_of(draft, Setting(host="bank-1", now=960.0, live=61, modules=64, **setting))


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (1, "1 module lost", "Потерян 1 модуль"),
        (2, "2 modules lost", "Потеряно 2 модуля"),
        (4, "4 modules lost", "Потеряно 4 модуля"),
        (5, "5 modules lost", "Потеряно 5 модулей"),
        (11, "11 modules lost", "Потеряно 11 модулей"),
        (12, "12 modules lost", "Потеряно 12 модулей"),
        (21, "21 modules lost", "Потерян 21 модуль"),
        (22, "22 modules lost", "Потеряно 22 модуля"),
        (25, "25 modules lost", "Потеряно 25 модулей"),
        (111, "111 modules lost", "Потеряно 111 модулей"),
    ],
)
def test_lost_modules_are_one_line(count, english, russian):
    for language, begins in (("en", english), ("ru", russian)):
        message = said(lost(count), language=language)
        assert message.title == f"bank-1: {begins}"
        assert message.body.startswith(f"{begins}: Port1 (")
        assert len(message.body.splitlines()) == 2
    if count > 10:
        assert f"Port10 (+467…010, no SIM, 16 min) and {count - 10} more" in said(lost(count)).body


def test_a_message_names_what_began_what_is_over_and_what_came_and_went():
    message = said(
        new={**lost(1), FaultKey(Rule.REFUSED): Fault(900.0, Bilingual("ACCOUNT_BLOCKED; ask partner support", ""))},
        over={FaultKey(Rule.HUB_LOST, "1-1.2"): Ended(FaultKey(Rule.HUB_LOST, "1-1.2"), Fault(0.0, count=8), 900.0)},
        missed={module("Port9"): Missed(Fault(0.0), 3300.0, 3)},
    )  # fmt: skip
    assert message.kind is Kind.FAILURE
    assert message.title == "bank-1: Onlinesim refuses the reports (+3)"
    assert message.body.splitlines() == [
        "Onlinesim refuses the reports: ACCOUNT_BLOCKED; ask partner support",
        "1 module lost: Port1 (+467…001, no SIM, 16 min)",
        "Hub 1-1.2 is back, after 15 min",
        "Over by now: Port9 lost (55 min, 3 times)",
        "61 of 64 modules live",
    ]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_its_words(rule, language):
    key = FaultKey(rule, "X")
    fault = Fault(0.0, Bilingual("why", "почему"), 3, 40)
    message = said({key: fault}, language=language)
    assert "{" not in message.body + message.title
    assert ("почему" if language == "ru" else "why") in message.body
    assert said(over={key: Ended(key, fault, 60.0)}).kind is Kind.SUCCESS
    for text in (
        said(over={key: Ended(key, fault, 60.0)}, language=language).body,
        said(missed={key: Missed(fault, 60.0)}, language=language).body,
    ):
        assert "{" not in text
        assert ("мин" in text) == (language == "ru")


def test_russian_counts_in_other_lines():
    def line(rule, count):
        return said(
            {FaultKey(rule, "1-1"): Fault(0.0, count=count, level=50)}, language="ru"
        ).body.splitlines()[0]

    assert line(Rule.HUB_LOST, 2) == "Хаб 1-1, на нём 2 модуля, не отвечает уже 16 мин"
    assert line(Rule.HUB_LOST, 8) == "Хаб 1-1, на нём 8 модулей, не отвечает уже 16 мин"
    assert line(Rule.LIVE_BELOW, 41) == "Онлайн только 41 SIM-карта уже 16 мин, порог 50"
    assert line(Rule.LIVE_BELOW, 33) == "Онлайн только 33 SIM-карты уже 16 мин, порог 50"
    assert line(Rule.LIVE_BELOW, 0) == "Онлайн только 0 SIM-карт уже 16 мин, порог 50"


def test_what_is_personal_is_masked_unless_allowed():
    faults = {
        module("gsm867595012345014"): Fault(0.0, Bilingual("another program", ""), number="+46701740001"),
        FaultKey(Rule.REFUSED): Fault(
            0.0, Bilingual("NUMBER_FORMAT_ERROR of +46701740001, 8946120000005000016", "")
        ),
    }
    text = said(faults).body
    assert "+467…001" in text
    for secret in ("46701740001", "867595012345014", "8946120000005000016"):
        assert secret not in text
        assert secret in said(faults, personal=True).body


def test_labels_stand_beside_the_names():
    labels = {"Port1": "left shelf", "1-1": "the upper pool"}
    text = said(
        new={**lost(2), FaultKey(Rule.HUB_LOST, "1-1"): Fault(0.0, count=8)},
        over={module("Port1"): Ended(module("Port1"), Fault(0.0), 60.0)},
        labels=labels,
    ).body
    assert "Hub 1-1 (the upper pool) with 8 modules lost" in text
    assert "2 modules lost: Port1 (left shelf, +467…001, no SIM, 16 min), Port2 (+467…002" in text
    assert "1 module back: Port1 (left shelf) (1 min)" in text


def test_a_servers_text_cannot_add_lines_or_control_characters():
    fault = Fault(0.0, Bilingual("no\n\x1b[31mHub 1 is back\u202e" + "x" * 900, ""))
    lines = said({FaultKey(Rule.REFUSED): fault}).body.splitlines()
    assert len(lines) == 2
    assert len(lines[0]) <= 500
    assert all(line.isprintable() for line in lines)


def test_the_test_message():
    message = test_message(Setting(host="bank-1", language="ru"))
    assert message.body == "Тестовое сообщение: уведомления с этой машины доходят"
    assert message.kind is Kind.INFO


def test_what_the_rules_tell_fits_the_texts():
    host = Host()
    host.pass_time(600)
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(1200)
    ((at, draft),) = host.messages
    text = message_of(draft, Setting(host="bank-1", now=at)).body
    assert text.startswith("1 module lost: Port1 (+467…001, no_sim, 15 min)")
