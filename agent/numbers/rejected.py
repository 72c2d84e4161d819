"""A text that is no certain number, as the detail of a verdict: one line that names what is wrong with it."""

from __future__ import annotations

import re
from typing import Final

from agent.config.problem import excerpt
from agent.formats.number_fault import Fault, Objection
from agent.language import N_, translation

_DETAIL: Final = re.compile(
    r"(?P<text>.*) \[(?P<fault>[a-z_]+)(?: U\+(?P<character>[0-9A-F]{4,6}))?(?: line (?P<line>\d+))?\]",
    re.DOTALL,
)
_IN_LINE: Final = N_(
    "{text} {objection}; write the number with + and country code in line {line} of sims_file"
)
_ANYWHERE: Final = N_(
    "{text} {objection}; write the number with + and country code under sims or in sims_file"
)


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
    objection = Objection(Fault(found["fault"]), character).message(language)
    sentence = translation(language).gettext(_IN_LINE if found["line"] else _ANYWHERE)
    return sentence.format(text=found["text"], objection=objection, line=found["line"])
