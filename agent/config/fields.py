"""The kinds of value that several groups of config.yaml have: for each its check, message and JSON Schema.

YAML gives texts only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from agent.config.refusal import at_least, at_most, between, refuse, write
from agent.formats import durations
from agent.formats.hosts import is_loopback
from agent.language import N_, _

SANDBOX = "sandbox"
_DURATION_HINT = N_("write 250ms, 10s, 4m, 1h or a number of seconds")
_URL_HINT = N_("write https:// and the rest as partner support gave it, or sandbox")


@dataclass(frozen=True, slots=True)
class Duration:
    """Makes a float a duration in seconds, with its least and most in the notation of config.yaml."""

    least: str
    most: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._seconds, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        least, most = durations.parse(self.least), durations.parse(self.most)
        number = {"type": "number", "minimum": least, "maximum": most}
        return {"anyOf": [{"type": "string", "pattern": durations.PATTERN}, number]}

    def _seconds(self, value: Any) -> float:
        try:
            seconds = durations.parse(value)
        except (ValueError, OverflowError, TypeError):
            refuse(_("must be a duration"), _(_DURATION_HINT))
        if not durations.parse(self.least) <= seconds <= durations.parse(self.most):
            low = seconds < durations.parse(self.least)
            hint = at_least(self.least) if low else at_most(self.most)
            refuse(between(self.least, self.most), hint)
        return seconds


def _placed(value: Path, info: ValidationInfo) -> Path:
    if "\0" in str(value) or str(value) in {"", "."}:
        refuse(
            _("is not a file path"),
            _("write one such as sims.csv; a relative path starts at the folder of this file"),
        )
    return info.context["folder"] / value if info.context else value


PlacedPath = Annotated[Path, AfterValidator(_placed)]
"""A file; a relative path starts at the folder of config.yaml."""


def _server(value: str) -> str:
    if value == SANDBOX:
        return value
    try:
        url = urlsplit(value)
        host, user, _port = url.hostname, url.username or url.password, url.port
    except ValueError:
        refuse(_("is not a URL"), _(_URL_HINT))
    if url.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f]", value):
        refuse(_('must be an https URL or "sandbox"'), _(_URL_HINT))
    if user or url.query or url.fragment:
        refuse(_("must be a scheme, a host and at most a path"), _("the API key goes into api_key"))
    before, found, _rest = value.partition("/api/resellers")
    if found:
        refuse(_("holds the path of the API, which the agent adds itself"), write(before))
    if url.scheme == "http" and not is_loopback(host):
        refuse(_("http would expose the API key on the network"), _("use https"))
    return value.rstrip("/")


Server = Annotated[str, AfterValidator(_server)]


def host_and_port(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8340` or `[::1]:8340`. Raises ValueError."""
    url = urlsplit(f"//{listen}")
    if url.hostname is None or url.port is None or url.netloc != listen or "@" in listen:
        raise ValueError(listen)
    return url.hostname, url.port


def _listen(value: str) -> str:
    try:
        host_and_port(value)
    except ValueError:
        port_alone = re.fullmatch(r"[1-9][0-9]{0,4}", value) is not None
        hint = write(f"127.0.0.1:{value}") if port_alone else _("write 127.0.0.1:8340, or [::1]:8340")
        refuse(_("must be ADDRESS:PORT"), hint)
    return value


Listen = Annotated[str, AfterValidator(_listen)]


def _secret_header(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[\x21-\x7e]+", value):
        refuse(
            _("is empty, or has spaces or non-ASCII characters"),
            _("copy it again, without the text around it"),
        )
    return value


SecretHeader = BeforeValidator(_secret_header)
"""For a secret that goes into an HTTP header: printable ASCII in one word."""


def _label(value: str) -> str:
    if not value.strip() or len(value) > 60 or not value.isprintable():
        refuse(_("is not a usable label"), _("write one line of at most 60 characters, such as left shelf"))
    return value.strip()


Label = Annotated[str, AfterValidator(_label)]
"""A name for people."""
