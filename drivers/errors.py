"""The errors of the drivers, one type for each thing that a caller does differently.

    DriverError
    ├── PortUnavailable   the port could not be opened: say why, look again later
    ├── LinkLost          an open port ended: throw the link away and open a new one
    ├── NoAnswer          nothing, or nothing whole, within the time: resynchronise, ask again
    ├── Refused           the module said no, with a code or words: record it, it is an answer
    └── Nonsense          an answer that no rule reads: record and count it, conclude nothing

Must not know where an error is handled, nor any text meant for the operator.
"""

from __future__ import annotations

import enum


class DriverError(Exception):
    """Anything that went wrong between us and a module."""


class PortProblem(enum.StrEnum):
    """Why a port could not be opened."""

    GONE = "gone"
    BUSY = "busy"
    FORBIDDEN = "forbidden"
    BROKEN = "broken"


class PortUnavailable(DriverError):
    """The port could not be opened.

    `holder` names the program that has it, as far as our rights reach ("gammu-smsd (pid 312)"),
    else holds the command that would tell; empty where no other program is the cause.
    """

    def __init__(self, problem: PortProblem, detail: str, *, holder: str = "") -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.holder = holder


class LinkLost(DriverError):
    """The open port ended: unplugged, hung up, or closed by us while a question was under way."""


class NoAnswer(DriverError):
    """No final result came in time. `lines` holds what had come of the answer until then."""

    def __init__(self, command: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(f"no answer to {command}")
        self.command = command
        self.lines = lines


class Refused(DriverError):
    """The module answered with an error.

    `code` is the number of +CME ERROR (3GPP TS 27.007 §9.2) or +CMS ERROR (27.005 §3.2.5), words already turned
    into their number where the table knows them; None for a plain ERROR and for unknown words.
    `lines` holds what came before the error.
    """

    def __init__(self, command: str, code: int | None, words: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(f"{command} was refused: {words}")
        self.command = command
        self.code = code
        self.words = words
        self.lines = lines


class Nonsense(DriverError):
    """A line came where an answer belongs, and no rule reads it."""

    def __init__(self, command: str, line: str) -> None:
        super().__init__(f"cannot read the answer to {command}: {line!r}")
        self.command = command
        self.line = line
