"""What the system says of an error, in the language of the process."""

from __future__ import annotations

from agent.language import _


def system_reason(error: OSError) -> str:
    """Return the text of an error, which may be one of ours; the system's are in the catalogue in small letters."""
    said = error.strerror or ""
    small = said.lower()
    known = _(small)
    return said if known == small else known
