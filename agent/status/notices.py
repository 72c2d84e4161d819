"""What the page says above the modules: faults of the agent itself that the operator can mend.

Responsible for the words of each, in English and Russian, and for which of them hold now. Must not know how a fault
comes about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.status.snapshot import Words


@dataclass(slots=True, kw_only=True)
class Notices:
    """The faults of one running agent; empty or 0 while there is none of a kind."""

    not_kept: Callable[[], str]
    """Says what the store cannot keep."""
    not_shared: Callable[[], str]
    """Says why guests find no ports."""
    clash: str = ""
    """Which names clash since a port came."""
    bad_rows: int = 0
    """Rows of the sims_file that were passed over."""

    def told(self) -> list[Words]:
        """Return what the operator should hear now."""
        faults = (
            (self.not_kept(), "{}", "Хранилище: {}"),
            (self.not_shared(), "Ports are not shared: {}", "Порты не разделяются: {}"),
            (self.clash, "New ports are not taken: {}", "Новые порты не приняты: {}"),
            (
                self.bad_rows,
                "{} bad rows in sims_file; `simbank-agent check` names them",
                "В sims_file плохих строк: {}; их назовёт `simbank-agent check`",
            ),
        )
        return [Words(en=en.format(fault), ru=ru.format(fault)) for fault, en, ru in faults if fault]
