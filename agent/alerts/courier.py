"""Starts the child that sends messages, one at a time, and ends it with all that it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from agent.alerts.texts import Message
from drivers.offload import offload

WITHIN: Final = 30.0
"""Seconds for one batch, the start of the child included."""
GRACE: Final = 3.0
"""Seconds more for the thread that waits for it."""
CHILD: Final = Path(__file__).with_name("child.py")
_ENVIRONMENT: Final = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
)  # fmt: skip
"""Variables that the child gets: those of the network, and no secret of the agent."""
UNANSWERED: Final = f"no answer within {WITHIN:.0f} s"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one service."""

    url: str = field(repr=False)
    message: Message


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery."""

    sent: bool
    why: str = ""
    """Why not, without any part of the URL."""
    may_have_arrived: bool = False
    """Whether a message without an answer may have been taken all the same."""


class Courier:
    """Hands messages to Apprise in a child. `program` and `within` are other ones in tests."""

    def __init__(self, *, program: Path = CHILD, within: float = WITHIN) -> None:
        self._program = program
        self._within = within
        self._child: subprocess.Popen[bytes] | None = None
        self._ending = False
        self._lock = threading.Lock()

    async def send(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Send each message; one receipt for each. Never raises for what services or the system do."""
        messages = [{"url": one.url, **asdict(one.message)} for one in deliveries]
        return await self._receipts(messages, send=True)

    async def examine(self, urls: Sequence[str]) -> list[Receipt]:
        """Let Apprise look at URLs, and send nothing: `sent` says whether it knows the service."""
        return await self._receipts([{"url": url} for url in urls], send=False)

    def end(self) -> None:
        """End the child, if there is one, and start none any more."""
        with self._lock:
            self._ending = True
            if self._child is not None:
                _kill(self._child)

    async def _receipts(self, messages: Sequence[Mapping[str, str]], *, send: bool) -> list[Receipt]:
        request = {"path": sys.path, "within": self._within, "send": send, "messages": messages}
        body = json.dumps(request).encode()
        try:
            answers = await offload(lambda: self._run(body), name="alerts", timeout=self._within + 2 * GRACE)
        except (OSError, RuntimeError) as why:  # no process or thread can be made
            return [Receipt(sent=False, why=f"the child cannot be started: {why}")] * len(messages)
        except TimeoutError:
            self._kill_child()
            answers = b""
        return receipts_of(answers, len(messages))

    def _run(self, request: bytes) -> bytes:
        """Run the child with this request; return its answers, as far as it came. Blocks."""
        with self._lock:
            if self._ending:
                return b""
            # -I: neither the folder of the program nor variables of Python count; its packages are in the request.
            child = self._child = subprocess.Popen(  # noqa: S603  our own file
                [sys.executable, "-I", str(self._program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # a group of its own, which is killed as a whole
                cwd="/",
            )
        try:
            answers, _ = child.communicate(request, timeout=self._within)
        except subprocess.TimeoutExpired:
            _kill(child)
            answers = _rest_of(child)
        finally:
            _kill(child)
            self._child = None
        return answers

    def _kill_child(self) -> None:
        child = self._child
        if child is not None:
            _kill(child)


def receipts_of(answers: bytes, count: int) -> list[Receipt]:
    """Return a receipt for each of `count` messages from the child's answers."""
    receipts = [Receipt(sent=False, why=UNANSWERED, may_have_arrived=True)] * count
    for line in answers.splitlines():
        with suppress(ValueError, KeyError, TypeError):
            answer = json.loads(line)
            if "error" in answer:
                return [Receipt(sent=False, why=str(answer["error"]))] * count
            if 0 <= (at := int(answer["at"])) < count:
                why = str(answer["why"])
                receipts[at] = Receipt(bool(answer["ok"]), why, may_have_arrived="imed out" in why)
    return receipts


def _rest_of(child: subprocess.Popen[bytes]) -> bytes:
    """What a killed child has written; one that left something behind with its pipes open keeps its answers."""
    try:
        return child.communicate(timeout=GRACE)[0]
    except subprocess.TimeoutExpired:
        return b""


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child and its whole group, also after the child itself has ended."""
    with suppress(OSError):  # nobody is left
        os.killpg(child.pid, signal.SIGKILL)
