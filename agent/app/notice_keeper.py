"""The notices above the modules as they come and go: mistakes in the sims_file, a wrong clock, nobody asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from agent.app.settings import Settings
from agent.decision.reporting import Reporting
from agent.decision.verdict import Decision
from agent.language import current_language, ngettext
from agent.numbers.sims_file import problem_of
from agent.onlinesim.report import Report
from agent.onlinesim.server_date import CLOCK_IS_OFF
from agent.status.notices import Notices, clock_text, unasked_text
from agent.store.store import Store

_log = logging.getLogger(__name__)

MOST_LOGGED: Final = 20
"""Mistakes of the sims_file that the log names, each time that it is read."""


class NoticeKeeper:
    """Keeps the notices up to date, and says the same in the log when it comes up."""

    def __init__(self, notices: Notices, store: Store, wall: Callable[[], float]) -> None:
        self._notices = notices
        self._store = store
        self._wall = wall
        self._clock_is_right = False
        """Onlinesim has confirmed it with its last answer."""

    def sims_file(self, settings: Settings) -> None:
        """Keep the rows of a sims_file that could be read, and tell what is wrong with it."""
        path, sims = settings.config.sims_file, settings.sims
        self._notices.bad_rows = len({problem.line for problem in sims.bad_rows})
        self._notices.sims_file = sims
        if path is None:
            return
        if sims.trouble is not None:
            why = problem_of(path, sims.trouble, settings.config.places)
            _log.error("%s; %s", why, sims.meanwhile.localized(current_language()))
            return
        self._store.keep_file(path, sims.rows)
        for problem in sims.bad_rows[:MOST_LOGGED]:
            _log.error("%s", problem)
        if len(sims.bad_rows) > MOST_LOGGED:
            more = len(sims.bad_rows) - MOST_LOGGED
            text = ngettext(
                "{file}: {n} more mistake; `simbank-agent check` lists it",
                "{file}: {n} more mistakes; `simbank-agent check` lists them",
                more,
            )
            _log.error("%s", text.format(file=path, n=more))

    def decided(self, decision: Decision, reporting: Reporting) -> None:
        """Say loudly that nothing is reported because no module could be asked, and when that is over."""
        unasked = reporting in {Reporting.UNASKED, Reporting.WITHDRAWING}
        text = unasked_text(verdict.reason for verdict in decision.verdicts.values()) if unasked else None
        before, self._notices.unasked = self._notices.unasked, text
        if text is not None and before is None:
            _log.error("%s", text.localized(current_language()))
        elif before is not None and text is None:
            _log.info("a module has answered: the first report follows")

    def clock(self, ahead: float | None) -> None:
        """Say loudly that the clock is wrong by Onlinesim's, and let the store know once it is right.

        `ahead`: by so many seconds, None where no answer told.
        """
        if ahead is None:
            return
        before = self._notices.wrong_clock
        self._notices.wrong_clock = clock_text(ahead) if abs(ahead) >= CLOCK_IS_OFF else None
        if self._notices.wrong_clock is None and not self._clock_is_right:
            self._store.confirm_clock(self._wall())
        elif self._notices.wrong_clock is not None and before is None:
            _log.warning("%s", self._notices.wrong_clock.localized(current_language()))
        self._clock_is_right = self._notices.wrong_clock is None

    def reported(self, report: Report) -> None:
        """Take note of the numbers that Onlinesim did not take."""
        if report.replaced_list:
            self._notices.not_taken = report.not_taken
        elif report.removed is not None:
            left = self._notices.not_taken
            self._notices.not_taken = tuple(number for number in left if number != report.removed)
