"""When a leader that does not reach Onlinesim lets another host try."""

from __future__ import annotations

import pytest

from agent.fleet.reach import LONGEST, Reach
from agent.onlinesim.outcome import Accepted, Failed, FailureKind, Refusal, RefusalKind

HANGS = Failed("no answer within 15 s", FailureKind.SLOW)


def given_up_at(reach):
    return next((at / 10 for at in range(4000) if reach.gives_up(at / 10)), None)


@pytest.mark.parametrize(
    ("accepted_at", "waits"), [(100.0, LONGEST), (0.0, LONGEST), (None, LONGEST), (-100.0, 50.0)]
)
def test_trouble_begins_when_the_first_request_that_failed_was_sent(accepted_at, waits):
    reach = Reach()
    reach.took(HANGS, accepted_at=accepted_at, sent_at=100.0)
    reach.took(HANGS, accepted_at=accepted_at, sent_at=116.0)
    assert given_up_at(reach) == 100.0 + waits


def test_an_answer_ends_the_trouble():
    reach = Reach()
    reach.took(HANGS, accepted_at=None, sent_at=100.0)
    reach.took(Accepted(), accepted_at=120.0, sent_at=120.0)
    assert given_up_at(reach) is None


def test_a_refused_address_is_this_hosts_own_and_any_other_refusal_is_not():
    reach = Reach()
    reach.took(Refusal(403, "API_ACCESS_IP", RefusalKind.IP), accepted_at=None, sent_at=100.0)
    assert given_up_at(reach) == 100.0
    reach.took(Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED), accepted_at=None, sent_at=101.0)
    assert given_up_at(reach) is None
