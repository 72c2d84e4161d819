"""The session settings that a client believes its port to have, and the module's lines in the form they ask for.

Echo, words or digits, error format, registration URCs and line ends: the module itself keeps ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.at.replies.errors import cme_words, cms_words
from drivers.sharing.command_line import CHARACTERS, RESETS, SESSION, CommandLine, Form, Part

DIGITS: Final = {
    "OK": "0",
    "CONNECT": "1",
    "RING": "2",
    "NO CARRIER": "3",
    "ERROR": "4",
    "NO DIALTONE": "6",
    "NO DIAL TONE": "6",
    "BUSY": "7",
    "NO ANSWER": "8",
}
"""V.250 §6.3; docs/at-field-guide.md §1.1."""

_ERROR: Final = re.compile(r"\+CM(?P<family>[ES]) ERROR\s*:\s*(?P<code>\d+)$")
_SETTING: Final = re.compile(
    r"(?P<head>(?P<name>[+^#*][A-Z0-9]+)\s*:\s*)(?P<first>[^,]*)(?P<rest>.*)$", re.DOTALL
)
_STATUS: Final = re.compile(r",\s*0{0,2}(?:\d|1[01])\s*(?=,|$)")
"""The second field of the answer to +CREG?; a URC has a quoted location there (docs/at-field-guide.md §7.4)."""


class SessionView:
    """The settings of one shared port. They outlast a client, as in a module, and end with the module's restart."""

    def __init__(self) -> None:
        self.restore()

    def restore(self) -> None:
        """Go back to the defaults of a module after its start."""
        self.echo, self.verbose, self.quiet = True, True, False
        self.line_end, self.line_feed, self.backspace = CHARACTERS.values()
        self._values: dict[str, str] = {}
        self._last_status: dict[str, str] = {}

    def changed(self, parts: Iterable[Part]) -> None:
        """Record the settings that the client made, in the order of the commands."""
        for part in parts:
            if part.name in RESETS:
                self.restore()
            elif part.form not in {Form.SET, Form.EXECUTE}:
                continue
            elif part.name in SESSION:
                self._set(part.name, part.value or "0")
            elif part.name in CHARACTERS and part.value.isdigit() and int(part.value) < 128:
                self._set(part.name, part.value)
            elif part.form is Form.SET:
                self._values[part.name] = part.value or "0"

    def _set(self, name: str, value: str) -> None:
        match name:
            case "E":
                self.echo = value != "0"
            case "V":
                self.verbose = value != "0"
            case "Q":
                self.quiet = value == "1"
            case "S3":
                self.line_end = int(value)
            case "S4":
                self.line_feed = int(value)
            case "S5":
                self.backspace = int(value)

    def _value(self, name: str) -> str:
        return self._values.get(name, "0")

    # Lines

    def answer_line(self, line: str, command: CommandLine, kept: Iterable[str]) -> str | None:
        """Rewrite a line of the answer to `command`, or a URC in between; None where the client gets none.

        `kept`: the names of our settings.
        """
        found = _SETTING.match(line)
        if found is None or found["name"] not in kept:
            return line
        name = found["name"]
        if not command.reads(name):
            return self.urc(line, kept)
        value = command.sets(name) or self._value(name)
        if not name.endswith("REG"):
            return f"{found['head']}{value}{found['rest']}" if value in {"0", "1", "2"} else line
        status = _STATUS.match(found["rest"])
        if status is None:
            return self.urc(line, kept)
        return f"{found['head']}{value}{status[0].rstrip()}" if value in {"0", "1"} else line

    def urc(self, line: str, kept: Iterable[str]) -> str | None:
        """Rewrite a URC as the client has switched it on; None where it has not."""
        found = _SETTING.match(line)
        if found is None or found["name"] not in kept:
            return line
        name, value, status = found["name"], self._value(found["name"]), found["first"]
        before, self._last_status[name] = self._last_status.get(name), status
        if value == "0":
            return None
        if value == "1" and name.endswith("REG"):
            return f"{found['head']}{status}" if status != before else None  # n=1 does not report cells
        return line

    def final_result(self, line: str) -> str:
        """Rewrite a final result as the client's +CMEE asks for (3GPP TS 27.007 §9.1)."""
        found = _ERROR.match(line)
        if found is None:
            return line
        level, code = self._value("+CMEE"), int(found["code"])
        if found["family"] == "E" and level == "0":
            return "ERROR"
        words = (cme_words(code) if found["family"] == "E" else cms_words(code)) if level == "2" else None
        return f"+CM{found['family']} ERROR: {words}" if words else line

    # Bytes

    def print_line(self, lead: bytes, line: str, end: bytes) -> bytes:
        """Print a line between its line ends, or in the form of V0, which has no line end in front."""
        if self.verbose:
            return self._ends(lead) + line.encode("latin-1", "replace") + self._ends(end)
        digit = DIGITS.get(line) if line in {"RING", "NO CARRIER"} else None
        if digit is not None:
            return digit.encode() + self._ends(b"\r")
        return line.encode("latin-1", "replace") + self._ends(b"\r\n")

    def print_final_result(self, lead: bytes, line: str, end: bytes) -> bytes:
        """Print a final result; nothing under Q1."""
        if self.quiet:
            return b""
        if self.verbose:
            return self.print_line(lead, line, end)
        digit = DIGITS.get("CONNECT" if line.startswith("CONNECT") else line)
        return digit.encode() + self._ends(b"\r") if digit else self.print_line(lead, line, end)

    def print_end(self, end: bytes) -> bytes:
        """Print the rest of a line end that came late."""
        return self._ends(end) if self.verbose else b""

    def _ends(self, end: bytes) -> bytes:
        if (self.line_end, self.line_feed) == (13, 10):
            return end
        return end.translate(bytes.maketrans(b"\r\n", bytes((self.line_end, self.line_feed))))
