"""What hosts and accounts of a fleet may be called: in config.yaml, in the engine's keys, and before a port_id."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)
WORD_PATTERN: Final = f"^{_WORD.pattern}$"
"""For a JSON schema."""


def is_word(text: str) -> bool:
    """Whether it may be the name of a host or an account."""
    return _WORD.fullmatch(text) is not None
