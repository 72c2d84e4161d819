"""Who may read the status pages: with a token, whoever has it; without one, this machine under a local name.

With a token this machine is asked for it too: behind a proxy everybody seems to be this machine.
A name that merely resolves to this machine is refused: a foreign web page would read us that way (DNS rebinding).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from agent.formats.hosts import is_loopback

_LOCAL_HOST = re.compile(r"(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?\Z", re.IGNORECASE)
_FORWARDED = frozenset({
    "cdn-loop", "cf-connecting-ip", "client-ip", "fastly-client-ip", "fly-client-ip", "forwarded", "forwarded-for",
    "true-client-ip", "via", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for", "x-original-host",
    "x-real-ip", "x-remote-addr", "x-remote-ip",
})  # fmt: skip
"""What proxies add, beside everything that begins with X-Forwarded; CGI and some proxies write _ for -."""


class Access(enum.Enum):
    """What a request gets."""

    ALLOWED = enum.auto()
    ALLOWED_SET_COOKIE = enum.auto()
    """The token was in the address: a cookie replaces it there."""
    TOKEN_REQUIRED = enum.auto()
    FOREIGN = enum.auto()
    """A foreign host name or page, and no token is configured that could allow it."""


class AccessPolicy:
    """The rule for all requests. Without a `token` only this machine may read, with one only who has it."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None
        # Derived from the token: valid across restarts, and a leaked cookie file does not reveal the token.
        self.cookie = self._derived(b"status page")
        # Browsers keep cookies by host, whatever the port: two agents of one host would log each other out.
        self.cookie_name = f"simbank_{self._derived(b'name of the cookie')[:8]}"

    def check(
        self,
        *,
        peer: str | None,
        headers: Mapping[str, str],
        cookie: str | None = None,
        query_token: str | None = None,
    ) -> Access:
        """Return what a request gets.

        `peer` is the address of the other end, `cookie` the value of the one called `cookie_name`, `query_token` the
        `token` of the query; `headers` must ignore the case of names.
        """
        if self._token is not None:
            if query_token is not None and self.is_token(query_token):
                return Access.ALLOWED_SET_COOKIE
            if self.is_token(_bearer(headers)) or _equal(cookie or "", self.cookie):
                return Access.ALLOWED
            return Access.TOKEN_REQUIRED
        if is_loopback(peer or "") and _is_own_name(headers.get("Host", "")) and not _was_forwarded(headers):
            return Access.ALLOWED
        return Access.FOREIGN

    def _derived(self, purpose: bytes) -> str:
        return hmac.new(self._token, purpose, hashlib.sha256).hexdigest() if self._token else ""

    @property
    def has_token(self) -> bool:
        """Whether a token is configured."""
        return self._token is not None

    def is_token(self, text: str) -> bool:
        """Whether it is the token; how long that takes does not tell how much of it is right."""
        return self._token is not None and hmac.compare_digest(_bytes(text), self._token)


def is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser sends it for a page that is not ours (W3C Fetch Metadata)."""
    return headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}


def is_own_form(headers: Mapping[str, str]) -> bool:
    """Whether what is posted comes from a page of ours, or from no browser at all.

    Browsers tell the site (W3C Fetch Metadata), except over plain HTTP from elsewhere: there the Origin has to be ours.
    """
    if "Sec-Fetch-Site" in headers:
        return not is_foreign_page(headers)
    origin = headers.get("Origin")
    return origin is None or _name_of(origin) == _name_of(f"http://{headers.get('Host', '')}") != ""


def _name_of(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    """As received: aiohttp decodes header bytes that are not UTF-8 to surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _is_own_name(host: str) -> bool:
    return _LOCAL_HOST.match(host) is not None


def _was_forwarded(headers: Mapping[str, str]) -> bool:
    # Behind a proxy on this machine everybody has a local address.
    names = {name.lower().replace("_", "-") for name in headers}
    return not names.isdisjoint(_FORWARDED) or any(name.startswith("x-forwarded") for name in names)
