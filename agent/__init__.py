"""What to make of the modules' answers, and whom to tell.

Responsible for everything between an `Observation` and Onlinesim, the status page and the operator's terminal.
Must not know how a module is asked: that is `drivers`.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("simbank-agent")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+source"
