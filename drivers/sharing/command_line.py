"""A client's command line: what it asks for, and what of it must be said otherwise.

Responsible for the grammar of a line (V.250 §5.2), for putting our value where the client would change a
setting that our reading needs, and for what follows from the names of its commands: how long the module may
take, whether a call begins, whether messages are read. Must not know states, bytes of answers, or time.
"""

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
"""Basic commands whose missing value is 0 (V.250 §6.2.4 to §6.2.6)."""
CHARACTERS: Final = {"S3": 13, "S4": 10, "S5": 8}
"""Line end, its second half and backspace: the module keeps the usual ones (V.250 §6.2.1 to §6.2.3)."""
RESETS: Final = frozenset({"Z", "&F"})
_REPLACED: Final = frozenset({"", "0", "1", "2"})
"""Values for which ours tells enough. A larger one tells more, and does ours no harm."""

_USUAL: Final = 20.0
_SLOW: Final = 60.0
_NETWORK: Final = 180.0
_SEARCH: Final = 330.0
_SECONDS: Final = dict.fromkeys(
    ("D", "A", "O", "H", "+CMGS", "+CMGW", "+CMSS", "+CMGC", "+CNMA", "+CUSD", "+CFUN", "+CGATT", "+CGACT",
     "+CLCK", "+CPWD", "+CCFC", "+CCWA", "+CPIN", "+CHUP"), _NETWORK,
) | dict.fromkeys(("+CMGL", "+CMGR", "+CMGD", "+CPMS", "+CPBR", "+CPBF"), _SLOW) | {"+COPS": _SEARCH}  # fmt: skip
"""docs/at-field-guide.md §1.6, and the times that 27.007 allows."""
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
    """One command of a line; `text` is all of it as it was typed, with what separates it from the next."""

    name: str
    form: Form
    value: str
    text: str

    @property
    def is_session(self) -> bool:
        """Whether it sets echo, words or verdicts, which no module refuses."""
        return self.name in SESSION and self.form in {Form.EXECUTE, Form.SET}


@dataclass(frozen=True)
class CommandLine:
    """A whole line, from its AT on and without its end."""

    text: str

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its commands, in order."""
        return tuple(_cut(self.text[2:]))

    def spoken(self, kept: Mapping[str, str]) -> str:
        """What the module is told: the same line, with our values of the settings that are `kept`."""
        return self.text[:2] + "".join(_spoken(part, kept) for part in self.parts)

    def asks(self, name: str) -> bool:
        """Whether it reads this setting, so that a line which begins with the name answers it."""
        return any(part.name == name and part.form is Form.READ for part in self.parts)

    def makes(self, name: str) -> str | None:
        """Return the value that it gives to this setting before it reads it."""
        made = None
        for part in self.parts:
            if part.name == name and part.form is Form.READ:
                break
            if part.name == name and part.form is Form.SET:
                made = part.value or "0"
        return made

    @cached_property
    def names(self) -> frozenset[str]:
        """What lines of its answer may begin with."""
        return frozenset(part.name for part in self.parts)

    @property
    def calls(self) -> bool:
        """Whether it begins, takes up or ends a call, so that the results of calls are its verdict."""
        return bool(self.names & {"D", "A", "O"})

    @property
    def resets(self) -> bool:
        """Whether it brings back settings that nobody knows, so that ours have to be made anew."""
        return bool(self.names & RESETS)

    @property
    def multiplexes(self) -> bool:
        """Whether frames follow its OK (3GPP TS 27.010)."""
        return any(part.name == "+CMUX" and part.form is Form.SET for part in self.parts)

    @property
    def reads_messages(self) -> bool:
        """Whether its answer holds texts of strangers, which may read like anything."""
        return bool(self.names & _READS_MESSAGES)

    @property
    def may_ask_for_body(self) -> bool:
        """Whether `> ` can be a prompt, and not the beginning of somebody's text."""
        return not self.names & _ASKS_NO_BODY

    @property
    def patience(self) -> float:
        """Seconds without a word from the module after which no verdict can be expected any more."""
        return max((_SECONDS.get(part.name, _USUAL) for part in self.parts), default=_USUAL)


def find_command(typed: str) -> CommandLine | None:
    """Return the command line in what was typed; what stands before its AT is noise to a module, too."""
    start = typed.upper().find("AT")
    return None if start < 0 else CommandLine(typed[start:])


def values_of(text: str) -> dict[str, str]:
    """Return the settings that a command line makes: ATE0V1 gives E and V, AT+CMEE=1 gives +CMEE."""
    return {part.name: part.value for part in CommandLine(text).parts if part.form is not Form.READ}


def _cut(body: str) -> list[Part]:
    parts = []
    at = 0
    while at < len(body):
        found = _DIAL.match(body, at) or _EXTENDED.match(body, at) or _BASIC.match(body, at)
        if found is None:  # no module knows it either
            parts.append(Part("", Form.EXECUTE, "", body[at:]))
            break
        told = found.groupdict()
        form = Form(told.get("form", ""))
        if form is Form.EXECUTE and told["value"]:
            form = Form.SET
        parts.append(Part(told.get("name", "D").upper(), form, told["value"].strip(), found[0]))
        at = found.end()
    return parts


def _spoken(part: Part, kept: Mapping[str, str]) -> str:
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
    """Return what stands before the value and behind it."""
    stripped = part.text.rstrip("; \t")
    tail = part.text[len(stripped) :]
    return stripped.removesuffix(part.value), tail
