"""Foreign text as it may be printed: no control character, bidi mark or escape sequence reaches terminal or reader."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_JOINERS: Final = "\u200c\u200d"
"""They shape letters of Persian and of Indian scripts, and move nothing."""
_NUMBER: Final = re.compile(r"\+[0-9]{1,20}", re.ASCII)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet compute a cell, also in full width."""


def printable(text: str, keep: str = "") -> str:
    r"""Return the text with a code such as \x1b for each character that is not printable; `keep` stays as it is."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _code(char) for char in text)


def _code(char: str) -> str:
    if char == "\u00a0":
        return " "
    if char in _JOINERS:
        return char
    point = ord(char)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def one_line(text: str, longest: int) -> str:
    """Return the text in one line of printable characters, at most so many: of a longer one the beginning."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def to_json(value: Any) -> str:
    """Return JSON in one line, letters of every script as they are, what is not printable as its escape."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(map(_json_escape, text)) if not text.isprintable() else text


def _json_escape(char: str) -> str:
    return char if char.isprintable() or char in _JOINERS else json.dumps(char)[1:-1]


def csv_cell(text: str) -> str:
    """Return a cell in one line that no spreadsheet computes: behind an apostrophe, unless it is a phone number."""
    line = printable(" ".join(text.split()))
    return f"'{line}" if line.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(line) else line
