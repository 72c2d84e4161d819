"""What ports of serial servers (socket://, rfc2217://) do that ttys do not: go deaf, and say why they close."""

from __future__ import annotations

import re
from typing import Final

from agent.formats.printable import one_line
from drivers.observation import Observation
from drivers.vendors import meaning_in_any_dialect

DEAF_POLLS: Final = 3
"""Polls in a row without any answer after which the connection is made anew: a new one is often answered."""
DEAF_SHARED: Final = 300.0
"""Seconds of silence where another program shares the port: its data call is no deafness."""
LONGEST_BACKOFF: Final = 60.0
"""Seconds between two connections to a server that is silent: each may drop DTR at its end."""
WORDS_LIMIT: Final = 256
"""Bytes of what a server says that are kept, and about the most that is shown."""

_TELNET: Final = re.compile(rb"\xff(?:[\xfb-\xfe].|\xfa[^\xff]{0,64}\xff\xf0|[\xf0-\xf9])", re.DOTALL)
"""Telnet's negotiation (RFC 854), which is nothing for people."""
_A_WORD: Final = re.compile(r"[^\W\d_]{3}")
_COMMAND_OR_RESULT: Final = re.compile(
    r"AT(?:$|[+^*#$!&]|[EVQ]\d|I\d?$)|OK$|ERROR$|[+^*#$!]\w", re.IGNORECASE
)


def is_network(address: str) -> bool:
    """Whether a port is one of a serial server."""
    return "://" in address


class Deafness:
    """Notices that an open connection has fallen silent for good."""

    def __init__(self) -> None:
        self._silent = 0
        self._since = 0.0

    def notes(self, seen: Observation, now: float, *, shared: bool) -> bool:
        """Count a poll; whether the connection is deaf now, and to be made anew."""
        told = (seen.sim, seen.iccid, seen.imsi, seen.registration, seen.signal_dbm)
        if any(value is not None for value in told):
            self._silent = 0
            return False
        if not self._silent:
            self._since = now
        self._silent += 1
        deaf = self._silent >= DEAF_POLLS and (not shared or now - self._since >= DEAF_SHARED)
        if deaf:
            self._silent = 0
        return deaf


def words(received: bytes) -> str:
    """What a serial server said before it closed, in one line; empty for what a module would send, or for nothing."""
    text = _TELNET.sub(b"", received[:WORDS_LIMIT]).decode("utf-8", errors="replace")
    lines = [one_line(line.replace("\ufffd", " "), WORDS_LIMIT) for line in re.split(r"[\r\n]+", text)]
    said = [line for line in lines if _A_WORD.search(line) and not _is_of_module(line)]
    return " ".join(said)


def server_says(said: str) -> str:
    """The verdict's detail for words of a serial server."""
    return f'the serial server says "{said}"'


def _is_of_module(line: str) -> bool:
    return _COMMAND_OR_RESULT.match(line) is not None or meaning_in_any_dialect(line) is not None
