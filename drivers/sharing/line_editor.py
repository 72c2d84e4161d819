"""What a client types, up to a complete command line: line end, backspace, echo and A/ (V.250 §5.2)."""

from __future__ import annotations

from typing import Final

from drivers.sharing.command_line import CommandLine, find_command
from drivers.sharing.session_view import SessionView

LONGEST_LINE: Final = 4096
"""Characters of a command line; modules accept between 256 and 2048."""


class Overlong:
    """A line longer than any module accepts."""


class LineEditor:
    """The line that is being typed, in bounded memory."""

    def __init__(self, view: SessionView) -> None:
        self._view = view
        self._line = bytearray()
        self._overlong = False
        self._last: CommandLine | None = None

    def clear(self) -> None:
        """Drop an unfinished line."""
        self._line.clear()
        self._overlong = False

    def take(self, typed: bytearray) -> tuple[bytes, CommandLine | Overlong | None]:
        """Consume `typed` up to the end of a command line; return the echo, and the command if one is complete.

        A line without AT is dropped, as a module does.
        """
        echo = bytearray()
        command: CommandLine | Overlong | None = None
        for byte in typed:
            echo.append(byte)
            command = self._press(byte)
            if command is not None:
                break
        del typed[: len(echo)]
        return (bytes(echo) if self._view.echo else b""), command

    def _press(self, byte: int) -> CommandLine | Overlong | None:
        if byte == self._view.line_end:
            return self._enter()
        if byte == self._view.backspace:
            del self._line[-1:]
        elif len(self._line) >= LONGEST_LINE:
            self._overlong = True
        else:
            self._line.append(byte)
            if len(self._line) <= 3 and self._line.strip().upper() == b"A/":
                self._line.clear()
                return self._last  # V.250 §5.2.4: at once, and without a line end
        return None

    def _enter(self) -> CommandLine | Overlong | None:
        overlong = self._overlong
        command = find_command(self._line.decode("latin-1"))
        self.clear()
        if command is None:
            return None
        if overlong:
            return Overlong()
        self._last = command
        return command
