"""Faults of the agent itself that the operator can fix: the notices above the modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.status.snapshot import Bilingual


@dataclass(slots=True, kw_only=True)
class Notices:
    """The faults of one running agent; empty or 0 while there is none of a kind."""

    not_kept: Callable[[], str]
    """Why the store cannot be written."""
    not_shared: Callable[[], str]
    """Why no port can be shared."""
    clash: str = ""
    """Which names clash since a port was plugged in."""
    bad_rows: int = 0
    """Rows of the sims_file that were skipped."""

    def current(self, outage: int | None = None) -> list[Bilingual]:
        """Return the notices of now; `outage`: how many modules went silent at the same time."""
        faults = (
            (self.not_kept(), "{}", "Хранилище: {}"),
            (self.not_shared(), "Ports are not shared: {}", "Общие порты не работают: {}"),
            (self.clash, "New ports are ignored: {}", "Новые порты не используются: {}"),
            (
                self.bad_rows,
                "{} bad rows in sims_file; `simbank-agent check` lists them",
                "Строк с ошибками в sims_file: {}; их покажет `simbank-agent check`",
            ),
            (
                outage,
                "{} modules went off the air together: row switch, hub, power?",
                "Модулей, пропавших из эфира одновременно: {}. Переключение ряда, хаб, питание?",
            ),
        )
        return [Bilingual(en=en.format(fault), ru=ru.format(fault)) for fault, en, ru in faults if fault]
