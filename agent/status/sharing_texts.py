"""Why ports are not shared, which the drivers tell in English, in the other languages."""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling

shared_ports_in: Final = Retelling(N_("{path}: {why}"), N_("another agent uses this directory"))
"""Says the problem of the shared ports in another language."""
