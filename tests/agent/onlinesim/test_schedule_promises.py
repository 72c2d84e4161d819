from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.onlinesim.messages import AddNumber, CheckWork, NumberEntry, RemoveNumber, SendNumbersOnline
from agent.onlinesim.outcome import Accepted, Failed, FailureKind, Refusal, RefusalKind
from agent.onlinesim.schedule import Mode, ReportPolicy, Schedule

ACCEPTED = Accepted()
REFUSED = Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED)
FAILED = Failed("no connection", FailureKind.NETWORK)
UNKNOWN = Failed("no answer", FailureKind.SLOW)
GIVEN_UP = Failed("a removal waits", FailureKind.GIVEN_UP)


def entry(index, port, rent):
    return NumberEntry(number=f"+4670{index}", country_id=46, port_id=f"Port{port}", rent=rent)


class Promises(RuleBasedStateMachine):
    """What holds whatever happens, with the other end as a model beside it."""

    MODE = Mode.LIST
    entries = st.lists(
        st.builds(entry, st.integers(1, 5), port=st.integers(1, 5), rent=st.sampled_from([0, 1])),
        max_size=5,
        unique_by=(lambda e: e.number, lambda e: e.port_id),
    )

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.policy = ReportPolicy(mode=self.MODE)
        self.schedule = Schedule(self.policy, lambda: 0.5, now=0.0)
        self.wanted = None
        self.flying = None
        self.last_at = self.last_sign = None
        self.fine = True
        """The last answer was an acceptance, and the set was never taken back."""
        self.leaving_since = {}
        self.server = None
        """What the server holds, None where an answer left it in doubt."""
        self.repeats = []
        """20 s after each request that may still arrive: no such time passes without a list at it or later."""

    def _sent_numbers(self):
        return set() if self.server is None else {e.number for e in self.server}

    @rule(entries=entries)
    def offer(self, entries):
        """The bank has decided."""
        self.wanted = tuple(entries)
        self.schedule.offer(self.wanted, self.now)
        self._note_leaving()

    def _note_leaving(self):
        places = {(e.number, e.port_id) for e in self.wanted or ()}
        gone = {e for e in self.server or () if (e.number, e.port_id) not in places}
        self.leaving_since = {e: self.leaving_since.get(e, self.now) for e in gone}

    @rule()
    def hold(self):
        """The bank cannot say."""
        self.schedule.offer(None, self.now)
        self.wanted, self.fine = None, False

    @rule(seconds=st.sampled_from([0.01, 0.05, 0.3, 1.0, 2.0, 17.0, 239.0, 1000.0]))
    def time_passes(self, seconds):
        """The loop wakes when something is due, and not before."""
        end = self.now + seconds
        due = self.schedule.due()
        if self.flying is None and due is not None and due <= end:
            self.now = max(self.now, due)
            self._send()
        else:
            self.now = end

    def _send(self):
        message = self.schedule.take(self.now)
        assert message is not None
        self._judge_time(message)
        self._judge_content(message)
        self.flying = message
        self.removes = isinstance(message, RemoveNumber) or bool(self.leaving_since)
        self.last_at = self.now
        if isinstance(message, SendNumbersOnline):
            self.repeats = [at for at in self.repeats if at > self.now]
        if isinstance(message, SendNumbersOnline | CheckWork):
            self.last_sign = self.now

    def _judge_time(self, message):
        if self.last_at is not None and isinstance(message, SendNumbersOnline | CheckWork):
            assert self.now - self.last_at >= self.policy.gap - 1e-6 or self.MODE is Mode.INCREMENTAL
        if self.fine and self.last_sign is not None:
            # A request that was under way when the heartbeat fell due delays it, by no more than the gap behind it.
            busy = self.now <= self.busy_until + self.policy.gap
            assert self.now - self.last_sign <= self.policy.heartbeat + 1e-6 or busy

    def _judge_content(self, message):
        assert self.wanted is not None
        if isinstance(message, SendNumbersOnline):
            assert message.numbers == self.wanted
            return
        assert not any(at <= self.now for at in self.repeats), "the whole list is due"
        assert self.MODE is Mode.INCREMENTAL
        assert self.server is not None
        held = self._sent_numbers()
        wanted = {e.number for e in self.wanted}
        if isinstance(message, AddNumber):
            assert message.entry in self.wanted
            assert message.entry.number not in held
            assert message.entry.port_id not in {e.port_id for e in self.server}
            assert len(held) < max(len(wanted), 1)
        elif isinstance(message, RemoveNumber):
            assert message.number in held
            assert next(e for e in self.server if e.number == message.number) not in self.wanted

    @precondition(lambda self: self.flying is not None)
    @rule(
        outcome=st.sampled_from(
            [ACCEPTED, ACCEPTED, ACCEPTED, REFUSED, FAILED, UNKNOWN, Failed("", FailureKind.BUSY, 7.0)]
        ),
        took=st.sampled_from([0.0, 0.2, 14.0]),
    )
    def answer(self, outcome, took):
        """The other end, or the network, has spoken."""
        self.now += took
        self._end(outcome)

    @precondition(lambda self: self.flying is not None and self.schedule.give_up_at() is not None)
    @rule()
    def give_up(self):
        """The loop ends a request for a removal's sake: never one that may take a number away itself."""
        assert not self.removes
        assert self.schedule.give_up_at() >= self.last_at + self.policy.give_up
        self.now = max(self.now, self.schedule.give_up_at())
        self._end(GIVEN_UP)
        due = self.schedule.due()
        assert due is not None
        assert due <= self.now, "the removal goes at once"

    @rule()
    def doubt(self):
        """A number that it should have was not there."""
        self.schedule.doubt(self.now)

    def _end(self, outcome):
        if outcome in (UNKNOWN, GIVEN_UP):
            self.repeats.append(self.last_at + self.policy.repeat)
        self.schedule.finished(outcome, self.now)
        self.busy_until = self.now
        if outcome is ACCEPTED:
            self._apply(self.flying)
        elif isinstance(outcome, Failed):
            self.server = None
        self.fine = outcome is ACCEPTED and self.wanted is not None
        self._note_leaving()
        self.flying = None

    busy_until = 0.0

    def _apply(self, message):
        if isinstance(message, SendNumbersOnline):
            self.server = message.numbers
        elif isinstance(message, AddNumber):
            self.server = (*self.server, message.entry)
        elif isinstance(message, RemoveNumber):
            self.server = tuple(e for e in self.server if e.number != message.number)

    @invariant()
    def a_removal_is_soon_told(self):
        """Within 50 ms and the gap of its offer, where no request and no failure is in the way."""
        if self.leaving_since and self.fine and self.flying is None and self.wanted is not None:
            since = min(self.leaving_since.values())
            bound = max(since + self.policy.collect_removals, self.last_at + self.policy.gap, self.busy_until)
            due = self.schedule.due()
            assert due is not None
            assert due <= bound + 1e-6

    @invariant()
    def what_may_still_arrive_is_overwritten(self):
        """Nothing but a request, a hold or a pause after trouble is in the way of the list that is sent once more."""
        if (
            self.repeats
            and self.flying is None
            and self.wanted is not None
            and self.schedule.retry_at is None
        ):
            due = self.schedule.due()
            assert due is not None
            assert due <= max(min(self.repeats), self.last_at + self.policy.gap) + 1e-6

    @invariant()
    def one_request_at_a_time(self):
        """Nothing is due while a request is under way, and nothing while nothing is known."""
        if self.flying is not None or self.wanted is None:
            assert self.schedule.due() is None
        else:
            assert self.schedule.due() is not None


class IncrementalPromises(Promises):
    """The same, told in steps."""

    MODE = Mode.INCREMENTAL


TestListPromises = Promises.TestCase
TestListPromises.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestIncrementalPromises = IncrementalPromises.TestCase
TestIncrementalPromises.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
