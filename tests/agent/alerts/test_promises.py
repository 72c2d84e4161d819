"""Random lives of a host: what is told alternates, ends with the truth, and never comes too often or at night."""

from __future__ import annotations

import pytest
from alerted_host import Host
from hypothesis import given
from hypothesis import strategies as st

from agent.alerts.outbox import HOUR, Limits
from agent.alerts.rule import URGENT, RulePolicy
from agent.decision.verdict import Reason

POLICY = RulePolicy(module_lost=300.0, live_for=200.0)
NAMES = [f"Port{n}" for n in range(1, 5)]
EVENTS = st.one_of(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from([Reason.LIVE, Reason.LIVE, Reason.NO_SIM, Reason.SETTLING])
    ),
    st.tuples(st.sampled_from(["quiet", "works", "refused", "accepts", "speaks"]), st.booleans()),
    st.tuples(st.just("store"), st.sampled_from(["", "disk full"])),
)
LIVES = st.lists(st.tuples(EVENTS, st.sampled_from([5, 40, 100, 400, 1500])), max_size=20)


def live(events, per_hour):
    """Live a life, then be well and reachable for long enough to be told all; return the host and its nights."""
    host = Host(policy=POLICY, limits=Limits(per_hour=per_hour), group="1-1")
    nights = []
    for (what, value), seconds in events:
        if what in host.reasons:
            host.reasons[what] = value
        else:
            setattr(host, what, value)
        began = host.now
        host.pass_time(seconds, 25)
        if host.quiet:
            nights.append((began, host.now))
    host.reasons = dict.fromkeys(host.reasons, Reason.LIVE)
    host.quiet = host.refused = False
    host.works = host.accepts = host.speaks = True
    host.store = ""
    host.pass_time(3 * HOUR, 60)
    return host, nights


@pytest.mark.slow
@given(LIVES, st.sampled_from([1, 2, 6]))
def test_random_lives_fuzz(events, per_hour):
    host, nights = live(events, per_hour)

    told: set = set()
    for _, draft in host.messages:
        assert not draft.new.keys() & told, "told twice"
        assert draft.over.keys() <= told, "over what nobody was told of"
        assert not draft.missed.keys() & (draft.new.keys() | draft.over.keys() | told)
        told = (told | draft.new.keys()) - draft.over.keys()
    assert told == set() == host.outbox.told, "all is well, and somebody does not know"

    times = [at for at, _ in host.messages]
    for at in times:
        assert sum(at - HOUR < other <= at for other in times) <= per_hour
    for at, draft in host.messages:
        if any(began < at <= ended for began, ended in nights):
            assert all(key.rule in URGENT for part in (draft.new, draft.over, draft.missed) for key in part)
