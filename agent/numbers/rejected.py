"""A text that is no certain number, as the detail of a verdict: one line that names what is wrong with it."""

from __future__ import annotations

import re
from typing import Final

from agent.config.problem import excerpt
from agent.formats.number_fault import Fault, Objection

_DETAIL: Final = re.compile(
    r"(?P<text>.*) \[(?P<fault>[a-z_]+)(?: U\+(?P<character>[0-9A-F]{4,6}))?(?: line (?P<line>\d+))?\]",
    re.DOTALL,
)
_WRITE: Final = ("write the number with + and country code", "напишите номер с + и кодом страны")


def rejected(text: str, objection: Objection, line: int = 0) -> str:
    """Return the detail; `line` is that of the sims_file, 0 where the text is not from there."""
    character = f" U+{ord(objection.character):04X}" if objection.character else ""
    place = f" line {line}" if line else ""
    return f"{excerpt(text)} [{objection.fault}{character}{place}]"


def rejected_text(detail: str, language: str = "en") -> str | None:
    """Return a detail of `rejected` as a sentence in `language` ("en" or "ru"); None for any other text."""
    found = _DETAIL.fullmatch(detail)
    if found is None or found["fault"] not in set(Fault):
        return None
    character = chr(int(found["character"], 16)) if found["character"] else ""
    message = Objection(Fault(found["fault"]), character).message(language)
    russian = language == "ru"
    if found["line"]:
        place = (
            f"в строке {found['line']} файла sims_file"
            if russian
            else f"in line {found['line']} of sims_file"
        )
    else:
        place = "в sims или в sims_file" if russian else "under sims or in sims_file"
    return f"{found['text']}{':' if russian else ''} {message}; {_WRITE[russian]} {place}"
