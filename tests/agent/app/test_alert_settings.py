"""What config.yaml says of alerts arrives as values, and what cannot be read is said and stops nothing."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from pathlib import Path

import pytest

from agent.alerts.rule import Rule, RulePolicy
from agent.app import alert_settings
from agent.app.alert_settings import alert_language, host_name, policy_of, read_alerts
from agent.config import AlertRules, Alerts, load

SECRET = "tgram://123456789:AAsecretAA/1"


def alerts(text: str, folder: Path = Path("/x"), environment=None) -> Alerts:
    return load(f"alerts: {text}", file="c", environment=environment or {}, folder=folder).alerts


async def test_without_urls_there_is_nothing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: pytest.fail("asked for nothing"))
    settings = await read_alerts(alerts("{}"), "en")
    assert settings.policy.urls == ()
    assert settings.fault == settings.heartbeat_url == ""


async def test_urls_of_the_file_come_behind_those_of_config_yaml_and_each_once(tmp_path):
    (tmp_path / "urls").write_bytes(
        b"\xef\xbb\xbf# phone\r\nntfy://topic\r\n\r\n  json://host/x \njson://host/x\n"
    )
    given = alerts("{urls: ['${TG}'], urls_file: urls}", tmp_path, {"TG": SECRET})
    settings = await read_alerts(given, "en")
    assert settings.policy.urls == (SECRET, "ntfy://topic", "json://host/x")
    assert settings.fault == ""
    assert "AAsecretAA" not in f"{settings}{given}"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "Is a directory"),
        (os.mkfifo, "it is a device, a pipe or a socket"),
        (lambda path: path.write_text("# nothing\n"), "it holds no URL"),
        (
            lambda path: path.write_text("ntfy://t\nnonsense\n\nAAsecret\n"),
            "no URL of a service in line 2, 4",
        ),
        (lambda path: path.write_text("x" * 100_000), "larger than 64 kB"),
    ],
)
async def test_a_file_that_cannot_be_used_is_a_fault_and_the_others_are_told(tmp_path, make, says):
    make(tmp_path / "urls")
    settings = await read_alerts(alerts("{urls: ['json://host'], urls_file: urls}", tmp_path), "en")
    assert says in settings.fault
    assert settings.policy.urls[0] == "json://host"
    assert "AAsecret" not in settings.fault


async def test_more_urls_than_are_used(tmp_path):
    (tmp_path / "urls").write_text("".join(f"json://host/{n}\n" for n in range(25)))
    settings = await read_alerts(alerts("{urls_file: urls}", tmp_path), "en")
    assert len(settings.policy.urls) == 20
    assert settings.fault == "25 URLs are given, and only the first 20 are used"


async def test_without_apprise_the_fault_says_what_to_type(monkeypatch):
    monkeypatch.setattr(alert_settings.importlib.util, "find_spec", lambda _: None)
    settings = await read_alerts(alerts("{urls: ['json://host']}"), "en")
    assert settings.fault.endswith("is not installed: pip install 'simbank-agent[alerts]'")


def test_every_rule_of_config_yaml_has_its_place_and_the_same_default():
    assert policy_of(Alerts(), (), "en").rules == RulePolicy()
    assert {rule.value for rule in Rule} - {"live_below"} <= set(AlertRules.model_fields)
    off = alerts(
        "{when: {nothing_accepted: null, refused: null, live_below: null, module_lost: null, hub_lost: null,"
        " store_failed: null, host_lost: null}}"
    )
    rules = policy_of(off, (), "en").rules
    assert {value for name, value in dataclasses.asdict(rules).items() if name != "live_for"} == {None}


def test_how_people_are_told():
    policy = policy_of(
        alerts(
            '{when: {live_below: 50, recovered: false}, quiet: "22:30 - 7:00", per_hour: 2, personal: full}'
        ),
        (),
        "en",
    )
    assert (policy.rules.live_share, policy.rules.live_number) == (None, 50)
    assert (policy.limits.recovered, policy.limits.per_hour, policy.personal) == (False, 2, True)
    assert policy.quiet is not None
    assert (policy.quiet.first, policy.quiet.after) == (1350, 420)


@pytest.mark.parametrize(
    ("text", "environment", "language"),
    [
        ("{}", {}, "en"),
        ("{}", {"LANG": "ru_RU.UTF-8"}, "ru"),
        ("{language: en}", {"LANG": "ru_RU.UTF-8"}, "en"),
        ("{language: ru}", {}, "ru"),
        ("{language: en, alerts: {language: ru}}", {}, "ru"),
        ("{language: ru, alerts: {language: en}}", {"LANG": "ru_RU.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_most_exact_that_is_given(text, environment, language):
    assert alert_language(load(text, file="c", environment={}, folder=Path("/x")), environment) == language


def test_a_host_is_called_as_in_its_fleet_else_by_the_machines_name():
    def of(text):
        return host_name(
            load(text, file="c", environment={}, folder=Path("/x"), machine=lambda: "m1.lan"), "m1.lan"
        )

    assert of("{}") == "m1"
    assert of("fleet: {redis: 'redis://127.0.0.1', host: bank-2}") == "bank-2"
