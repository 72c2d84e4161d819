"""What YAML makes of an unquoted text, and that text again.

Responsible for reading it by YAML's rules and yet keeping it as written, because YAML turns +46… into an amount and
0046 into 46. Must not know under which key a value stands, nor what may stand there.
"""

from __future__ import annotations

import re
from typing import Any

_INT = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


class WrittenInt(int):
    """A whole number that YAML read from an unquoted text; `written` is that text, with its `+` and zeros."""

    written: str


class WrittenFloat(float):
    """The same for a number with a point or an exponent."""

    written: str


def plain(text: str) -> Any:
    """An unquoted scalar by YAML 1.2's core schema (§10.3.2), without octal, hexadecimal, .inf and .nan."""
    if text.lower() in _CONSTANTS and text in {text.lower(), text.title(), text.upper()}:
        return _CONSTANTS[text.lower()]
    number: WrittenInt | WrittenFloat
    if _INT.fullmatch(text):
        number = WrittenInt(text)
    elif _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
    else:
        return text
    number.written = text
    return number


def as_written(value: Any) -> Any:
    """The text of the file where YAML made a number of it: 0046 and +46… are no amounts."""
    return value.written if isinstance(value, WrittenInt | WrittenFloat) else value
