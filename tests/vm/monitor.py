"""QEMU's monitor (QMP): one JSON object a line, one client at a time."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, TextIO


class MonitorError(Exception):
    """What QEMU refused, in its words."""


class Monitor:
    """Connects to the socket at `path` with the first command."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: TextIO | None = None

    def command(self, name: str, **arguments: Any) -> Any:
        """Run a command; return what it gives, or raise MonitorError."""
        if self._stream is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(self._path))
            self._stream = connection.makefile("rw")
            self._stream.readline()  # the greeting
            self.command("qmp_capabilities")
        self._stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self._stream.flush()
        for line in self._stream:
            answer = json.loads(line)
            if "error" in answer:
                raise MonitorError(f"{name} {arguments}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise MonitorError("QEMU has ended")

    def close(self) -> None:
        """Forget a QEMU that has ended."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
