"""Another language for the length of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agent.language import current_language, use_language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let the process speak `language`; afterwards what it spoke before, whatever the block has chosen."""
    before = current_language()
    use_language(language)
    try:
        yield
    finally:
        use_language(before)
