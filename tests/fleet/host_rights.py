"""What the engine lets a host do, as docs/fleet.md tells people to write it."""

from __future__ import annotations

from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "fleet.md"


def host_rights(password: str) -> str:
    """Return the line of users.acl."""
    (line,) = (one for one in DOCUMENT.read_text().splitlines() if one.startswith("user bank on >PASSWORD "))
    return line.replace("PASSWORD", password)
