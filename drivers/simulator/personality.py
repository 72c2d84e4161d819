"""Personalities: what a kind of module answers, as data.

Each `personalities/*.toml` overrides `3gpp.toml`, which holds what the standards ask of every module. A text with
{braces} is a template over the names in template.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "personalities"
BASE = "3gpp"
WHOLE = frozenset({"ports", "protocols"})
"""Tables that a personality replaces instead of adding to them."""
MISSING = {"2g": ("+CEREG", "+CESQ"), "3g": ("+CEREG",), "lte": ()}
"""Commands that a generation does not have (3GPP TS 27.007 §10.1.22, §8.69)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A session setting such as +CMEE: its default, the range that `=?` shows, and the template of its `?`."""

    value: str
    test: str = ""
    read: str = "{n}"


@dataclass(frozen=True, slots=True)
class Urc:
    """A URC. `when` names the setting that has to be other than 0 for it to come."""

    text: str
    when: str = ""
    line_end: str = "\r\n"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from power or insertion to each step, as real modules need them (at --speed 1)."""

    sim: float = 1.0
    registration: float = 5.0
    phonebook: float = 6.0
    banner: float = 1.0


@dataclass(frozen=True, slots=True)
class UsbLayout:
    """A native USB modem: `ports` gives each interface's role: at, diag, nmea or silent."""

    vid: str
    pid: str
    product: str
    ports: Mapping[int, str]
    protocols: Mapping[int, int] = field(default_factory=dict)
    """bInterfaceProtocol, where that and not the number identifies an interface (Huawei)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One kind of module. Keys of `answers` and `card_answers` are `Command.key`, names or whole settings."""

    name: str
    vendor: str
    generation: str
    """2g, 3g or lte: which of +CREG, +CGREG, +CEREG there are."""
    tac: str
    """First eight digits of the IMEI."""
    latency: float
    """Seconds until an answer begins."""
    unknown: str
    cme: str
    answers: Mapping[str, tuple[str, ...]]
    card_answers: Mapping[str, tuple[str, ...]]
    """Answered only while the card is open; else refused as `card_refusals` says."""
    refused: Mapping[str, str]
    """Refusals of single commands, by key or name."""
    settings: Mapping[str, Setting]
    cpin: Mapping[str, str]
    card_refusals: Mapping[str, str]
    registration: Mapping[str, str]
    number: Mapping[str, Any]
    operator: Mapping[str, str]
    ussd: str
    urcs: Mapping[str, tuple[Urc, ...]]
    times: Times
    quirks: frozenset[str]
    usb: UsbLayout | None = None

    def refusal_of(self, key: str, name: str) -> str | None:
        """Return the refusal of this command; None where it is not refused."""
        return self.refused.get(key) or self.refused.get(name) or None


@cache
def load(name: str) -> Personality:
    """Read one personality; a KeyError names an unknown one."""
    if name == BASE or not (FOLDER / f"{name}.toml").is_file():
        raise KeyError(name)
    return _personality(_read(name))


@cache
def names() -> tuple[str, ...]:
    """The names of all personalities, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != BASE))


def _read(name: str) -> dict[str, Any]:
    """Read a file, merged over the one that it is based on."""
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    below = data.pop("based_on", BASE)
    return data if name == BASE else _merged(_read(below), data)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if key in WHOLE:
            known = None
        merged[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _personality(data: dict[str, Any]) -> Personality:
    missing = dict.fromkeys(MISSING[data["generation"]], data["unknown"])
    data["refused"] = missing | data["refused"]
    data["answers"] = {key: _lines(value) for key, value in data["answers"].items()}
    data["card_answers"] = {key: _lines(value) for key, value in data["card_answers"].items()}
    data["settings"] = {key: Setting(**value) for key, value in data["settings"].items()}
    data["urcs"] = {key: tuple(_urc(urc) for urc in value) for key, value in data["urcs"].items()}
    data["times"] = Times(**data["times"])
    data["quirks"] = frozenset(data["quirks"])
    if usb := data.get("usb"):
        ports = {int(number, 16): role for number, role in usb.pop("ports").items()}
        protocols = {int(number, 16): protocol for number, protocol in usb.pop("protocols", {}).items()}
        data["usb"] = UsbLayout(**usb, ports=ports, protocols=protocols)
    return Personality(**data)


def _lines(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _urc(value: str | dict[str, str]) -> Urc:
    return Urc(value) if isinstance(value, str) else Urc(**value)
