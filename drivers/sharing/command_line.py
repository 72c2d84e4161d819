"""A client's command line: its commands (V.250 §5.2), and the line that the module gets instead."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_BASIC: Final = re.compile(
    r"\s*(?P<name>S\d+|[&\\]?[A-Z])\s*(?P<form>=\?|\?|=|)\s*(?P<value>\d*)[\s;]*", re.IGNORECASE
)
_EXTENDED: Final = re.compile(
    r"\s*(?P<name>[+^#!$*%_][A-Z0-9$_.&]*)\s*(?P<form>=\?|\?|=|)(?P<value>(?:\"[^\"]*\"?|[^\";])*)[\s;]*",
    re.IGNORECASE,
)
_DIAL: Final = re.compile(r"\s*D(?P<value>.*)", re.IGNORECASE | re.DOTALL)

SESSION: Final = frozenset({"E", "V", "Q"})
"""Basic commands: a missing value is 0 (V.250 §6.2.4 to §6.2.6), and no module refuses them."""
CHARACTERS: Final = {"S3": 13, "S4": 10, "S5": 8}
"""Line end, line feed and backspace (V.250 §6.2.1 to §6.2.3); the module keeps these defaults."""
RESETS: Final = frozenset({"Z", "&F"})
_REPLACED: Final = frozenset({"", "0", "1", "2"})
"""Values that ours covers. A larger one makes the module report more, and passes."""

_USUAL: Final = 20.0
_SLOW: Final = 60.0
_NETWORK: Final = 180.0
_SEARCH: Final = 330.0
_SECONDS: Final = dict.fromkeys(
    ("D", "A", "O", "H", "+CMGS", "+CMGW", "+CMSS", "+CMGC", "+CNMA", "+CUSD", "+CFUN", "+CGATT", "+CGACT",
     "+CLCK", "+CPWD", "+CCFC", "+CCWA", "+CPIN", "+CHUP"), _NETWORK,
) | dict.fromkeys(("+CMGL", "+CMGR", "+CMGD", "+CPMS", "+CPBR", "+CPBF"), _SLOW) | {"+COPS": _SEARCH}  # fmt: skip
"""docs/at-field-guide.md §1.6, and the times that 3GPP TS 27.007 allows."""
_READS_MESSAGES: Final = frozenset({"+CMGL", "+CMGR"})
_ASKS_NO_BODY: Final = _READS_MESSAGES | {"+CPBR", "+CPBF"}


class Form(enum.StrEnum):
    """The four forms of a command (V.250 §5.4)."""

    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    SET = "="


@dataclass(frozen=True, slots=True)
class Part:
    """One command of a line; `text` is all of it as typed, with the separator behind it."""

    name: str
    form: Form
    value: str
    text: str

    @property
    def is_session(self) -> bool:
        """Whether it sets echo, words or digits, or final results."""
        return self.name in SESSION and self.form in {Form.EXECUTE, Form.SET}


@dataclass(frozen=True)
class CommandLine:
    """A complete line, from its AT on and without its end."""

    text: str

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its commands, in order."""
        return tuple(_cut(self.text[2:]))

    def for_module(self, kept: Mapping[str, str]) -> str:
        """The line that the module gets: the same, with our values of the settings in `kept` (name to value)."""
        return self.text[:2] + "".join(_for_module(part, kept) for part in self.parts)

    def reads(self, name: str) -> bool:
        """Whether it reads this setting, so that a line which begins with the name is its answer."""
        return any(part.name == name and part.form is Form.READ for part in self.parts)

    def sets(self, name: str) -> str | None:
        """Return the value that it sets before it reads it; None where it does not set it."""
        value = None
        for part in self.parts:
            if part.name == name and part.form is Form.READ:
                break
            if part.name == name and part.form is Form.SET:
                value = part.value or "0"
        return value

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that lines of its answer may begin with."""
        return frozenset(part.name for part in self.parts)

    @property
    def is_call(self) -> bool:
        """Whether it dials, answers or resumes a call, so that call results are its final results."""
        return bool(self.names & {"D", "A", "O"})

    @property
    def resets(self) -> bool:
        """Whether it resets the module's settings to unknown values, so that ours have to be made again."""
        return bool(self.names & RESETS)

    @property
    def multiplexes(self) -> bool:
        """Whether frames follow its OK (3GPP TS 27.010)."""
        return any(part.name == "+CMUX" and part.form is Form.SET for part in self.parts)

    @property
    def reads_messages(self) -> bool:
        """Whether its answer holds message texts, which may look like anything."""
        return bool(self.names & _READS_MESSAGES)

    @property
    def may_ask_for_body(self) -> bool:
        """Whether `> ` can be a prompt, and not the beginning of a stored text."""
        return not self.names & _ASKS_NO_BODY

    @property
    def timeout(self) -> float:
        """Seconds of silence after which no final result is expected any more."""
        return max((_SECONDS.get(part.name, _USUAL) for part in self.parts), default=_USUAL)


def find_command(typed: str) -> CommandLine | None:
    """Return the command line in what was typed, from its AT on; None without one."""
    start = typed.upper().find("AT")
    return None if start < 0 else CommandLine(typed[start:])


def settings_in(text: str) -> dict[str, str]:
    """Return the settings that a command line makes: {"E": "0", "V": "1"} for ATE0V1."""
    return {part.name: part.value for part in CommandLine(text).parts if part.form is not Form.READ}


def _cut(body: str) -> list[Part]:
    parts = []
    at = 0
    while at < len(body):
        found = _DIAL.match(body, at) or _EXTENDED.match(body, at) or _BASIC.match(body, at)
        if found is None:  # no module reads it either
            parts.append(Part("", Form.EXECUTE, "", body[at:]))
            break
        groups = found.groupdict()
        form = Form(groups.get("form", ""))
        if form is Form.EXECUTE and groups["value"]:
            form = Form.SET
        parts.append(Part(groups.get("name", "D").upper(), form, groups["value"].strip(), found[0]))
        at = found.end()
    return parts


def _for_module(part: Part, kept: Mapping[str, str]) -> str:
    if part.form not in {Form.SET, Form.EXECUTE}:
        return part.text
    if part.name in CHARACTERS and part.form is Form.SET:
        ours = str(CHARACTERS[part.name])
    elif part.is_session or (part.form is Form.SET and part.value in _REPLACED):
        ours = kept.get(part.name, "")
    else:
        ours = ""
    if not ours:
        return part.text
    head, tail = _around_value(part)
    return f"{head}{ours}{tail}"


def _around_value(part: Part) -> tuple[str, str]:
    """Return the text in front of the value, and the text behind it."""
    stripped = part.text.rstrip("; \t")
    tail = part.text[len(stripped) :]
    return stripped.removesuffix(part.value), tail
