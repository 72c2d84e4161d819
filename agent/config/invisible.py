"""Signs that cannot be seen, or look like a blank, in the text of config.yaml: it was copied from a page or a chat."""

from __future__ import annotations

import unicodedata
from typing import Final

from agent.config.problem import Problem

_BLANKS: Final = {"Zs", "Zl", "Zp", "Cf"}
"""Unicode's categories of blanks, of line ends, and of format characters."""


def invisible_sign(text: str) -> str:
    """Return the name and code of the first such sign, "no-break space (U+00A0)"; empty where there is none."""
    sign = next((char for char in text if char != " " and unicodedata.category(char) in _BLANKS), "")
    return f"{unicodedata.name(sign, 'sign').lower()} (U+{ord(sign):04X})" if sign else ""


def invisible_in(text: str, file: str) -> list[Problem]:
    """Return a problem for each line with such a sign outside of quotes and comments, in a text that is no YAML."""
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        plain = _without_quotes(line)
        column = next((index for index, char in enumerate(plain) if invisible_sign(char)), None)
        if column is not None:
            problems.append(
                Problem(
                    file=file,
                    line=number,
                    column=column + 1,
                    message=f"YAML: a sign that cannot be seen: {invisible_sign(plain)}",
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
