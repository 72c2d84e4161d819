"""URLs of services: their form, and how little of them is shown."""

from __future__ import annotations

import pytest

from agent.formats.service_url import is_service, shown_host, shown_service, urls_in


@pytest.mark.parametrize("url", ["tgram://token/1", "mailtos://u:p@h", "json://h:80/x?y=z", "x+y.z-1://a"])
def test_what_is_one(url):
    assert is_service(url)


@pytest.mark.parametrize(
    "url", ["", "token", "tgram:/x", "tgram://", "tgram://a b", "1x://a", "tgram://a\nb"]
)
def test_what_is_none(url):
    assert not is_service(url)


def test_only_the_scheme_is_shown_for_what_follows_may_be_the_token():
    assert shown_service("TGRAM://123:secret/1") == "tgram://…"
    assert shown_service("nonsense") == "nonsense://…"
    assert shown_service("://secret") == "?://…"


def test_of_a_heartbeat_url_the_host():
    assert shown_host("https://hc-ping.com/secret?x=secret") == "https://hc-ping.com/…"
    assert shown_host("http://[::1]:3001/secret") == "http://[::1]:3001/…"


def test_a_file_of_them():
    assert urls_in("\ufeff# a\njson://h\n\n wrong \ntgram://t/1\n") == (["json://h", "tgram://t/1"], [4])
