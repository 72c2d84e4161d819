"""Cutting a V.250 command line into its commands."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import lru_cache

EXTENDED = "+^#!$*%_\\"
"""What an extended command begins with; + is V.250's, the rest are vendors'."""


class Form(enum.StrEnum):
    """The four forms of an extended command; a basic command is EXECUTE, or SET where it has a value."""

    EXECUTE = ""
    READ = "?"
    TEST = "=?"
    SET = "="


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a line: `+CREG=2` is name "+CREG", form SET, value "2"; `E0` is name "E", value "0"."""

    name: str
    form: Form
    value: str = ""
    spelled: str = ""
    """As it was typed, without "AT"."""

    @property
    def key(self) -> str:
        """Name, form and value: the key of an answer in a personality."""
        return f"{self.name}{self.form}{self.value}"

    @property
    def arguments(self) -> list[str]:
        """The comma-separated values, without quotes."""
        return [argument.strip().strip('"') for argument in _split(self.value, ",")]


@lru_cache(maxsize=4096)
def commands_of(line: str) -> tuple[Command, ...] | None:
    """Cut a line (without its CR) into commands; None for a line without "AT", which a module ignores.

    What comes before "AT" is line noise to a module. `aT` and `At` are not distinguished from `AT` and
    `at`, though most modules are stricter (docs/at-field-guide.md §1.5).
    """
    start = line.upper().find("AT")
    if start < 0:
        return None
    body = line[start + 2 :].strip()
    if body[:1] in {"D", "d"}:  # a dial string may hold ";", which makes it a voice call
        return (Command("D", Form.SET, body[1:].strip(), body),)
    commands: list[Command] = []
    for piece in _split(body, ";"):
        commands += _basic_and_extended(piece.strip())
    return tuple(commands)


def _split(text: str, separator: str) -> list[str]:
    """Split at separators outside of quotes."""
    if '"' not in text:
        return text.split(separator)
    pieces, quoted, piece = [], False, ""
    for character in text:
        quoted ^= character == '"'
        if character == separator and not quoted:
            pieces.append(piece)
            piece = ""
        else:
            piece += character
    return [*pieces, piece]


def _basic_and_extended(piece: str) -> list[Command]:
    """Read basic commands, which need no separator, and the extended command that may follow them."""
    commands = []
    rest = piece
    while rest:
        if rest[0] in EXTENDED:
            commands.append(_extended(rest))
            break
        command, rest = _basic(rest)
        commands.append(command)
    return commands


def _extended(text: str) -> Command:
    head, equals, value = text.partition("=")
    name = head.strip().upper()
    if equals:
        value = value.strip()
        return Command(name, Form.TEST, "", text) if value == "?" else Command(name, Form.SET, value, text)
    if name.endswith("?"):
        return Command(name[:-1].strip(), Form.READ, "", text)
    return Command(name, Form.EXECUTE, "", text)


def _basic(text: str) -> tuple[Command, str]:
    """Read a basic command: a letter, or & and a letter, or S and a number; then digits, `?` or `=value`."""
    length = 2 if text[0] == "&" else 1
    while length < len(text) and text[0] in "sS" and text[length].isdecimal():
        length += 1
    name, rest = text[:length].upper(), text[length:].lstrip()
    if name == "G" and rest[:2].upper() in {"MI", "MM", "MR", "SN"}:  # A6: docs/at-field-guide.md §2.2
        return Command(name + rest[:2].upper(), Form.EXECUTE, "", text), rest[3:]
    if rest.startswith("=?"):
        return Command(name, Form.TEST, "", text), rest[2:]
    if rest.startswith("?"):
        return Command(name, Form.READ, "", text), rest[1:]
    digits = rest.removeprefix("=")
    width = len(digits) - len(digits.lstrip("0123456789"))
    return Command(name, Form.SET if width else Form.EXECUTE, digits[:width], text), digits[width:].lstrip()
