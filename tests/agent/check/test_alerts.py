"""What `check` says of alerts: what is missing, what Apprise does not know, and who may read the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.alerts.courier import Receipt
from agent.app import alert_settings
from agent.check import Host, Level
from agent.check import alerts as checks
from agent.check.alerts import check_alerts
from agent.config import load

FILE = Path("/x/config.yaml")
SELLING = "onlinesim: {server: 'https://api.example', api_key: k}\n"


class Examiner:
    """Knows json://."""

    async def examine(self, urls):
        return [
            Receipt(sent=url.startswith("json:"), why="" if url.startswith("json:") else "no such service")
            for url in urls
        ]


async def said(text, folder=Path("/x"), host=None):
    config = load(text, file="c", environment={}, folder=folder)
    found = await check_alerts(config, FILE, {}, courier=Examiner(), host=host)
    return [(finding.level, finding.text) for finding in found]


async def test_nothing_where_there_are_no_alerts():
    assert await said("") == []


async def test_services_that_apprise_knows_are_counted():
    assert await said("alerts: {urls: ['json://topsecret', 'json://b']}") == [
        (Level.OK, "2 services: json://… (1), json://… (2)")
    ]


async def test_each_other_is_a_problem_and_shows_no_secret():
    assert await said("alerts: {urls: ['json://a', 'foo://topsecret']}") == [
        (Level.PROBLEM, "foo://… (2): no such service")
    ]


async def test_without_apprise_it_says_what_to_type(monkeypatch):
    async def no():
        return False

    monkeypatch.setattr(checks, "apprise_is_there", no)
    config = load("alerts: {urls: ['json://a']}", file="c", environment={}, folder=Path("/x"))
    (finding,) = await check_alerts(config, FILE, {}, courier=Examiner())
    assert (finding.level, finding.fix) == (Level.PROBLEM, alert_settings.INSTALL)


async def test_a_file_that_is_not_there_and_one_that_the_agent_may_not_read(tmp_path, monkeypatch):
    text = "alerts: {urls_file: urls}"
    ((level, fault),) = await said(text, tmp_path)
    assert level is Level.PROBLEM
    assert "No such file" in fault
    (tmp_path / "urls").write_text("json://a\n")
    assert [level for level, _ in await said(text, tmp_path)] == [Level.OK]
    monkeypatch.setattr(Host, "may_use", lambda *_: False)
    found = await said(text, tmp_path)
    assert [level for level, _ in found] == [Level.PROBLEM, Level.OK]
    assert "cannot be read by" in found[0][1]


@pytest.mark.parametrize(
    ("text", "warned"),
    [("", True), (SELLING, False), (SELLING.replace("}", ", test: test1}"), True)],
)
async def test_a_heartbeat_url_that_is_never_called(text, warned):
    found = await said(f"{text}alerts: {{heartbeat_url: 'https://hc-ping.com/topsecret'}}")
    assert [level for level, _ in found] == [Level.WARNING] * warned
