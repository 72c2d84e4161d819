"""URLs of services that tell people: their form, and how they are shown. All of them are secrets."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_SERVICE: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\x00-\x1f]+", re.IGNORECASE | re.ASCII)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{0,20}", re.IGNORECASE | re.ASCII)


def is_service(url: str) -> bool:
    """Whether it has the form of a URL of Apprise; which services there are only Apprise knows."""
    return _SERVICE.fullmatch(url) is not None


def shown_service(url: str) -> str:
    """Return the service without its secrets, `tgram://…`: what stands behind is a token as often as a host."""
    scheme = _SCHEME.match(url)
    return f"{scheme[0].lower() if scheme is not None else '?'}://…"


def shown_host(url: str) -> str:
    """Return an https URL up to its host, `https://hc-ping.com/…`; for URLs whose secret is the path."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}/…"


def urls_in(text: str) -> tuple[list[str], list[int]]:
    """Return the URLs in a file with one in each line, and the lines that hold none; `#` begins a comment line."""
    found: list[str] = []
    wrong: list[int] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().lstrip("\ufeff")
        if not line or line.startswith("#"):
            continue
        if is_service(line):
            found.append(line)
        else:
            wrong.append(number)
    return found, wrong
