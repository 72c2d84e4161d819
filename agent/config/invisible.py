"""Characters in config.yaml that are invisible or look like a blank: its text was copied from a page or a chat."""

from __future__ import annotations

import unicodedata
from typing import Final

from agent.config.problem import Problem
from agent.language import N_, _

_BLANKS: Final = {"Zs", "Zl", "Zp", "Cf"}
"""Unicode's categories of blanks, of line ends, and of format characters."""
_UNNAMED: Final = N_("character")
_NAMES: Final = {
    "\u00a0": N_("no-break space"),
    "\u00ad": N_("soft hyphen"),
    "\u2002": N_("en space"),
    "\u2003": N_("em space"),
    "\u2009": N_("thin space"),
    "\u200b": N_("zero width space"),
    "\u200d": N_("zero width joiner"),
    "\u200e": N_("left-to-right mark"),
    "\u200f": N_("right-to-left mark"),
    "\u2028": N_("line separator"),
    "\u202f": N_("narrow no-break space"),
    "\u2060": N_("word joiner"),
    "\u3000": N_("ideographic space"),
    "\ufeff": N_("byte order mark"),
}
"""Of those that are met; the rest have their code."""


def invisible_character(text: str) -> str:
    """Return the name and code of the first such character, "no-break space (U+00A0)"; empty where there is none."""
    found = next((char for char in text if char != " " and unicodedata.category(char) in _BLANKS), "")
    name = _NAMES.get(found, _UNNAMED)
    return f"{_(name)} (U+{ord(found):04X})" if found else ""


def invisible_in(text: str, file: str) -> list[Problem]:
    """Return a problem for each line with such a character outside quotes and comments; the text is no YAML."""
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        plain = _without_quotes(line)
        column = next((index for index, char in enumerate(plain) if invisible_character(char)), None)
        if column is not None:
            message = _("an invisible character: {character}").format(character=invisible_character(plain))
            hint = _("it is not a space: put one in its place, or type the line again")
            found = Problem(file=file, line=number, column=column + 1, message=f"YAML: {message}", hint=hint)
            problems.append(found)
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
