"""The allow-list: every text that the agent itself may send to a module, and why.

docs/what-it-asks.md shows ALLOWED as `python -m drivers.at.allowlist` prints it; the tests hold `allowed` against every
byte that reached a wire.
"""

from __future__ import annotations

import enum
import re
import sys
from dataclasses import dataclass
from typing import Final

from drivers.at import gsm7
from drivers.at.ussd_codes import objection

# Left out on purpose (docs/at-field-guide.md §0): whatever a module stores; messages, calls, profiles, power and
# the SIM's contents; what other ports of the module would notice (CSCS, CPBS, COPS=); and switches which a module
# keeps, or may keep, over a restart (+QURCCFG, +QSIMDET=, +QSIMSTAT=, +USIMSTAT=, +WIND=, ^CURC=).

ESCAPE: Final = "\x1b"
"""Leaves a text prompt without sending anything (3GPP TS 27.005 §3.5.1)."""


class Kind(enum.StrEnum):
    """What a command does."""

    QUERY = "query"
    """Reads; changes nothing anywhere."""
    SETTING = "setting"
    """Changes this port until the module restarts; nothing is stored."""
    NETWORK = "network"
    """Reaches the network; only if the operator configured it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the allow-list: `shown` is the command as people read it, <…> stands for a number."""

    shown: str
    kind: Kind
    reason: str
    pattern: re.Pattern[str] | None = None
    """For commands with a number inside; None: `shown` is the text itself."""


def _query(shown: str, reason: str) -> Entry:
    return Entry(shown, Kind.QUERY, reason)


def _setting(shown: str, reason: str) -> Entry:
    return Entry(shown, Kind.SETTING, reason)


_IDENTITY = "manufacturer, model and firmware"
_IMEI = "the module's IMEI"
_SIM_STATE = "whether there is a SIM, by this vendor's own command"
_ICCID = "the SIM's ICCID, by this vendor's own command"
_REGISTRATION = "whether the SIM is registered"
_SIM_URCS = "URCs on this port when a SIM is inserted or removed"

ALLOWED: Final[tuple[Entry, ...]] = (
    _query("AT", "whether a module answers"),
    _query(ESCAPE, "leaves a text prompt that another program left open, without sending anything"),
    _setting("ATE0", "no echo: shorter answers"),
    _setting("ATV1", "result codes as words"),
    _setting(
        "ATQ0", "result codes are sent at all; also finds the baud rate, and what a late answer belongs to"
    ),
    _setting("ATE0V1Q0", "the three settings above in one command"),
    _setting("AT+CMEE=1", "errors with their number"),
    _setting("AT+CREG=2", "URCs when the registration changes (GSM); fixes the form of the answer too"),
    _setting("AT+CEREG=2", "the same for LTE"),
    _setting("AT+CSMINS=1", _SIM_URCS),
    _setting("AT#QSS=1", _SIM_URCS),
    _setting("AT^SCKS=1", _SIM_URCS),
    _query("ATI", _IDENTITY),
    _query("AT+CGMI", _IDENTITY),
    _query("AT+CGMM", _IDENTITY),
    _query("AT+CGMR", _IDENTITY),
    _query("AT+CGSN", _IMEI),
    _query("AT+GSN", _IMEI),
    _query("ATGSN", _IMEI),
    _query("AT+CPIN?", "whether the SIM is ready, locked or missing; no PIN is ever sent"),
    _query("AT+CFUN?", "whether somebody else switched the radio off"),
    _query("AT+CSMINS?", _SIM_STATE),
    _query("AT+QSIMSTAT?", _SIM_STATE),
    _query("AT#QSS?", _SIM_STATE),
    _query("AT^SCKS?", _SIM_STATE),
    _query("AT^SYSINFO", "service and SIM state of a Huawei module"),
    _query("AT^SYSINFOEX", "service and SIM state of a Huawei module"),
    _query("AT+CCID", _ICCID),
    _query("AT+CCID?", _ICCID),
    _query("AT+CICCID", _ICCID),
    _query("AT+QCCID", _ICCID),
    _query("AT+ICCID", _ICCID),
    _query("AT^ICCID?", _ICCID),
    _query("AT+ZGETICCID", _ICCID),
    _query("AT#CCID", _ICCID),
    _query("AT^SCID", _ICCID),
    _query("AT+CXXCID", _ICCID),
    _query("AT!ICCID?", _ICCID),
    _query("AT+SQNCCID", _ICCID),
    _query("AT%XICCID", _ICCID),
    _query("AT+CIMI", "the SIM's IMSI"),
    _query("AT+CNUM", "the SIM's own number, if the card holds it"),
    _query("AT+CREG?", _REGISTRATION),
    _query("AT+CGREG?", _REGISTRATION),
    _query("AT+CEREG?", _REGISTRATION),
    _query("AT+C5GREG?", _REGISTRATION),
    _query("AT+CSQ", "signal strength"),
    _query("AT+CSQ?", "signal strength, for modules that know only this form"),
    _query("AT+COPS?", "the operator's name, in whatever format is set"),
    _query("AT+CRSM=176,12258,0,0,10", "reads the ICCID from the card's file (EF_ICCID)"),
    _query("AT+CRSM=192,28480", "reads how long a record of the own-number file is (EF_MSISDN)"),
    Entry(
        "AT+CRSM=178,28480,1,4,<length>",
        Kind.QUERY,
        "reads the first record of the own-number file (EF_MSISDN)",
        re.compile(r"AT\+CRSM=178,28480,1,4,(?:1[4-9]|[2-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"),
    ),
    Entry(
        'AT+CUSD=1,"*<digits>#",15',
        Kind.NETWORK,
        "the SIM's own number from the network (USSD); codes that change a service are refused",
        re.compile(r'AT\+CUSD=1,(?:"(?P<code>[*0-9#]{3,32})"|(?P<packed>(?:[0-9A-F]{2}){2,28})),15'),
    ),
)

_EFFECT: Final = {
    Kind.QUERY: "reads; changes nothing",
    Kind.SETTING: "a setting of this port, lost when the module restarts",
    Kind.NETWORK: "asks the network; only if you configured it",
}


def markdown_table() -> str:
    """ALLOWED as a Markdown table, one row for all commands with the same reason."""
    rows: dict[tuple[Kind, str], list[str]] = {}
    for entry in ALLOWED:
        shown = "ESC" if entry.shown == ESCAPE else f"`{entry.shown}`"
        rows.setdefault((entry.kind, entry.reason), []).append(shown)
    lines = ["| Command | Effect | Purpose |", "|---|---|---|"]
    lines += [f"| {' '.join(shown)} | {_EFFECT[kind]} | {reason} |" for (kind, reason), shown in rows.items()]
    return "\n".join(lines) + "\n"


_TEXTS = frozenset(entry.shown for entry in ALLOWED if entry.pattern is None)
_PATTERNS = tuple(entry.pattern for entry in ALLOWED if entry.pattern is not None)
_EXTENDED = frozenset("+^#%!*$")


def allowed(wire_text: str) -> bool:
    """Whether this text, with or without its final CR, may be sent to a module.

    A chain (V.250 §5.2.1: extended commands joined by semicolons) is allowed when each of its commands is.
    """
    text = wire_text.removesuffix("\r")
    if _one_allowed(text):
        return True
    first, *rest = text.split(";")
    return (
        bool(rest)
        and first[2:3] in _EXTENDED
        and all(part[:1] in _EXTENDED for part in rest)
        and all(map(_chainable, (first, *("AT" + part for part in rest))))
    )


def _chainable(text: str) -> bool:
    return _one_allowed(text) and "CUSD" not in text


def _one_allowed(text: str) -> bool:
    return text in _TEXTS or any(_fits(pattern, text) for pattern in _PATTERNS)


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.fullmatch(text)
    if found is None:
        return False
    parts = found.groupdict()
    if packed := parts.get("packed"):
        return objection(gsm7.unpack(bytes.fromhex(packed))) is None
    if code := parts.get("code"):
        return objection(code) is None
    return True


if __name__ == "__main__":
    sys.stdout.write(markdown_table())
