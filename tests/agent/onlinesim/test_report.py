from __future__ import annotations

import pytest

from agent.onlinesim.messages import CheckWork
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.report import Report


@pytest.mark.parametrize(
    ("outcome", "result", "words", "status"),
    [
        (Accepted(), "accepted", "", 200),
        (Checked("test1"), "tested", "", 200),
        (Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED), "refused", "ACCOUNT_BLOCKED", 403),
        (Failed("no connection", FailureKind.NETWORK), "failed", "no connection", None),
    ],
)
def test_each_outcome_has_its_word_reason_and_status(outcome, result, words, status):
    report = Report(message=CheckWork(), numbers=0, at=0.0, done_at=0.0, took=0.0, outcome=outcome)
    assert (report.result, report.reason, report.status) == (result, words, status)
