"""What config.yaml says of alerts, with the URLs of its file, as values for the rooms that use them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent.alerts.alerter import AlertPolicy
from agent.alerts.outbox import Limits
from agent.alerts.quiet import QuietHours
from agent.alerts.rule import RulePolicy
from agent.config import Alerts, Config, Personal
from agent.config.alerts import MOST_URLS
from agent.config.named_file import read_file
from agent.formats.service_url import urls_in
from agent.language import N_, N_n, Retelling, language_of
from drivers.offload import offload

READ_WITHIN: Final = 10.0
"""Seconds for the disk that has the file, and Python's packages."""
LARGEST: Final = 64 * 1024
"""Bytes of urls_file."""
INSTALL: Final = "pip install 'simbank-agent[alerts]'"
NO_APPRISE: Final = N_("Apprise, the library that sends alerts, is not installed")
_NO_APPRISE: Final = N_("Apprise, the library that sends alerts, is not installed: {command}")
_MANY: Final = N_n(
    "{n} URL is given, and only the first {most} are used",
    "{n} URLs are given, and only the first {most} are used",
)
_NO_ANSWER: Final = N_("urls_file {path}: the disk does not answer")
_UNREAD: Final = N_("urls_file {path}: {why}")
_NO_SERVICE: Final = N_("urls_file {path}: no URL of a service in line {lines}")
_NO_URL: Final = N_("urls_file {path}: it holds no URL")
fault_in: Final = Retelling(_NO_APPRISE, _MANY, _NO_ANSWER, _UNREAD, _NO_SERVICE, _NO_URL)
"""Says a fault of the settings in another language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """All that a reload may change of alerts."""

    policy: AlertPolicy = field(default_factory=AlertPolicy)
    heartbeat_url: str = field(default="", repr=False)
    fault: str = ""
    """Why not everybody can be told, for the operator; without any URL."""


def alert_language(config: Config, environment: Mapping[str, str]) -> str:
    """Return the language of messages: what config.yaml says, else that of the locale."""
    language = None if config.language == "auto" else config.language
    return config.alerts.language or language or language_of(environment)


async def read_alerts(alerts: Alerts, language: str) -> AlertSettings:
    """Return the settings. What cannot be read is a fault in them, never a reason not to start."""
    urls, faults = tuple(url.get_secret_value() for url in alerts.urls), []
    if alerts.urls_file is not None:
        more, fault = await urls_of_file(alerts.urls_file)
        urls += more
        faults += [fault] if fault else []
    if len(urls) > MOST_URLS:
        faults.append(_MANY[1].format(n=len(urls), most=MOST_URLS))
    if urls and not await apprise_is_there():
        faults.append(_NO_APPRISE.format(command=INSTALL))
    heartbeat_url = alerts.heartbeat_url
    return AlertSettings(
        policy=policy_of(alerts, urls[:MOST_URLS], language),
        heartbeat_url=heartbeat_url.get_secret_value() if heartbeat_url is not None else "",
        fault="; ".join(faults),
    )


async def urls_of_file(path: Path) -> tuple[tuple[str, ...], str]:
    """Return the URLs in `urls_file`, and what is wrong with it."""
    try:
        content = await offload(lambda: read_file(path, LARGEST), name="urls_file", timeout=READ_WITHIN)
    except TimeoutError:
        return (), _NO_ANSWER.format(path=path)
    except OSError as why:
        return (), _UNREAD.format(path=path, why=why.strerror)
    urls, wrong = urls_in(content.decode("utf-8", "replace"))
    if wrong:
        lines = ", ".join(map(str, wrong[:5])) + ("…" if len(wrong) > 5 else "")
        return tuple(urls), _NO_SERVICE.format(path=path, lines=lines)
    return tuple(urls), "" if urls else _NO_URL.format(path=path)


async def apprise_is_there() -> bool:
    """Whether Apprise can be found; it is not imported, which would cost the agent 20 MB."""
    try:
        return await offload(
            lambda: importlib.util.find_spec("apprise") is not None, name="apprise", timeout=READ_WITHIN
        )
    except TimeoutError:
        return True  # the child will say


def policy_of(alerts: Alerts, urls: tuple[str, ...], language: str) -> AlertPolicy:
    """Return what the operator wants."""
    when, quiet = alerts.when, alerts.quiet_minutes
    return AlertPolicy(
        urls=tuple(dict.fromkeys(urls)),
        rules=RulePolicy(
            refused=when.refused,
            nothing_accepted=when.nothing_accepted,
            host_lost=when.host_lost,
            live_share=when.live_share,
            live_number=when.live_number,
            live_for=when.live_for,
            hub_lost=when.hub_lost,
            module_lost=when.module_lost,
            store_failed=when.store_failed,
        ),
        limits=Limits(per_hour=alerts.per_hour, recovered=when.recovered),
        quiet=None if quiet is None else QuietHours(*quiet),
        language=language,
        personal=alerts.personal is Personal.FULL,
    )


def host_name(config: Config, machine: str) -> str:
    """Return how messages call this host: as its fleet does, else by the first part of the machine's name."""
    fleet = config.fleet
    return (fleet.host if fleet is not None else None) or machine.partition(".")[0]
