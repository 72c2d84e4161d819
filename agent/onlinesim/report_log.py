"""What the log says about reports: the first failure of a series is loud, its repeats are not.

A refusal is loud again once in each heartbeat, because nothing is sold while it lasts. Loud lines say what to do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agent.language import _, current_language, ngettext
from agent.onlinesim.advice import HELD_BACK, NOT_TAKEN, advice_for
from agent.onlinesim.messages import AddNumber, CheckWork, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal
from agent.onlinesim.report import Report, shown

log = logging.getLogger(__name__)


class ReportLog:
    """Logs each finished request at the level that it deserves."""

    def __init__(self) -> None:
        self._series: tuple[object, ...] | None = None
        """What the failures in a row have in common; None after a success."""
        self._kinds: set[object] = set()
        """The kinds of this series that were logged loudly."""
        self._length = 0
        self._loud_at = 0.0
        self._missed = 0
        self._missing = False
        self._not_taken: tuple[str, ...] = ()
        self._held_back: frozenset[str] = frozenset()

    def report(
        self, report: Report, pause: float | None, heartbeat: float, *, stopping: bool = False
    ) -> None:
        """Log a finished request; `pause` is seconds until the next try, None where only a change or heartbeat is.

        `stopping`: there is no next try. What to do stands in a line of its own.
        """
        if report.part:
            log.debug("looking for the refused number: a part of the list: %s", report.outcome)
            return
        if isinstance(report.outcome, Accepted | Checked):
            self._success(report)
            return
        if stopping and isinstance(report.outcome, Failed):
            log.info("%s: %s", *_words(report))
            return
        refused = isinstance(report.outcome, Refusal)
        series = (report.status, report.outcome.kind) if refused else ("failed",)
        if series != self._series:
            self._kinds = set()
        again = report.outcome.kind in self._kinds
        self._kinds.add(report.outcome.kind)
        loud = not again or (refused and report.done_at - self._loud_at >= heartbeat)
        level = (logging.ERROR if refused else logging.WARNING) if loud else logging.DEBUG
        if report.outcome.kind is FailureKind.GIVEN_UP:
            log.log(level, "%s: %s; next try at once, with the newest list", *_words(report))
        elif pause is None:
            log.log(level, "%s: %s; next try at a change or the heartbeat", *_words(report))
        else:
            log.log(level, "%s: %s; next try in %.1f s", *_words(report), pause)
        if loud:
            log.log(level, "what to do: %s", advice_for(report.outcome.kind, current_language()))
        self._series, self._length = series, self._length + 1
        if loud:
            self._loud_at = report.done_at

    def _success(self, report: Report) -> None:
        single = isinstance(report.message, AddNumber | RemoveNumber)
        level = logging.DEBUG if single and not self._length else logging.INFO
        again = ""
        if self._length:
            forms = ngettext(", after {n} failed attempt", ", after {n} failed attempts", self._length)
            again = forms.format(n=self._length)
        if isinstance(report.outcome, Accepted):
            log.log(level, "%s: %s in %.2f s%s", *_words(report), report.took, again)
        else:
            log.log(level, "%s: %s (%.2f s)%s", *_words(report), report.took, again)
        self._series, self._length = None, 0
        if report.replaced_list:
            self._name_not_taken(report.not_taken)
        self._missing &= isinstance(report.outcome, Checked)

    def held_back(self, numbers: Mapping[str, object]) -> None:
        """Name the numbers that Onlinesim refuses, each once; `numbers` has what it answered."""
        for number, text in numbers.items():
            if number not in self._held_back:
                log.error("%s is not reported any more (%s); %s", number, text, _(HELD_BACK))
        self._held_back = frozenset(numbers)

    def _name_not_taken(self, numbers: tuple[str, ...]) -> None:
        """Name the numbers that the newest list did not bring to Onlinesim, each list of them once."""
        if numbers and numbers != self._not_taken:
            log.warning("Onlinesim did not take %s: no id came back; %s", shown(numbers), _(NOT_TAKEN))
        self._not_taken = numbers

    def missed(self, windows: int) -> None:
        """Log a missed window; `windows` is how many there were so far."""
        if windows > self._missed:
            level = logging.DEBUG if self._missing else logging.ERROR
            log.log(level, "no report was accepted for 5 minutes: Onlinesim counts this bank as down")
            self._missing = True
        self._missed = windows


def _words(report: Report) -> tuple[str, str]:
    return _name(report), report.outcome.localized(current_language()).rstrip(".")


def _name(report: Report) -> str:
    match report.message:
        case SendNumbersOnline():
            n = report.numbers
            return ngettext("report of {n} number", "report of {n} numbers", n).format(n=n)
        case AddNumber() | RemoveNumber() | CheckWork():
            return report.message.method
