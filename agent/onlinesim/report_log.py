"""What the log says of reports.

Responsible for the operator's calm: the first failure of a series is loud and its repeats are quiet; a
refusal is loud again once in each heartbeat, because nothing is sold while it lasts; who is loud says what to
do. Must not know any
number, nor decide anything.
"""

from __future__ import annotations

import logging

from agent.onlinesim.advice import mend
from agent.onlinesim.messages import AddNumber, CheckWork, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Refusal
from agent.onlinesim.report import Report

log = logging.getLogger(__name__)


class ReportLog:
    """Remembers what was said, so as not to say it again."""

    def __init__(self) -> None:
        self._series: tuple[object, ...] | None = None
        self._kinds: set[object] = set()
        """What was told of this series: of each kind of trouble the first."""
        self._length = 0
        self._loud_at = 0.0
        self._missed = 0
        self._missing = False

    def report(self, report: Report, pause: float | None, heartbeat: float) -> None:
        """One finished request; `pause` is how long until the next try, where one is planned."""
        if isinstance(report.outcome, Accepted | Checked):
            self._good(report)
            return
        refused = isinstance(report.outcome, Refusal)
        series = (report.status, report.outcome.kind) if refused else ("trouble",)
        if series != self._series:
            self._kinds = set()
        again = report.outcome.kind in self._kinds
        self._kinds.add(report.outcome.kind)
        loud = not again or (refused and report.done_at - self._loud_at >= heartbeat)
        level = (logging.ERROR if refused else logging.WARNING) if loud else logging.DEBUG
        then = "at a change or the heartbeat" if pause is None else f"in {pause:.1f} s"
        step = f"; {mend(report.outcome.kind)}" if loud else ""
        log.log(level, "%s: %s; next try %s%s", _describe(report), report.outcome, then, step)
        self._series, self._length = series, self._length + 1
        if loud:
            self._loud_at = report.done_at

    def _good(self, report: Report) -> None:
        again = f", after {self._length} failed" if self._length else ""
        level = (
            logging.INFO
            if again or not isinstance(report.message, AddNumber | RemoveNumber)
            else logging.DEBUG
        )
        log.log(level, "%s: %s in %.2f s%s", _describe(report), report.outcome, report.took, again)
        self._series, self._length = None, 0
        self._missing &= isinstance(report.outcome, Checked)

    def missed(self, windows: int) -> None:
        """How many windows were missed so far."""
        if windows > self._missed:
            level = logging.DEBUG if self._missing else logging.ERROR
            log.log(level, "no report was accepted for 5 minutes: Onlinesim counts this bank as down")
            self._missing = True
        self._missed = windows


def _describe(report: Report) -> str:
    match report.message:
        case SendNumbersOnline():
            return f"report of {report.numbers} number{'' if report.numbers == 1 else 's'}"
        case AddNumber():
            return "one number more"
        case RemoveNumber():
            return "one number less"
        case CheckWork():
            return "sign of life"
