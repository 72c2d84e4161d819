"""What `install` wrote, so that a later run knows an operator's changes from an older version's file.

Responsible for the record and its file. Must not write what it records.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

NAME: Final = "etc/simbank-agent/.installed.json"
"""Root's alone to write: what stands here may be deleted by root."""


class Record:
    """Digests of the files below `root` as they were written."""

    def __init__(self, root: Path) -> None:
        self.path = root / NAME
        self.digests = self._read()

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}

    def holds(self, name: str, content: bytes) -> bool:
        """Whether this is what was written under this name."""
        return self.digests.get(name) == _digest(content)

    def note(self, name: str, content: bytes) -> None:
        """Keep what was written."""
        self.digests[name] = _digest(content)

    def forget(self, name: str) -> None:
        """Drop what is gone."""
        self.digests.pop(name, None)

    def save(self) -> None:
        """Write the record, or take it away when it is empty."""
        if not self.digests:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.digests, indent=1) + "\n", encoding="utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
