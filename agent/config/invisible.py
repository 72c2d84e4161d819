"""Characters in config.yaml that are invisible or look like a blank: its text was copied from a page or a chat."""

from __future__ import annotations

import unicodedata
from typing import Final

from agent.config.problem import Problem

_BLANKS: Final = {"Zs", "Zl", "Zp", "Cf"}
"""Unicode's categories of blanks, of line ends, and of format characters."""


def invisible_character(text: str) -> str:
    """Return the name and code of the first such character, "no-break space (U+00A0)"; empty where there is none."""
    found = next((char for char in text if char != " " and unicodedata.category(char) in _BLANKS), "")
    return f"{unicodedata.name(found, 'character').lower()} (U+{ord(found):04X})" if found else ""


def invisible_in(text: str, file: str) -> list[Problem]:
    """Return a problem for each line with such a character outside quotes and comments; the text is no YAML."""
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        plain = _without_quotes(line)
        column = next((index for index, char in enumerate(plain) if invisible_character(char)), None)
        if column is not None:
            problems.append(
                Problem(
                    file=file,
                    line=number,
                    column=column + 1,
                    message=f"YAML: an invisible character: {invisible_character(plain)}",
                    hint="it is no blank; put a blank in its place, or type the line again",
                )
            )
    return problems


def _without_quotes(line: str) -> str:
    """Return the line up to its comment, with what stands in quotes left blank."""
    plain, quote = "", ""
    for char in line:
        if quote:
            quote = "" if char == quote else quote
            plain += " "
        elif char in "\"'":
            quote = char
            plain += " "
        elif char == "#" and (not plain or not plain[-1].strip()):
            break
        else:
            plain += char
    return plain
