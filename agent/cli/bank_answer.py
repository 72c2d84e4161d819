"""What the simulated bank answers to its keyboard, in the language of the process: it knows English alone.

The meanings of its commands and faults are put into the catalogue from there (tests/language/command_line.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.language import N_, Retelling, _, current_language

error_in: Final = Retelling(
    N_("no such command: {name}; try help"),
    N_("no such module: {name}"),
    N_("no such fault: {name}; there are {names}"),
    N_("expected: {usage}"),
    N_("there is no SIM in {name}"),
    N_("a number from 0 to {most} is expected, not {text}"),
    N_("seconds, on, off or once are expected, not {text}"),
    N_("seconds are 0 to 3600"),
    N_("the second word can only be: {words}"),
)
"""Says in another language why a command was not carried out."""


def for_people(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with its sentences translated; ports are left out, which are shown when they change."""
    shown = {key: value for key, value in answer.items() if key != "ports"}
    if "help" in shown:
        shown["help"] = [_line(str(line)) for line in shown["help"]]
        shown["faults"] = {name: _(meaning) for name, meaning in shown["faults"].items()}
    if "text" in shown:
        shown["text"] = error_in(str(shown["text"]), current_language())
    return shown


def _line(line: str) -> str:
    usage, colon, meaning = line.partition(": ")
    return f"{usage}{colon}{_(meaning)}"
