"""One client's session on one tty of a module: its input, its settings, and the output format of V.250."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

from drivers.simulator.encoding import from_ucs2_hex, ucs2_hex
from drivers.simulator.error_codes import Refusal
from drivers.simulator.personality import Personality

INPUT_LIMIT = 65536
"""Bytes that a client may send ahead; what is beyond is lost, as in a UART."""
LINE_LIMIT = 2048
CRLF = "\r\n"
CTRL_Z, ESCAPE, BACKSPACE = b"\x1a", b"\x1b", 0x08
NUMERIC = {
    "OK": "0",
    "CONNECT": "1",
    "RING": "2",
    "NO CARRIER": "3",
    "ERROR": "4",
    "NO DIALTONE": "6",
    "BUSY": "7",
    "NO ANSWER": "8",
}


class Mode(enum.Enum):
    """What the next byte of the client belongs to."""

    COMMAND = "command"
    BODY = "body"
    DATA = "data"


class Session:
    """The session of one tty; it outlasts a client."""

    def __init__(self, personality: Personality) -> None:
        self.personality = personality
        self.mode = Mode.COMMAND
        self.take_body: Callable[[str | None], Iterable[str]] | None = None
        """Gets the body when the client has ended it, None after ESC."""
        self._input = bytearray()
        self._echoed = 0
        self._last_line = ""
        self.restore()

    def restore(self) -> None:
        """Go back to the defaults: echo on, V1, +CMEE as the personality has it."""
        self.settings = {name: setting.value for name, setting in self.personality.settings.items()}
        self.echo, self.verbose, self.quiet = True, True, False
        self.mode, self.take_body = Mode.COMMAND, None

    @property
    def wants_body(self) -> bool:
        """Whether the last command has asked for a body."""
        return self.mode is Mode.BODY

    # Input

    def receive(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._input += data[: INPUT_LIMIT - len(self._input)]

    def forget_input(self) -> None:
        """Drop what was typed and not yet used, as a restart does."""
        self._input.clear()
        self._echoed = 0

    def take(self) -> tuple[str | None, bytes]:
        """Return the next complete command line or body, None if there is none yet; and what is to be echoed."""
        if self.mode is Mode.DATA:
            return self._take_escape(), b""
        end = self._end_of_item()
        if end is None:
            return None, self._echo_until(len(self._input))
        echo = self._echo_until(end)
        item = bytes(self._input[:end])
        del self._input[:end]
        self._echoed = 0
        if self.mode is Mode.BODY:
            return item.decode("latin-1"), echo
        return self._line(item), echo

    def _end_of_item(self) -> int | None:
        if self.mode is Mode.BODY:
            ends = [at for at in (self._input.find(CTRL_Z), self._input.find(ESCAPE)) if at >= 0]
            return min(ends) + 1 if ends else None
        at = self._input.find(b"\r")
        if at >= 0:
            return at + 1
        if len(self._input) > LINE_LIMIT:
            del self._input[LINE_LIMIT:]
        return None

    def _echo_until(self, end: int) -> bytes:
        if end <= self._echoed:
            return b""
        fresh = bytes(self._input[self._echoed : end])
        self._echoed = end
        return fresh if self.echo else b""

    def _line(self, item: bytes) -> str:
        line = item[:-1].decode("latin-1").strip("\n\0\x1a\x1b ")
        while (at := line.find(chr(BACKSPACE))) >= 0:
            line = line[: max(at - 1, 0)] + line[at + 1 :]
        if line.upper() == "A/":
            return self._last_line
        self._last_line = line
        return line

    def _take_escape(self) -> str | None:
        found = b"+++" in self._input
        self._input.clear()
        return "+++" if found else None

    # Output

    def printed(self, blocks: Iterable[Iterable[str]], final: str | None) -> bytes:
        """Print the lines of each command and the final result, as V and Q ask (V.250 §6.2.5, §6.2.6)."""
        head = "\r\n" if self.verbose else ""
        text = "".join(head + CRLF.join(lines) + CRLF if lines else "" for lines in blocks)
        if final is None or self.quiet:
            return text.encode("latin-1", "replace")
        return (text + self._final(final)).encode("latin-1", "replace")

    def _final(self, final: str) -> str:
        if self.verbose:
            return (
                f"\r\n{final}\r"
                if "final_result_without_lf" in self.personality.quirks
                else f"\r\n{final}\r\n"
            )
        digit = NUMERIC.get(final)
        return f"{digit}\r" if digit else f"{final}\r\n"

    def unsolicited(self, text: str, line_end: str = "\r\n") -> bytes:
        """Print a URC."""
        digit = None if self.verbose else NUMERIC.get(text)
        if digit:
            return f"{digit}\r".encode()
        head = line_end if self.verbose else ""
        return f"{head}{text}{line_end}".encode("latin-1", "replace")

    def refused(self, refusal: Refusal) -> str:
        """Print a refusal as +CMEE asks: ERROR, a number, or words (3GPP TS 27.007 §9.1)."""
        level = self.settings.get("+CMEE", "0")
        if not refusal.kind:
            return "ERROR"
        if refusal.kind == "CMS":
            return f"+CMS ERROR: {refusal.words if level == '2' else refusal.code}"
        if level == "0":
            return "ERROR"
        return self.personality.cme.format(code=refusal.words if level == "2" else refusal.code)

    # Strings

    def encoded(self, text: str) -> str:
        """Write a string in the character set that +CSCS chose."""
        return ucs2_hex(text) if self.settings["+CSCS"] == "UCS2" else text

    def decoded(self, text: str) -> str:
        """Read a string in the character set that +CSCS chose."""
        return from_ucs2_hex(text) if self.settings["+CSCS"] == "UCS2" else text

    def enabled(self, setting: str) -> bool:
        """Whether the first value of a setting is not 0; "" counts as on."""
        return not setting or self.settings.get(setting, "0").partition(",")[0] not in {"0", ""}
