"""Who may read the status pages.

Responsible for judging one request: only from this machine under one of its own names (a name that merely
resolves to it is how a foreign web page would read us: DNS rebinding), or with the token. Pure. Must not
know what is asked for, nor aiohttp.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping

COOKIE = "simbank_access"
_LOCAL_HOST = re.compile(r"(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?\Z", re.IGNORECASE)
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


class Access(enum.Enum):
    """How a request is to be answered."""

    WELCOME = enum.auto()
    WELCOME_WITH_COOKIE = enum.auto()
    """The token stood in the address: let a cookie hold it, so that it leaves the address bar."""
    TOKEN_NEEDED = enum.auto()
    FOREIGN = enum.auto()
    """A foreign name or a foreign page, and there is no token that could open the door."""


class AccessPolicy:
    """Judges requests. `token` is None where none is configured: then only this machine may read."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None
        # Not the token itself: it survives a restart of the agent, and a leaked browser file tells nothing.
        self.cookie = hmac.new(self._token, b"status page", hashlib.sha256).hexdigest() if self._token else ""

    def judge(
        self,
        *,
        peer: str | None,
        headers: Mapping[str, str],
        cookie: str | None = None,
        asked_token: str | None = None,
    ) -> Access:
        """Judge one request.

        `peer` is the address of the other end, `cookie` the value of COOKIE, `asked_token` the `token` of the
        query; `headers` ignores the case of names.
        """
        if self._token is not None:
            if asked_token is not None and self._is_token(asked_token):
                return Access.WELCOME_WITH_COOKIE
            if self._is_token(_bearer(headers)) or _equal(cookie or "", self.cookie):
                return Access.WELCOME
        if _is_loopback(peer) and _is_own_name(headers.get("Host", "")) and not _came_through_others(headers):
            return Access.WELCOME
        return Access.FOREIGN if self._token is None else Access.TOKEN_NEEDED

    def _is_token(self, text: str) -> bool:
        return self._token is not None and hmac.compare_digest(_bytes(text), self._token)


def is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks on behalf of a page that is not ours (Fetch Metadata)."""
    return headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    """As it came: aiohttp hands on bytes of a header that are no UTF-8 as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _is_own_name(host: str) -> bool:
    return _LOCAL_HOST.match(host) is not None


def _is_loopback(peer: str | None) -> bool:
    try:
        return peer is not None and ipaddress.ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _came_through_others(headers: Mapping[str, str]) -> bool:
    # A proxy on this machine hides who asks: without the token its clients are strangers.
    return any(name in headers for name in _FORWARDED)
