"""What goes over the control socket: one request in one line, one answer in one line, both JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from agent.control.answer_texts import UNKNOWN_REQUEST
from agent.language import _

Task = Literal["modules", "rename", "move", "move_all", "forget"]
LONGEST_REQUEST: Final = 16_384
LONGEST_ANSWER: Final = 4 * 2**20
"""Bytes."""


class BadMessage(Exception):
    """What came is no message of this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be done: `name` is a module's name, or what is to be forgotten.

    `to` is its new name, or where it is now in every way of writing it; `swap`: two modules exchange their names.
    """

    task: Task
    name: str = ""
    to: tuple[str, ...] = ()
    swap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePlace:
    """One name: the place that it belongs to, and the ports there; none while no module is there."""

    name: str
    place: str
    ports: tuple[str, ...] = ()
    imei: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a request: lines for a person; `refused` says why nothing was done, "" where it was."""

    lines: tuple[str, ...] = ()
    modules: tuple[ModulePlace, ...] = ()
    refused: str = ""


_REQUEST: Final = TypeAdapter(Request)
_ANSWER: Final = TypeAdapter(Answer)


def request_line(request: Request) -> bytes:
    """Return the request as it is sent."""
    return _REQUEST.dump_json(request) + b"\n"


def answer_line(answer: Answer) -> bytes:
    """Return the answer as it is sent."""
    return _ANSWER.dump_json(answer) + b"\n"


def read_request(line: bytes) -> Request:
    """Return the request in a line. Raises BadMessage."""
    try:
        return _REQUEST.validate_json(line)
    except ValidationError as why:
        raise BadMessage(UNKNOWN_REQUEST) from why


def read_answer(line: bytes) -> Answer:
    """Return the answer in a line. Raises BadMessage."""
    try:
        return _ANSWER.validate_json(line)
    except ValidationError as why:
        raise BadMessage(_("its answer is unknown: it is of another version than the command")) from why
