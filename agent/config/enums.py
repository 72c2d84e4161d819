"""The words that config.yaml offers as choices."""

from __future__ import annotations

import enum


class OnStop(enum.StrEnum):
    """What happens to the list when the agent stops."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


class PortRole(enum.StrEnum):
    """What is behind a port."""

    MODEM = "modem"
    CONTROL = "control"


class LogLevel(enum.StrEnum):
    """The least severe lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(enum.StrEnum):
    """Who reads the log."""

    AUTO = "auto"
    TEXT = "text"
    JOURNAL = "journal"
    JSON = "json"


class Personal(enum.StrEnum):
    """Whether numbers and the like are written in full."""

    MASKED = "masked"
    FULL = "full"


class PathKind(enum.IntEnum):
    """What the path of a port rule is, the most exact first.

    Of several rules that match one port the most exact counts, of equally exact ones the first.
    """

    URL = 1
    EXACT = 2
    GLOB = 3
    EVERY_USB = 4
    SIMULATED = 5
