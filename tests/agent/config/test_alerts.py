"""`alerts:` in config.yaml: what is taken, what is refused, and that no secret is in any message."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import ConfigError, load


def read(text, **environment):
    return load(text, file="config.yaml", environment=environment, folder=Path("/srv/bank")).alerts


def test_nobody_is_told_unless_there_are_urls():
    assert not read("").on
    assert not read("alerts: {heartbeat_url: 'https://hc-ping.com/x'}").on
    assert read("alerts: {urls: 'json://host'}").on
    assert read("alerts: {urls_file: urls}").urls_file == Path("/srv/bank/urls")


def test_urls_are_secrets_from_variables_too():
    alerts = read("alerts: {urls: ['${TG}', 'json://host/pass'], heartbeat_url: '${HB}'}",
                  TG="tgram://token/1", HB="https://kuma.example/api/push/x?status=up")  # fmt: skip
    assert [url.get_secret_value() for url in alerts.urls] == ["tgram://token/1", "json://host/pass"]
    for secret in ("token", "pass", "kuma"):
        assert secret not in f"{alerts}{alerts!r}{alerts.model_dump_json()}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("urls: [topsecret]", "alerts.urls[0]: is not the URL of a service"),
        ("urls: ['json://a', 'json://topsecret two']", "alerts.urls[1]: is not the URL of a service"),
        ("urls: {a: b}", "alerts.urls: must be a list"),
        ("heartbeat_url: 'http://topsecret.example/x'", "alerts.heartbeat_url: http would show it"),
        ("heartbeat_url: topsecret", "alerts.heartbeat_url: must be an https URL"),
        ("heartbeat_url: 'https://u:topsecret@host/x'", "alerts.heartbeat_url: must not hold a user name"),
        ("heartbeat_url: 'https://host:topsecret/x'", "alerts.heartbeat_url: is not a URL"),
        ("quiet: 23-7", 'alerts.quiet: is not a span of hours; write "23:00-07:00"'),
        ("quiet: '24:00-07:00'", "alerts.quiet: is not a span of hours"),
        ("quiet: '07:00-7:00'", "alerts.quiet: begins when it ends"),
        ("per_hour: 0", "alerts.per_hour: must be 1 to 60; write 1 or more"),
        ("language: de", "alerts.language: must be en or ru"),
        ("when: {live_below: 0}", "alerts.when.live_below: is neither a share nor a number"),
        ("when: {live_below: 101%}", "alerts.when.live_below: is neither a share nor a number"),
        ("when: {module_lost: 5s}", "alerts.when.module_lost: must be 30s to 24h"),
        ("when: {modul_lost: 5m}", 'alerts.when.modul_lost: unknown key; did you mean "module_lost"?'),
    ],
)
def test_what_is_refused_is_named_with_its_place_and_without_a_secret(text, says):
    with pytest.raises(ConfigError) as wrong:
        read(f"alerts: {{{text}}}")
    assert says in str(wrong.value)
    assert str(wrong.value).startswith("config.yaml:1:")
    assert "topsecret" not in str(wrong.value)


def test_a_wrong_url_does_not_hide_the_other_mistakes():
    with pytest.raises(ConfigError) as wrong:
        read("bank: {lease: 1s}\nalerts: {urls: [nonsense]}")
    assert len(wrong.value.problems) == 2


def test_a_url_of_this_machine_may_be_http():
    assert read("alerts: {heartbeat_url: 'http://127.0.0.1:3001/api/push/x'}").heartbeat_url is not None


@pytest.mark.parametrize(
    ("level", "share", "number"),
    [("80%", 0.8, None), ("100%", 1.0, None), ("50", None, 50), ("null", None, None)],
)
def test_the_level_of_live_below(level, share, number):
    when = read(f"alerts: {{when: {{live_below: {level}}}}}").when
    assert (when.live_share, when.live_number) == (share, number)
