"""The allow-list: every text that this program may put on a wire of its own accord, and why.

Responsible for the promise "it only asks": ALLOWED is read by people (docs/what-it-asks.md shows it, as
`python -m drivers.at.allowlist` prints it), and `allowed` is held against every byte that reached a wire. Must
not know how a command is answered, nor who wants to send it.

What is stored by the module, what touches messages, calls, profiles, power or the SIM's contents, and what
siblings on other ports would notice (CSCS, CPBS, COPS=) is absent on purpose. So are switches which a module
keeps, or may keep, over a restart: +QURCCFG, +QSIMDET=, +QSIMSTAT=, +USIMSTAT=, +WIND=, ^CURC=.
"""

from __future__ import annotations

import enum
import re
import sys
from dataclasses import dataclass
from typing import Final

from drivers.at import gsm7
from drivers.at.ussd_codes import objection

ESCAPE: Final = "\x1b"
"""Leaves a text prompt without sending anything (3GPP TS 27.005 §3.5.1)."""


class Kind(enum.StrEnum):
    """What saying it does."""

    QUESTION = "question"
    """Reads; nothing changes anywhere."""
    SETTING = "setting"
    """Changes this port until the module restarts; nothing is stored."""
    NETWORK = "network"
    """Reaches the network; only if the operator configured it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the allow-list: `shown` is the command as people read it, <…> stands for a number."""

    shown: str
    kind: Kind
    reason: str
    pattern: re.Pattern[str] | None = None
    """For commands with a number inside; a plain text is matched as it stands."""


def _ask(shown: str, reason: str) -> Entry:
    return Entry(shown, Kind.QUESTION, reason)


def _set(shown: str, reason: str) -> Entry:
    return Entry(shown, Kind.SETTING, reason)


_ICCID = "which card it is (ICCID), in this vendor's words"
_WHO = "who the module is"
_IMEI = "the module's IMEI"
_SIM = "whether a SIM is there, in this vendor's words"
_HERE = "whether the SIM is registered"
_NEWS = "lets this port tell at once when the SIM comes or goes; forgotten at restart"

ALLOWED: Final[tuple[Entry, ...]] = (
    _ask("AT", "whether anybody answers"),
    _ask(ESCAPE, "leaves a text prompt that another program left open, without sending anything"),
    _set("ATE0", "no echo on this port; shorter answers"),
    _set("ATV1", "answers in words on this port"),
    _set("ATQ0", "answers are given at all on this port; finds the rate and the place in the dialogue again"),
    _set("ATE0V1Q0", "the three settings above in one command"),
    _set("AT+CMEE=1", "errors come with their number on this port"),
    _set("AT+CREG=2", "this port tells changes of registration (GSM), with the form of the answer fixed"),
    _set("AT+CEREG=2", "the same for LTE"),
    _set("AT+CSMINS=1", _NEWS),
    _set("AT#QSS=1", _NEWS),
    _set("AT^SCKS=1", _NEWS),
    _ask("ATI", _WHO),
    _ask("AT+CGMI", _WHO),
    _ask("AT+CGMM", _WHO),
    _ask("AT+CGMR", _WHO),
    _ask("AT+CGSN", _IMEI),
    _ask("AT+GSN", _IMEI),
    _ask("ATGSN", _IMEI),
    _ask("AT+CPIN?", "whether the SIM is ready, locked or missing; no PIN is ever sent"),
    _ask("AT+CFUN?", "whether the radio was switched off by somebody else"),
    _ask("AT+CSMINS?", _SIM),
    _ask("AT+QSIMSTAT?", _SIM),
    _ask("AT#QSS?", _SIM),
    _ask("AT^SCKS?", _SIM),
    _ask("AT^SYSINFO", "service and SIM state of a Huawei module"),
    _ask("AT^SYSINFOEX", "service and SIM state of a Huawei module"),
    _ask("AT+CCID", _ICCID),
    _ask("AT+CCID?", _ICCID),
    _ask("AT+CICCID", _ICCID),
    _ask("AT+QCCID", _ICCID),
    _ask("AT+ICCID", _ICCID),
    _ask("AT^ICCID?", _ICCID),
    _ask("AT+ZGETICCID", _ICCID),
    _ask("AT#CCID", _ICCID),
    _ask("AT^SCID", _ICCID),
    _ask("AT+CXXCID", _ICCID),
    _ask("AT!ICCID?", _ICCID),
    _ask("AT+SQNCCID", _ICCID),
    _ask("AT%XICCID", _ICCID),
    _ask("AT+CIMI", "whose SIM it is (IMSI)"),
    _ask("AT+CNUM", "the SIM's own number, if the card knows it"),
    _ask("AT+CREG?", _HERE),
    _ask("AT+CGREG?", _HERE),
    _ask("AT+CEREG?", _HERE),
    _ask("AT+CSQ", "signal strength"),
    _ask("AT+CSQ?", "signal strength, for modules that know only this form"),
    _ask("AT+COPS?", "the network's name, in whatever form it is set to"),
    _ask("AT+CRSM=176,12258,0,0,10", "reads the card's ICCID file (EF_ICCID)"),
    _ask("AT+CRSM=192,28480", "reads how long a record of the own-number file is (EF_MSISDN)"),
    Entry(
        "AT+CRSM=178,28480,1,4,<length>",
        Kind.QUESTION,
        "reads the first record of the own-number file (EF_MSISDN)",
        re.compile(r"AT\+CRSM=178,28480,1,4,(?:1[4-9]|[2-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"),
    ),
    Entry(
        'AT+CUSD=1,"*<digits>#",15',
        Kind.NETWORK,
        "asks the network for the SIM's own number; off unless configured, service codes are refused",
        re.compile(r'AT\+CUSD=1,(?:"(?P<code>[*0-9#]{3,32})"|(?P<packed>(?:[0-9A-F]{2}){2,28})),15'),
    ),
)

_DOES: Final = {
    Kind.QUESTION: "asks; changes nothing",
    Kind.SETTING: "sets, for this port until the module restarts",
    Kind.NETWORK: "asks the network, only if you configured it",
}


def markdown_table() -> str:
    """ALLOWED for people: a Markdown table, one row for all commands with the same reason."""
    rows: dict[tuple[Kind, str], list[str]] = {}
    for entry in ALLOWED:
        shown = "ESC" if entry.shown == ESCAPE else f"`{entry.shown}`"
        rows.setdefault((entry.kind, entry.reason), []).append(shown)
    lines = ["| What is said | What that does | What for |", "|---|---|---|"]
    lines += [f"| {' '.join(shown)} | {_DOES[kind]} | {reason} |" for (kind, reason), shown in rows.items()]
    return "\n".join(lines) + "\n"


_TEXTS = frozenset(entry.shown for entry in ALLOWED if entry.pattern is None)
_PATTERNS = tuple(entry.pattern for entry in ALLOWED if entry.pattern is not None)
_EXTENDED = frozenset("+^#%!*$")


def allowed(wire_text: str) -> bool:
    """Whether this text, with or without the one CR that ends it, may go to a module.

    A chain (V.250 §5.2.1: extended commands joined by semicolons) is allowed when each of its links is.
    """
    text = wire_text.removesuffix("\r")
    if _one_allowed(text):
        return True
    first, *rest = text.split(";")
    return (
        bool(rest)
        and first[2:3] in _EXTENDED
        and all(link[:1] in _EXTENDED for link in rest)
        and all(map(_chainable, (first, *("AT" + link for link in rest))))
    )


def _chainable(text: str) -> bool:
    return _one_allowed(text) and "CUSD" not in text


def _one_allowed(text: str) -> bool:
    return text in _TEXTS or any(_fits(pattern, text) for pattern in _PATTERNS)


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    form = pattern.fullmatch(text)
    if form is None:
        return False
    parts = form.groupdict()
    if packed := parts.get("packed"):
        return objection(gsm7.unpack(bytes.fromhex(packed))) is None
    if code := parts.get("code"):
        return objection(code) is None
    return True


if __name__ == "__main__":
    sys.stdout.write(markdown_table())
