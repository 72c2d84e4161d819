"""The log: readable lines on a terminal, priorities under journald, or JSON; personal data is masked in all of them."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from typing import Final, TextIO

from agent.decision.details import detail_in
from agent.formats.masking import masked
from agent.formats.printable import printable, to_json
from agent.language import _, current_language
from agent.language.system_words import error_words

_PRIORITY: Final = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
"""syslog levels, which journald reads from a leading <N> (sd-daemon(3))."""
_COLOURS: Final = {"WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[1;31m", "DEBUG": "\x1b[2m"}


class LineFormatter(logging.Formatter):
    """Formats records as text, journal or json; masks them, tracebacks included, unless `personal`."""

    def __init__(self, form: str, *, personal: bool = False, colour: bool = False) -> None:
        super().__init__()
        self._form = form
        self._personal = personal
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, or more for a traceback."""
        message = said(record)
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        message = printable(message if self._personal else masked(message), keep="\n\t")
        if self._form == "json":
            return self._json(record, message)
        if self._form == "journal":
            priority = _PRIORITY.get(record.levelname, 6)
            return "\n".join(f"<{priority}>{line}" for line in message.split("\n"))
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        colour = _COLOURS.get(record.levelname, "") if self._colour else ""
        return f"{clock}  {colour}{message}{chr(27) + '[0m' if colour else ''}"

    def _json(self, record: logging.LogRecord, message: str) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line = {"at": at, "level": record.levelname.lower(), "from": record.name, "message": message}
        return to_json(line)


def said(record: logging.LogRecord) -> str:
    """Return the message in the language of the process; the catalogue has what stands in the code, with its %s."""
    if current_language() == "en":
        return record.getMessage()
    source, args = str(record.msg), record.args
    text = _(source)
    if not isinstance(args, tuple):
        return text % args if args else text
    return text % tuple(_argument(value, record.name) for value in args)


def _argument(value: object, logger: str) -> object:
    """Return a value of a line: errors of the system, and what drivers say, are English until here."""
    if isinstance(value, OSError):
        words = error_words(value)
        return f"{value.filename}: {words}" if value.filename else words
    told = isinstance(value, str) and logger.startswith("drivers.")
    return detail_in(str(value), current_language()) if told else value


def choose_form(wanted: str, environment: Mapping[str, str], out: TextIO) -> str:
    """Return the form for `auto`: journal if systemd connected `out` to journald (JOURNAL_STREAM), else text."""
    if wanted != "auto":
        return wanted
    return "journal" if "JOURNAL_STREAM" in environment and not out.isatty() else "text"


def set_up(
    *, level: str, form: str, personal: bool, environment: Mapping[str, str], out: TextIO | None = None
) -> None:
    """Send the log of agent and drivers to `out`, by default stderr, in the configured form."""
    out = out or sys.stderr
    handler = logging.StreamHandler(out)
    colour = out.isatty() and "NO_COLOR" not in environment
    handler.setFormatter(LineFormatter(choose_form(form, environment, out), personal=personal, colour=colour))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("agent", "drivers"):
        logging.getLogger(name).setLevel(level.upper())
