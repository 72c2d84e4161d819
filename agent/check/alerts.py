"""Alerts: whether Apprise is there and knows each service, and whether the agent may read the file with the URLs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent.alerts.alerter import names_of
from agent.alerts.courier import Courier
from agent.alerts.receipt_texts import why_in
from agent.app.alert_settings import (
    INSTALL,
    NO_APPRISE,
    READ_WITHIN,
    alert_language,
    apprise_is_there,
    fault_in,
    read_alerts,
)
from agent.check.finding import Finding, good, problem, some, warning
from agent.check.host import Host
from agent.check.permissions import READ
from agent.config import Config
from agent.config.locate import SYSTEM
from agent.language import N_, _, current_language, ngettext
from drivers.offload import offload

WHAT: Final = "alerts"
_SERVICES: Final = N_(
    "see docs/alerts.md for the URLs of usual services; `simbank-agent alert --test` sends a message"
)


async def check_alerts(
    config: Config,
    file: Path,
    environment: Mapping[str, str],
    *,
    host: Host | None = None,
    courier: Courier | None = None,
) -> list[Finding]:
    """Return what would keep messages from being sent; nothing where no alerts are configured. Sends nothing."""
    alerts, findings = config.alerts, list[Finding]()
    if alerts.heartbeat_url is not None and (config.onlinesim.sandboxed or config.onlinesim.test):
        text = _("heartbeat_url is never called: in the sandbox and the test modes nothing is sold")
        findings.append(warning(WHAT, text, _("set onlinesim.server, and test: null, to sell")))
    if not alerts.on:
        return findings
    if not await apprise_is_there():
        return [*findings, problem(WHAT, _(NO_APPRISE), INSTALL)]
    findings += await _unreadable(alerts.urls_file, file, host or Host())
    settings = await read_alerts(alerts, alert_language(config, environment))
    if settings.fault:
        findings.append(problem(WHAT, fault_in(settings.fault, current_language()), _(_SERVICES)))
    urls = settings.policy.urls
    if not urls:
        return findings
    receipts = await (courier or Courier()).examine(urls)
    bad = [(name, one.why) for name, one in zip(names_of(urls), receipts, strict=True) if not one.sent]
    findings += [
        problem(WHAT, f"{name}: {why_in(why, current_language())}", _(_SERVICES)) for name, why in bad
    ]
    if not bad:
        text = ngettext("{n} service: {names}", "{n} services: {names}", len(urls))
        findings.append(good(WHAT, text.format(n=len(urls), names=some(names_of(urls), 5))))
    return findings


async def _unreadable(path: Path | None, config: Path, host: Host) -> list[Finding]:
    """Whether the account that the agent runs as may not read `urls_file`."""
    if path is None:
        return []

    def look() -> list[Finding]:
        account = host.account(service=config.is_relative_to(SYSTEM.parent))
        if host.rights(path) is None or host.may_use(path, account, READ):
            return []
        text = _("urls_file {file} cannot be read by {user}, the user that the agent runs as")
        text = text.format(file=path, user=account.name)
        return [problem(WHAT, text, f"sudo chown {account.name} {shlex.quote(str(path))}")]

    try:
        return await offload(look, name="check urls_file", timeout=READ_WITHIN)
    except TimeoutError:
        return []  # reading it says so
