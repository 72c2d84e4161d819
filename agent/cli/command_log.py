"""The log of a command that uses parts of the agent."""

from __future__ import annotations

import os

from agent.app.log import set_up


def log_errors() -> None:
    """Let it tell errors on stderr, in the language of the process; the rest is in what the command prints."""
    set_up(level="error", form="text", personal=False, environment=os.environ)
