"""The address of the fleet's engine: a Redis or Valkey, alone or found through its Sentinels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from agent.formats.hosts import is_loopback
from agent.language import _

SCHEMES: Final = {
    "redis": (False, False),
    "rediss": (True, False),
    "redis+sentinel": (False, True),
    "rediss+sentinel": (True, True),
}
"""Whether TLS is spoken, and whether the addresses are those of Sentinels."""
_PORTS: Final = {False: 6379, True: 26379}
MOST_DATABASES: Final = 16
"""What a Redis has unless it is configured otherwise."""


class NotAnEngineUrl(ValueError):
    """Says what is wrong, for people, and never repeats a password; `hint` is what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUrl:
    """One engine."""

    tls: bool
    addresses: tuple[tuple[str, int], ...]
    """Of the server, or of each Sentinel."""
    group: str = ""
    """The name by which the Sentinels know the servers; "" where there are none."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: int = 0

    @property
    def local(self) -> bool:
        """Whether all of it is on this machine."""
        return all(is_loopback(host) for host, _ in self.addresses)

    def __str__(self) -> str:
        """The URL as it may be shown: without user and password."""
        scheme = next(name for name, kind in SCHEMES.items() if kind == (self.tls, bool(self.group)))
        hosts = ",".join(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.addresses
        )
        path = f"/{self.group}" if self.group else f"/{self.database}" if self.database else ""
        return f"{scheme}://{hosts}{path}"


def parse(text: str) -> EngineUrl:
    """Read redis://, rediss:// or redis+sentinel://H:P,H:P/NAME. Raises NotAnEngineUrl."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in SCHEMES or not text.isprintable() or " " in text:
        raise NotAnEngineUrl(
            _("must be a URL of a Redis or Valkey"),
            _("write rediss://USER:PASSWORD@HOST:6379, or redis+sentinel://…"),
        )
    tls, through_sentinels = SCHEMES[scheme]
    where, _slash, path = rest.partition("/")
    login, _at, hosts = where.rpartition("@")
    if any(sign in rest for sign in "?#"):
        raise NotAnEngineUrl(
            _("must be a scheme, a login, hosts and a name or database"),
            _("write ? and # of a password as %3F and %23; everything else has a key of its own"),
        )
    user, colon, password = login.partition(":")
    addresses = tuple(_address(one, _PORTS[through_sentinels]) for one in hosts.split(","))
    if len(addresses) > 1 and not through_sentinels:
        raise NotAnEngineUrl(
            _("has several hosts"),
            _("write {example} for Sentinels").format(example=f"{scheme}+sentinel://H:P,H:P/NAME"),
        )
    if through_sentinels and (not path or "/" in path):
        raise NotAnEngineUrl(
            _("lacks the name of the servers"),
            _("write {example}, as in sentinel.conf").format(example=f"{scheme}://H:P,H:P/NAME"),
        )
    return EngineUrl(
        tls=tls,
        addresses=addresses,
        group=path if through_sentinels else "",
        user=unquote(user) or None,
        password=unquote(password) if colon else None,
        database=0 if through_sentinels else _database(path),
    )


def _address(text: str, default: int) -> tuple[str, int]:
    try:
        url = urlsplit(f"//{text}")
        host, port = url.hostname, url.port
        if host:
            host.encode("idna")
    except ValueError:  # of UnicodeError too
        host, port = None, None
    if not host or url.netloc != text:
        raise NotAnEngineUrl(
            _("has no host, or an invalid one"), _("write HOST:PORT; a password's @ / : are %40 %2F %3A")
        )
    return host, default if port is None else port


def _database(path: str) -> int:
    if not path:
        return 0
    if not (path.isascii() and path.isdecimal()) or int(path) >= MOST_DATABASES:
        raise NotAnEngineUrl(
            _("has a path that is not a database from 0 to {most}").format(most=MOST_DATABASES - 1),
            _("remove it; a password's / is written %2F"),
        )
    return int(path)
