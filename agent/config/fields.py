"""The kinds of value in config.yaml: for each its check, its message and its JSON Schema. YAML gives texts only."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from agent.formats import durations, e164, iccid
from agent.formats.hosts import is_loopback
from agent.formats.number_fault import Objection, named
from agent.formats.written_number import odd_character, read, visible, without_invisible
from drivers.at import search_cost, ussd_codes

SANDBOX = "sandbox"
LONGEST_PORT_ID = 100
PLACEHOLDERS = ("{n}", "{path}", "{imei}", "{usb}")
_PORT_URLS = ("socket", "rfc2217")
_LONGEST_PATTERN = 200
_PATTERN_HINT = r"put only the number into parentheses: (\+?\d{8,15})"
_SLOW_PATTERN_HINT = (
    "it could stop the agent for hours; write what comes before the number, then its digits:"
    r" number is (\+?\d{8,15})"
)
_DURATION_HINT = "write 250ms, 10s, 4m, 1h or a number of seconds"
_URL_HINT = f"write https:// and the rest as partner support gave it, or {SANDBOX}"
_TTY_NAME = re.compile(r"tty[A-Z][A-Za-z]*[0-9]+")


def refuse(message: str, hint: str = "") -> NoReturn:
    """Fail a check. `message` and `hint` are for people; they must not repeat a value that may be secret."""
    raise PydanticCustomError("config", "{message}", {"message": message, "hint": hint})


@dataclass(frozen=True, slots=True)
class Duration:
    """Makes a float a duration in seconds, with its least and most in the notation of config.yaml."""

    least: str
    most: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._seconds, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        least, most = durations.parse(self.least), durations.parse(self.most)
        number = {"type": "number", "minimum": least, "maximum": most}
        return {"anyOf": [{"type": "string", "pattern": durations.PATTERN}, number]}

    def _seconds(self, value: Any) -> float:
        try:
            seconds = durations.parse(value)
        except (ValueError, OverflowError, TypeError):
            refuse("must be a duration", _DURATION_HINT)
        if not durations.parse(self.least) <= seconds <= durations.parse(self.most):
            low = seconds < durations.parse(self.least)
            hint = f"write {self.least} or more" if low else f"write {self.most} or less"
            refuse(f"must be {self.least} to {self.most}", hint)
        return seconds


def _placed(value: Path, info: ValidationInfo) -> Path:
    if "\0" in str(value) or str(value) in {"", "."}:
        refuse("is not a file path", "write one such as sims.csv; a relative one starts at this file")
    return info.context["folder"] / value if info.context else value


PlacedPath = Annotated[Path, AfterValidator(_placed)]
"""A file; a relative path starts at the folder of config.yaml."""


def _server(value: str) -> str:
    if value == SANDBOX:
        return value
    try:
        url = urlsplit(value)
        host, user, _ = url.hostname, url.username or url.password, url.port
    except ValueError:
        refuse("is not a URL", _URL_HINT)
    if url.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f]", value):
        refuse(f'must be an https URL or "{SANDBOX}"', _URL_HINT)
    if user or url.query or url.fragment:
        refuse("must be a scheme, a host and at most a path", "the API key goes into api_key")
    before, found, _ = value.partition("/api/resellers")
    if found:
        refuse("holds the path of the API, which the agent adds itself", f'write "{before}"')
    if url.scheme == "http" and not is_loopback(host):
        refuse("http would expose the API key on the network", "use https")
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
        hint = f'write "127.0.0.1:{value}"' if port_alone else "write 127.0.0.1:8340, or [::1]:8340"
        refuse("must be ADDRESS:PORT", hint)
    return value


Listen = Annotated[str, AfterValidator(_listen)]


def _secret_header(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[\x21-\x7e]+", value):
        refuse("is empty or has blanks or non-ASCII characters", "copy it again, without the text around it")
    return value


SecretHeader = BeforeValidator(_secret_header)
"""For a secret that goes into an HTTP header: printable ASCII in one word."""


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
        refuse("is not a port path", "write usb, a path below /dev/serial/by-path, or a glob")
    if "://" in value:
        return _port_url(value)
    if _TTY_NAME.fullmatch(value):
        refuse("is the name of a port, not its path", f'did you mean "/dev/{value}"?')
    if meant := _network_address(value):
        refuse("is an address on the network, not a path", f'write "{meant}"')
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
        hint = "socket:// for a raw TCP port, rfc2217:// for one that takes serial settings too"
        refuse("must be socket://HOST:PORT or rfc2217://HOST:PORT if it is a URL", hint)
    if not reachable:
        scheme, _, rest = value.partition("://")
        host, colon, number = rest.rpartition(":")
        if not _may_be_host(host):
            refuse(f"has an invalid host name: {host}", "a name has 1 to 63 characters between its dots")
        if host and colon and number.isdecimal():
            refuse(f"has a port number outside 1 to 65535: {number}", f"write {scheme}://{host}:PORT")
        refuse("needs a host and a port", f"write {scheme}://HOST:PORT")
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
        refuse("has an unknown placeholder", f"known are {', '.join(PLACEHOLDERS)}")
    if not value.strip() or re.search(r"[\x00-\x1f\x7f]", value):
        refuse("is not a usable name", "write one such as Port{n}")
    if len(literal) > LONGEST_PORT_ID:
        refuse(f"is longer than {LONGEST_PORT_ID} characters, Onlinesim's limit for a port_id", "shorten it")
    return value


def _module_name(value: str) -> str:
    if re.search(r"[{}\x00-\x1f\x7f]", value) or not value.strip():
        refuse("must be a plain name", "remove braces and control characters")
    return value


ModuleName = Annotated[str, AfterValidator(_module_name)]
PortName = Annotated[str, AfterValidator(_port_name)]


def _label(value: str) -> str:
    if not value.strip() or len(value) > 60 or not value.isprintable():
        refuse("is not a usable label", "write one line of at most 60 characters, such as left shelf")
    return value.strip()


Label = Annotated[str, AfterValidator(_label)]
"""A name for people."""


def _baudrate(value: Any) -> int | str:
    if value == "auto":
        return "auto"
    rate = int(value) if re.fullmatch(r"[0-9]{1,9}", str(value), re.ASCII) else 0
    if not 300 <= rate <= 4_000_000:
        hint = "most modules use 115200; auto tries the usual rates"
        refuse('must be "auto" or a number from 300 to 4000000', hint)
    return rate


Baudrate = Annotated[
    int | str,
    BeforeValidator(_baudrate),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 300, "maximum": 4_000_000}]}),
]


def _sim(value: str) -> str:
    sim = iccid.as_sim(value)
    if sim is not None:
        return sim
    if value.startswith("+"):
        refuse("is not a SIM", "the ICCID comes first, its number behind the colon")
    if value.startswith("98"):
        refuse("is not an ICCID", "its digits seem to be swapped in pairs: an ICCID starts with 89")
    if "." in value or "e+" in value.lower():
        refuse("is not an ICCID", "a spreadsheet has rounded it: copy the digits from the card, in quotes")
    odd = odd_character(visible(value), " -ABCDEFabcdef")
    if odd:
        refuse(f"is neither an ICCID nor an IMSI: it holds {named(odd)}", "write the digits alone")
    refuse(
        "is neither an ICCID (89…, 18 to 20 digits) nor an IMSI (14 or 15 digits)",
        "`simbank-agent sims` lists the SIMs that were seen",
    )


SimKey = Annotated[str, AfterValidator(_sim), WithJsonSchema({"type": "string"})]


def _number(value: str) -> str:
    written = read(value)
    if isinstance(written, Objection):
        refuse(written.message(), 'write "+", the country code and the number, in quotes')
    if not written.plus:
        carried = f"+{written.digits.removeprefix('00')}"
        if e164.is_international(carried):
            refuse("must begin with + and the country code", f'did you mean "{carried}"?')
        refuse(
            "is not a number in international form", 'write "+", the country code and the number, in quotes'
        )
    number = e164.as_written(written)
    if isinstance(number, Objection):
        refuse(number.message(), number.hint())
    if without_invisible(value) != number:
        refuse("must be + and digits only", f'write "{number}"')
    return number


ConfiguredNumber = Annotated[str, AfterValidator(_number)]
"""A `+`, a calling code and digits; sent exactly as written, without what cannot be seen."""


def _usb_id(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", value):
        refuse("is not a USB id", 'write vendor and product as lsusb shows them: "0403:6011"')
    return value.lower()


UsbId = Annotated[str, AfterValidator(_usb_id)]


def _operator_code(value: str) -> str:
    if not re.fullmatch(r"[2-9][0-9]{4,5}", value, re.ASCII):
        refuse("is not an operator code", 'write MCC and MNC, five or six digits: "24012"')
    return value


OperatorCode = Annotated[str, AfterValidator(_operator_code)]


def _ussd_code(value: str) -> str:
    objection = ussd_codes.objection(value)
    if objection is not None:
        refuse(objection, "use only the operator's own-number query, such as *100#")
    return value


UssdCode = Annotated[str, AfterValidator(_ussd_code)]


def _number_pattern(value: str) -> str:
    if len(value) > _LONGEST_PATTERN:
        refuse(f"is longer than {_LONGEST_PATTERN} characters", _PATTERN_HINT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a pattern whose meaning will change
            groups = re.compile(value).groups
    except (re.error, OverflowError, RecursionError, Warning) as problem:
        refuse(f"is not a valid regular expression: {problem}", _PATTERN_HINT)
    if groups != 1:
        refuse(f"must have one group, has {groups}", _PATTERN_HINT)
    objection = search_cost.objection(value)
    if objection is not None:
        refuse(objection, _SLOW_PATTERN_HINT)
    return value


NumberPattern = Annotated[str, AfterValidator(_number_pattern)]
