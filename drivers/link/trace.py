"""Directions in a trace of the bytes on a link."""

from __future__ import annotations

import enum


class Direction(enum.StrEnum):
    """Where traced bytes came from, and where they went."""

    TO_MODULE = "to module"
    """Ours: everything here is on the allow-list."""
    FROM_MODULE = "from module"
    CLIENT_TO_MODULE = "client to module"
    """Sent by the client of a shared port, whatever it wants."""
    MODULE_TO_CLIENT = "module to client"
