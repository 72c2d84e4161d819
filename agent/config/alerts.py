"""`alerts:` in config.yaml: who is told that something is wrong, of what, and when."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WithJsonSchema

from agent.config.enums import Personal
from agent.config.fields import Duration, PlacedPath
from agent.config.refusal import refuse, write
from agent.config.section import Section
from agent.formats.hosts import is_loopback
from agent.formats.service_url import is_service
from agent.language import N_, _

MOST_URLS = 20
_SERVICE_HINT = N_("write a URL of Apprise, such as tgram://BOTTOKEN/CHATID or mailto://USER:PASSWORD@HOST")
_COPY = N_("copy it from your monitoring service")
_LEVEL = re.compile(r"[1-9][0-9]?%|100%|[1-9][0-9]{0,3}", re.ASCII)
_QUIET = re.compile(
    r"((?:[01]?[0-9]|2[0-3]):[0-5][0-9])\s*[-–]\s*((?:[01]?[0-9]|2[0-3]):[0-5][0-9])",  # noqa: RUF001  people type either dash
    re.ASCII,
)


def _service(value: Any) -> Any:
    if not isinstance(value, str) or not is_service(value):
        refuse(_("is not the URL of a service"), _(_SERVICE_HINT))
    return value


def _urls(value: Any) -> Any:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


def _level(value: str) -> str:
    if not _LEVEL.fullmatch(value):
        refuse(_("is neither a share nor a number"), _("write 80%, or a number of SIMs such as 50"))
    return value


def _quiet(value: str) -> str:
    found = _QUIET.fullmatch(value.strip())
    if found is None:
        refuse(_("is not a span of hours"), write("23:00-07:00"))
    if _minutes(found[1]) == _minutes(found[2]):
        refuse(_("begins when it ends"), _("write null for no quiet hours"))
    return value


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _heartbeat_url(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        url = urlsplit(value)
        host, user, _port = url.hostname, url.username or url.password, url.port
    except ValueError:
        refuse(_("is not a URL"), _(_COPY))
    if url.scheme not in {"http", "https"} or not host or not re.fullmatch(r"[\x21-\x7e]+", value):
        refuse(_("must be an https URL"), _(_COPY))
    if user:
        refuse(_("must not hold a user name or password"), _("these services know you by the path"))
    if url.scheme == "http" and not is_loopback(host):
        refuse(_("http would show it to the network"), _("use https"))
    return value


_Lasting = Annotated[float, Duration("0s", "24h")]
_HalfAMinute = Annotated[float, Duration("30s", "24h")]
"""How long something must last before it is told; what comes and goes by itself, not at once."""
_Level = Annotated[
    str,
    AfterValidator(_level),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^({_LEVEL.pattern})$"},
                {"type": "integer", "minimum": 1, "maximum": 9999},
            ]
        }
    ),
]


class AlertRules(Section):
    """What is told, and how long it must last; null: never."""

    nothing_accepted: Annotated[float, Duration("1m", "24h")] | None = 300.0
    """No report was accepted for so long; not in the sandbox or a test mode."""
    refused: _Lasting | None = 30.0
    """Onlinesim refuses the reports for so long: account blocked, wrong key, any other refusal."""
    live_below: _Level | None = "80%"
    """Fewer SIMs are live than this share of what was usual in the last 24 hours, or than this number."""
    live_for: _Lasting = 600.0
    """How long live_below must last."""
    module_lost: _HalfAMinute | None = 900.0
    """A module that was live is not, for so long, whatever the reason."""
    hub_lost: _HalfAMinute | None = 180.0
    """No module of a hub or pool is live, of two or more that were; a row switch takes up to 90 s."""
    store_failed: _Lasting | None = 60.0
    """What must survive a restart cannot be written, for so long."""
    host_lost: _Lasting | None = 120.0
    """Another host of the fleet does not answer, for so long; told by the host that leads."""
    recovered: bool = True
    """Whether the end of what was told is told too."""

    @property
    def live_share(self) -> float | None:
        """The share of live_below, None for a number."""
        if self.live_below is None or not self.live_below.endswith("%"):
            return None
        return int(self.live_below[:-1]) / 100

    @property
    def live_number(self) -> int | None:
        """The number of live_below, None for a share."""
        if self.live_below is None or self.live_below.endswith("%"):
            return None
        return int(self.live_below)


class Alerts(Section):
    """Messages when something is wrong; off while there are no URLs."""

    urls: Annotated[
        tuple[Annotated[SecretStr, BeforeValidator(_service)], ...],
        BeforeValidator(_urls),
        Field(max_length=MOST_URLS),
    ] = ()
    """Services as URLs of Apprise (tgram://…, mailto://…, ntfy://…), best as ${NAME}: they are secrets."""
    urls_file: PlacedPath | None = None
    """A file with more of them, one in each line; 0600."""
    when: AlertRules = AlertRules()
    """What is told, and how long it must last."""
    quiet: Annotated[str, AfterValidator(_quiet)] | None = None
    """Hours such as "23:00-07:00", local time, in which only what stops all sales is told; the rest waits."""
    language: Literal["en", "ru"] | None = None
    """Of the messages; null: as language says."""
    personal: Personal = Personal.MASKED
    """masked hides most digits of numbers in messages; full does not. Messages leave this machine."""
    per_hour: Annotated[int, Field(ge=1, le=60)] = 6
    """The most messages to each service within an hour; the last one is kept for what stops all sales."""
    heartbeat_url: Annotated[SecretStr | None, BeforeValidator(_heartbeat_url)] = None
    """A dead-man's switch (healthchecks.io, Uptime Kuma), called every minute while /readyz is true."""

    @property
    def on(self) -> bool:
        """Whether somebody may be told."""
        return bool(self.urls) or self.urls_file is not None

    @property
    def quiet_minutes(self) -> tuple[int, int] | None:
        """First minute of the day of the quiet hours, and the first after them."""
        found = _QUIET.fullmatch(self.quiet.strip()) if self.quiet is not None else None
        return None if found is None else (_minutes(found[1]), _minutes(found[2]))
