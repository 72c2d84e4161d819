"""config.yaml as frozen values: every key, its default and its range.

Durations are seconds. The text under each key is also what an editor shows (see schema).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, SecretStr, WithJsonSchema

from agent.config.alerts import Alerts
from agent.config.enums import LogFormat, LogLevel, OnStop, PathKind, Personal, PortRole
from agent.config.fields import (
    SANDBOX,
    Duration,
    Label,
    Listen,
    PlacedPath,
    SecretHeader,
    Server,
    host_and_port,
)
from agent.config.fleet import Fleet
from agent.config.locate import simulated_store
from agent.config.port_fields import Baudrate, ModuleName, PortName, PortPath
from agent.config.problem import Places, Problem
from agent.config.refusal import refuse
from agent.config.section import Section
from agent.config.sim_fields import ConfiguredNumber, NumberPattern, OperatorCode, SimKey, UsbId, UssdCode
from agent.formats.hosts import is_loopback
from agent.language import _

MOST_MODULES = 1024


class Onlinesim(Section):
    """Where to report, and how."""

    server: Server = SANDBOX
    """The URL from partner support, https only (http to this machine); sandbox sells nothing."""
    api_key: Annotated[SecretStr | None, SecretHeader] = None
    """The partner's key, best as ${ONLINESIM_API_KEY}; the sandbox needs none."""
    api_key_file: PlacedPath | None = None
    """A file that holds the key instead; under systemd the credential api_key is used by itself."""
    mode: Literal["list", "incremental"] = "list"
    """list sends the whole list each time, incremental each change."""
    heartbeat: Annotated[float, Duration("1s", "4m30s")] = 240.0
    """A report is due after this time even without a change; after five minutes Onlinesim counts the bank as down."""
    rent: bool = False
    """Whether numbers are offered for rent, unless sims or sims_file says otherwise."""
    test: Literal["test1", "test2"] | None = None
    """test1: reports are checked but not saved; test2: the server answers with what we sent."""
    on_stop: OnStop = OnStop.KEEP
    """keep leaves the last list in place when the agent stops, withdraw sends an empty one."""
    ask_numbers: Annotated[float, Duration("5m", "24h")] | None = None
    """How often Onlinesim is asked about each live number, such as 1h; null: never. It only reads."""

    @property
    def sandboxed(self) -> bool:
        """Whether reports stay inside the agent and nothing is sold."""
        return self.server == SANDBOX


class Bank(Section):
    """How many modules there are, and when their answers count."""

    modules: Annotated[int, Field(ge=1, le=MOST_MODULES)] = 64
    """GSM modules you own: never more numbers than this are reported."""
    settle: Annotated[float, Duration("0s", "10m")] = 10.0
    """How long a SIM must be good before its number joins."""
    poll: Annotated[float, Duration("50ms", "2m")] = 10.0
    """How often each module is polled."""
    answer_timeout: Annotated[float, Duration("500ms", "1m")] = 5.0
    """How long an answer may take; slow commands have their own limits."""
    lease: Annotated[float, Duration("100ms", "5m")] = 30.0
    """How long the last answer of a silent module counts: at least two polls and one answer_timeout."""
    registration_grace: Annotated[float, Duration("0s", "5m")] = 15.0
    """How long "searching" may last before the number leaves."""


class PortRule(Section):
    """Which ports, and how to treat them."""

    path: PortPath
    """One path, a glob, socket://HOST:PORT, rfc2217://HOST:PORT, usb (every USB serial port) or simulated."""
    name: PortName = "Port{n}"
    """The port_id at Onlinesim. {n} is assigned once to a physical place and kept; also {path}, {imei}, {usb}."""
    module: ModuleName | None = None
    """Ports with the same name here are one module; only for ports without a USB place."""
    role: PortRole = PortRole.MODEM
    """control marks the bank's own control port, which is never opened."""
    driver: str = "auto"
    """auto, or the name of a vendor."""
    baudrate: Baudrate = 115200
    """Bits per second, or auto to try the usual ones."""
    share: bool = False
    """Offer a pseudo-terminal to the operator's SMS software."""
    enabled: bool = True
    """false keeps the rule and leaves its ports alone."""

    @property
    def kind(self) -> PathKind:
        """What `path` is."""
        if "://" in self.path:
            return PathKind.URL
        if self.path == "simulated":
            return PathKind.SIMULATED
        if self.path == "usb":
            return PathKind.EVERY_USB
        return PathKind.GLOB if any(char in self.path for char in "*?[") else PathKind.EXACT

    @property
    def may_match_many(self) -> bool:
        """Whether it can match several ports, which need different names."""
        return self.kind in {PathKind.GLOB, PathKind.EVERY_USB, PathKind.SIMULATED}


class SimEntry(Section):
    """What you know about one SIM."""

    number: ConfiguredNumber | None = None
    """Its number with + and country code, sent exactly as written."""
    rent: bool | None = None
    """Whether this one is offered for rent."""
    enabled: bool = True
    """false: this SIM is never reported."""


class UssdQuery(Section):
    """An operator's own-number query: the only thing that reaches the network."""

    code: UssdCode
    """*digits# or *digits*digits#; codes that change a service are refused."""
    match: NumberPattern = r"(\+?\d{8,15})"
    """A regular expression whose one group is the number in the answer."""


class SharedPorts(Section):
    """Your SMS software on ports with share: true."""

    directory: Annotated[PlacedPath, Field(validate_default=True)] = Path("/run/simbank-agent")
    """Where it finds its ports, by the name of the module."""


class Status(Section):
    """The page and the API about the agent."""

    listen: Listen = "127.0.0.1:8340"
    """Address and port; any address that is not loopback needs a token."""
    token: Annotated[SecretStr | None, SecretHeader] = None
    """The secret that everybody is asked for, this machine too; best as ${SIMBANK_TOKEN}."""
    token_file: PlacedPath | None = None
    """A file that holds the token instead; under systemd the credential status_token is used by itself."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.listen)

    @property
    def has_token(self) -> bool:
        """Whether a token is configured."""
        return self.token is not None or self.token_file is not None

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.address[0])


class Log(Section):
    """What the log says."""

    level: LogLevel = LogLevel.INFO
    """debug, info, warning or error."""
    format: LogFormat = LogFormat.AUTO
    """text for people, journal with priorities, json one object a line; auto chooses by where the log goes."""
    personal: Personal = Personal.MASKED
    """masked hides most digits of numbers, ICCIDs, IMSIs and IMEIs; full does not."""


class History(Section):
    """What was, for `simbank-agent history`, `uptime` and `reports`."""

    keep: Annotated[float, Duration("0s", "4000d")] = 400 * 86_400.0
    """How long changes of modules and SIMs, and reports, are kept; 0 keeps none."""


def _known_version(value: int) -> int:
    if value != 1:
        refuse(_("must be 1"), _("this program knows version 1 of the keys"))
    return value


def _or_every_usb_port(value: Any) -> Any:
    return [{"path": "usb"}] if value is None or value == [] else value


def _or_none(value: Any) -> Any:
    return {} if value is None else value


def _number_alone(value: Any) -> Any:
    return {"number": value} if isinstance(value, str) else value


SimNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
SimBook = Annotated[
    Mapping[
        SimKey,
        Annotated[SimEntry, BeforeValidator(_number_alone, json_schema_input_type=SimNumber | SimEntry)],
    ],
    BeforeValidator(_or_none),
]


class Config(Section):
    """The whole file."""

    version: Annotated[
        int, AfterValidator(_known_version), WithJsonSchema({"const": 1, "type": "integer"})
    ] = 1
    """The version of this file's keys."""
    onlinesim: Onlinesim = Onlinesim()
    """Where to report, and how."""
    bank: Bank = Bank()
    """How many modules there are, and when their answers count."""
    ports: Annotated[tuple[PortRule, ...], BeforeValidator(_or_every_usb_port)] = (PortRule(path="usb"),)
    """Which ports; every USB serial port by default. Of several rules for one port the most exact counts."""
    usb: Annotated[Mapping[UsbId, Literal["bridge", "modem"]], BeforeValidator(_or_none)] = Field(
        default_factory=dict
    )
    """Where our table of USB devices is wrong: "0403:6011": bridge or modem."""
    sims: SimBook = Field(default_factory=dict)
    """Numbers by ICCID or IMSI, alone or as {number: …, rent: true, enabled: false}."""
    sims_file: PlacedPath | None = None
    """A CSV file with iccid,number[,rent], or a header that names the columns; sims takes precedence."""
    ussd: Annotated[Mapping[OperatorCode, UssdQuery], BeforeValidator(_or_none)] = Field(default_factory=dict)
    """Own-number queries by operator code (MCC and MNC); off unless given."""
    shared_ports: SharedPorts = SharedPorts()
    """Your SMS software on ports with share: true."""
    status: Status = Status()
    """The page and the API about the agent."""
    store: Annotated[PlacedPath, Field(validate_default=True)] = Path("simbank.db")
    """The database with what must survive a restart; as a service: $STATE_DIRECTORY/simbank.db."""
    history: History = History()
    """What was, for `simbank-agent history`, `uptime` and `reports`."""
    log: Log = Log()
    """What the log says."""
    language: Literal["auto", "en", "ru"] = "auto"
    """Of log and alerts; auto: the log in English, alerts in the language of the locale (LANG)."""
    labels: Annotated[Mapping[str, Label], BeforeValidator(_or_none)] = Field(default_factory=dict)
    """Names that people give to modules and hubs, by module name or hub; shown everywhere, never sent."""
    fleet: Fleet | None = None
    """Several hosts with one account; null: this host alone."""
    alerts: Alerts = Alerts()
    """Messages when something is wrong; off while there are no URLs."""

    _places: Places | None = PrivateAttr(default=None)
    _warnings: Callable[[Config], tuple[Problem, ...]] | None = PrivateAttr(default=None)

    def remember(self, places: Places, warnings: Callable[[Config], tuple[Problem, ...]]) -> None:
        """Keep the places of the keys, and what makes the warnings of the text. For the loader, once."""
        self._places, self._warnings = places, warnings

    @property
    def simulated(self) -> bool:
        """Whether any port is simulated."""
        return any(rule.kind is PathKind.SIMULATED for rule in self.ports)

    @property
    def store_file(self) -> Path:
        """Where the store is: simulated SIMs have a file of their own beside that of the real ones."""
        return simulated_store(self.store) if self.simulated else self.store

    @property
    def places(self) -> Places:
        """Where each key is in the file, for messages about it."""
        return self._places or Places("config.yaml")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Those that need the text alone, in the process's language; `warnings` adds those that need the machine."""
        return () if self._warnings is None else self._warnings(self)
