"""The kinds of value in `ports` of config.yaml: for each its check, its message and its JSON Schema."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from agent.config.refusal import known_are, refuse, write, write_plainly
from agent.formats.near_miss import did_you_mean
from agent.language import _, ngettext

LONGEST_PORT_ID: Final = 100
PLACEHOLDERS: Final = ("{n}", "{path}", "{imei}", "{usb}")
_PORT_URLS: Final = ("socket", "rfc2217")
_TTY_NAME = re.compile(r"tty[A-Z][A-Za-z]*[0-9]+")
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[0-9a-z][0-9a-z.-]*", re.IGNORECASE)
_IPV4 = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_APART = re.compile(r"([0-9.]{7,15})[ ,;:]{1,2}([0-9]{1,5})")
"""An IPv4 address and a port as the settings of other programs have them."""
_NETWORK_PREFIXES = ("tcp:", "telnet:", "raw:", "socket:", "rfc2217:", "//")


def _network_address(value: str) -> str:
    """The URL that somebody meant by 127.0.0.1:4001, [::1]:4001, bank.lan:4001, tcp:10.0.0.5:4001; "" for a path."""
    prefix = next((one for one in _NETWORK_PREFIXES if value.lower().startswith(one)), "")
    scheme = "rfc2217" if prefix == "rfc2217:" else "socket"
    rest = value[len(prefix) :].removeprefix("/") if prefix else value
    if apart := _APART.fullmatch(rest):
        rest = ":".join(apart.groups())
    host, colon, port = rest.rpartition(":")
    if _IPV4.fullmatch(rest):
        return f"{scheme}://{rest}:PORT"
    if colon and port.isdecimal() and len(port) <= 5 and _HOST.fullmatch(host):
        return f"{scheme}://{rest}"
    return ""


def _port_path(value: str, info: ValidationInfo) -> str:
    if not value or re.search(r"[\x00-\x1f]", value):
        refuse(_("is not a port path"), _("write usb, a path below /dev/serial/by-path, or a glob"))
    if "://" in value:
        return _port_url(value)
    if _TTY_NAME.fullmatch(value):
        refuse(_("is the name of a port, not its path"), did_you_mean(f"/dev/{value}"))
    if meant := _network_address(value):
        refuse(_("is an address on the network, not a path"), write(meant))
    if value in {"simulated", "usb"} or value.startswith("/") or not info.context:
        return value
    return str(info.context["folder"] / value)


def _port_url(value: str) -> str:
    try:
        url = urlsplit(value)
        reachable = url.hostname and url.port and _may_be_host(url.hostname)
    except ValueError:
        reachable = None
    if value.partition("://")[0] not in _PORT_URLS:
        hint = _("socket:// for a raw TCP port, rfc2217:// for one that takes serial settings too")
        refuse(_("must be socket://HOST:PORT or rfc2217://HOST:PORT if it is a URL"), hint)
    if not reachable:
        scheme, _separator, rest = value.partition("://")
        host, colon, number = rest.rpartition(":")
        if not _may_be_host(host):
            message = _("has an invalid host name: {host}").format(host=host)
            refuse(message, _("a name has 1 to 63 characters between its dots"))
        if host and colon and number.isdecimal():
            message = _("has a port number outside 1 to 65535: {number}").format(number=number)
            refuse(message, write_plainly(f"{scheme}://{host}:PORT"))
        refuse(_("needs a host and a port"), write_plainly(f"{scheme}://HOST:PORT"))
    return value


def _may_be_host(name: str) -> bool:
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


PortPath = Annotated[str, AfterValidator(_port_path)]


def _port_name(value: str) -> str:
    literal = value
    for placeholder in PLACEHOLDERS:
        literal = literal.replace(placeholder, "")
    if re.search(r"[{}]", literal):
        refuse(_("has an unknown placeholder"), known_are(PLACEHOLDERS))
    if not value.strip() or re.search(r"[\x00-\x1f\x7f]", value):
        refuse(_("is not a usable name"), _("write one such as {example}").format(example="Port{n}"))
    if len(literal) > LONGEST_PORT_ID:
        message = ngettext(
            "is longer than {n} character, Onlinesim's limit for a port_id",
            "is longer than {n} characters, Onlinesim's limit for a port_id",
            LONGEST_PORT_ID,
        )
        refuse(message.format(n=LONGEST_PORT_ID), _("shorten it"))
    return value


def _module_name(value: str) -> str:
    if re.search(r"[{}\x00-\x1f\x7f]", value) or not value.strip():
        refuse(_("must be a plain name"), _("remove braces and control characters"))
    return value


ModuleName = Annotated[str, AfterValidator(_module_name)]
PortName = Annotated[str, AfterValidator(_port_name)]


def _baudrate(value: Any) -> int | str:
    if value == "auto":
        return "auto"
    rate = int(value) if re.fullmatch(r"[0-9]{1,9}", str(value), re.ASCII) else 0
    if not 300 <= rate <= 4_000_000:
        hint = _("most modules use 115200; auto tries the usual rates")
        refuse(_('must be "auto" or a number from 300 to 4000000'), hint)
    return rate


Baudrate = Annotated[
    int | str,
    BeforeValidator(_baudrate),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 300, "maximum": 4_000_000}]}),
]
