"""The program that sends messages with Apprise: a process of its own for each batch, which ends by itself.

It is started by its path, with nothing of the agent: Apprise costs 20 MB and some tenths of a second of CPU, and its
services may hang in any way. The request comes on stdin as JSON: `path` (where Python finds packages), `within`
(seconds), `send` (whether to send, or only to look at the URLs), `messages` (url, title, body, kind). The answers go to
stdout, one JSON object a line: `at` (which message), `ok`, `why`. Never does a URL, or a part of one, go anywhere else.
"""

from __future__ import annotations

import contextvars
import json
import logging
import os
import queue
import re
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

MOST_DATA = 384 * 2**20
"""Bytes: beyond that this process has a fault, and must not cost the agent its own memory."""
STACK = 2 * 2**20
"""Bytes of each thread; the usual eight of twenty threads would be half of MOST_DATA."""
SHORTEST_SECRET = 4
LONGEST_REASON = 200
_CAUSE = re.compile(
    r"Connection refused|Connection reset by peer|No route to host|Network is unreachable|[Tt]imed out|"
    r"Name or service not known|Temporary failure in name resolution|No address associated with hostname|"
    r"nodename nor servname provided|certificate verify failed|CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER|"
    r"Authentication (?:failed|unsuccessful|Required)|Username and Password not accepted|Relay access denied"
)
"""What a library may say of a failure that is worth passing on; its other words may hold parts of the URL."""


Said = list[tuple[int, str]]
"""Levels and texts of log records."""
_SAID: contextvars.ContextVar[Said | None] = contextvars.ContextVar("said", default=None)
"""What Apprise said about the message at hand; its own threads have the context of their caller."""


class Listener(logging.Handler):
    """Notes what Apprise says while it works."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        said = _SAID.get()
        if said is not None:
            with suppress(Exception):  # a record that cannot be formatted is none
                said.append((record.levelno, record.getMessage()))


def why_not(url: str) -> str:
    """Return why the message at hand was not sent, without any part of the URL."""
    said = _SAID.get() or []
    warnings = [text for level, text in said if level >= logging.WARNING]
    cause = next((found[0] for _, text in reversed(said) if (found := _CAUSE.search(text))), "")
    words = without_secrets(warnings[-1], url) if warnings else "Apprise gives no reason"
    return ": ".join(filter(None, (" ".join(words.split())[:LONGEST_REASON].rstrip(". "), cause)))


def without_secrets(text: str, url: str) -> str:
    """Return the text without any part of the URL that may be a secret."""
    _, _, rest = url.partition("://")
    parts = {part for raw in re.split(r"[/?&=@:#,;]", rest) for part in (raw, unquote(raw))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return text


def confine(within: float) -> None:
    """Let the kernel end this process in time, even if it is forgotten; for CPU and memory the agent goes first."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, within + 1)
    with suppress(OSError):
        os.nice(10)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def service_of(url: str) -> Any:
    """Return Apprise's object for a URL, None where it knows no such service or the URL lacks something."""
    import apprise  # noqa: PLC0415  not before this process is confined

    asset = apprise.AppriseAsset(
        app_id="simbank-agent",
        app_desc="simbank-agent",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,  # else it writes into the home folder
    )
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def send(message: dict[str, str]) -> str:
    """Send one message; return why it could not be sent, "" where it was."""
    import apprise  # noqa: PLC0415  as above

    service = service_of(message["url"])
    if service is None:
        return NO_SERVICE
    way = apprise.Apprise(asset=service.asset)
    way.add(service)
    sent = way.notify(
        body=message["body"],
        title=message["title"],
        notify_type=message["kind"],
        body_format=apprise.NotifyFormat.TEXT,
    )
    return "" if sent else why_not(message["url"])


def examine(message: dict[str, str]) -> str:
    """Return what is wrong with the URL, "" where Apprise knows its service. Nothing is sent."""
    return "" if service_of(message["url"]) is not None else NO_SERVICE


NO_SERVICE = "Apprise knows no such service, or the URL lacks something that the service needs"


def work(request: dict[str, Any]) -> None:
    """Handle all messages at once: a service that hangs keeps only its own."""
    try:
        import apprise  # noqa: F401, PLC0415  before the threads, which would all wait for the import
    except ImportError as why:
        answer({"error": f"Apprise cannot be loaded: {why}"})
        return
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Listener())
    done: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def handle(at: int, message: dict[str, str]) -> None:
        _SAID.set([])
        try:
            why = send(message) if request["send"] else examine(message)
        except Exception as error:  # noqa: BLE001  a service's fault must not keep the others from their answer
            why = without_secrets(f"{type(error).__name__}: {error}", message["url"])[:LONGEST_REASON]
        done.put({"at": at, "ok": not why, "why": why})

    threading.stack_size(STACK)
    for at, message in enumerate(request["messages"]):
        threading.Thread(target=handle, args=(at, message), daemon=True).start()
    for _ in request["messages"]:
        answer(done.get())


def answer(line: dict[str, Any]) -> None:
    """Write one answer at once: this process may be killed at any time."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do what stdin asks."""
    request = json.loads(sys.stdin.buffer.read())
    confine(float(request["within"]))
    sys.path[:] = request["path"]
    work(request)
    os._exit(0)  # threads that hang would keep it


if __name__ == "__main__":
    main()
