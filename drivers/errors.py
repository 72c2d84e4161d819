"""The errors of the drivers, one type for each thing that a caller does differently.

DriverError
├── PortUnavailable   the port could not be opened: report why, try again later
├── LinkLost          an open port ended: discard the link and open a new one
│   └── TurnedAway    a serial server closed it with words instead of answers: report those
├── NoAnswer          no final result within the time: resynchronise, ask again
└── Refused           the module answered with an error: that is an answer
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
    NOT_YET = "not_yet"
    """Plugged in a moment ago: udev has not given it to its group yet."""
    BROKEN = "broken"


class PortUnavailable(DriverError):
    """The port could not be opened.

    `holder` names the program that uses it ("gammu-smsd (pid 312)") if we may see it, else the command that shows it;
    empty if no other program is the cause. `said` is what a serial server sent before it closed.
    """

    def __init__(self, problem: PortProblem, detail: str, *, holder: str = "", said: bytes = b"") -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.holder = holder
        self.said = said


class LinkLost(DriverError):
    """The open port ended: unplugged, hung up, or closed by us while a command was under way."""


class TurnedAway(LinkLost):
    """A serial server closed the connection before anything was answered, and said why; `words` is its text."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class NoAnswer(DriverError):
    """No final result came in time. `lines` holds what had come of the answer until then.

    Where it is no `Silence`, the module did not answer a bare AT before the command, which was never sent. `hint` says
    what may be the cause, for people; whoever knows more of the port fills it in.
    """

    def __init__(self, command: str, lines: tuple[str, ...] = (), *, what: str = "no answer") -> None:
        super().__init__(f"{what} to {command}")
        self.command = command
        self.lines = lines
        self.hint = ""


class Silence(NoAnswer):
    """The module is there, and only this command was not answered.

    `ok_alone`: an OK came, and nothing of what has to come before it.
    """

    def __init__(self, command: str, lines: tuple[str, ...] = (), *, ok_alone: bool = False) -> None:
        super().__init__(command, lines, what="no readable answer" if ok_alone else "no answer")
        self.ok_alone = ok_alone


class Refused(DriverError):
    """The module answered with an error.

    `code` is the number of +CME ERROR (3GPP TS 27.007 §9.2) or +CMS ERROR (27.005 §3.2.5), also where `text` was sent
    in its place and is in the table; None for a plain ERROR and for an unknown text. `lines` came before the error.
    """

    def __init__(self, command: str, code: int | None, text: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(f"{command} was refused: {text}")
        self.command = command
        self.code = code
        self.text = text
        self.lines = lines
