"""Single values that outlive a restart, by their names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from agent.store.table import Row
from agent.store.table_writer import TableWriter
from agent.store.tables import FACT

ALIVE_AT: Final = "alive_at"
"""When the agent was last alive, UNIX time."""
STANDING: Final = "standing"
"""The account at which numbers may stand."""
LEFT_OUT: Final = "left_out"
ASIDE: Final = "aside"
"""What was wrong with the file at the last start, and what it is called now."""
FLEET_RUN: Final = "fleet_run"
ALERTS: Final = "alerts"


class Facts:
    """All of them; what is not known is ""."""

    def __init__(self, rows: Iterable[Row], tables: TableWriter) -> None:
        self._texts: dict[str, str] = dict(rows)
        self._tables = tables

    def text(self, name: str) -> str:
        """Return a fact."""
        return self._texts.get(name, "")

    def instant(self, name: str) -> float:
        """Return a fact that is a UNIX time, 0 where it is none."""
        try:
            value = float(self.text(name))
        except ValueError:
            return 0.0
        return value if math.isfinite(value) and value > 0 else 0.0

    def note(self, name: str, text: str) -> None:
        """Keep a fact."""
        if self._texts.get(name) != text:
            self._texts[name] = text
            self._tables.put(FACT, (name, text))

    def drop(self, name: str) -> None:
        """Forget a fact."""
        self._texts.pop(name, None)
        self._tables.delete(FACT, (name,))

    def rows(self) -> list[Row]:
        """Return all as rows."""
        return list(self._texts.items())
