"""Modules that tell each other's cards: who is out, for how long, and that a number is never live twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.decision.contest import TEN_MINUTES
from agent.decision.module_state import ModuleState, update
from agent.decision.texts import reason_text
from agent.decision.verdict import Decision, Memory, ModuleInput, Policy, Reason
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, Registration, SimState
from tests.agent.decision.plain_decision import decide

POLICY = Policy(cap=64, settle=4.0, lease=30.0, registration_grace=15.0)
PACE = 2.0
"""Seconds between two polls of a module, as in a conflict."""
SLOW = 12.0
"""Where only time has to pass."""
LIAR = "Liar"


def card(n: int) -> str:
    return f"89461200000050{n:04d}6"


@dataclass
class Bank:
    """A bank whose modules are polled in turn, each every two seconds; `tells` says which card each one tells."""

    names: tuple[str, ...]
    policy: Policy = POLICY
    now: float = 0.0
    cards: dict[str, str | None] = field(default_factory=dict)
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    """What differs in a module's answers."""
    numbers: dict[str, tuple[str, Source]] = field(default_factory=dict)
    modules: dict[str, ModuleInput] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    lives: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    on_poll: Callable[[str], None] = lambda _name: None

    def __post_init__(self) -> None:
        self.cards = {name: card(n) for n, name in enumerate(self.names)}

    def poll(self, name: str) -> None:
        self.on_poll(name)
        iccid = self.cards[name]
        before = self.modules.get(name, ModuleInput(ModuleState(), Resolution(None, None, disabled=False)))
        seen = Observation(module=name, at=self.now, sim=SimState.ABSENT)
        if iccid is not None:
            imsi = "24012" + iccid[-10:]
            home = Registration.HOME
            seen = replace(seen, sim=SimState.READY, iccid=iccid, imsi=imsi, registration=home)
        seen = replace(seen, **self.changes.get(name, {}))
        state = update(before.state, seen, self.now)
        text, source = self.numbers.get(name, (f"+467{(state.iccid or '')[-9:]}", Source.CONFIG))
        number = Number(text, 46, source, rent=False) if state.iccid else None
        self.modules[name] = replace(before, state=state, resolution=Resolution(number, None, disabled=False))
        self.decide()

    def decide(self) -> Decision:
        decision = decide(self.modules, self.memory, self.policy, self.now)
        self.modules, self.memory = dict(decision.modules), decision.memory
        texts = [sim.number.text for sim in decision.live.values()]
        iccids = [sim.iccid[:18] for sim in decision.live.values()]
        assert len(texts) == len(set(texts))
        assert len(iccids) == len(set(iccids))
        self.lives.append((self.now, frozenset(decision.live)))
        return decision

    def run(self, seconds: float, *, pace: float = PACE, mute: frozenset[str] = frozenset()) -> None:
        end = self.now + seconds
        while self.now < end:
            for name in self.names:
                self.now += pace / len(self.names)
                if name not in mute:
                    self.poll(name)

    @property
    def live(self) -> set[str]:
        return set(self.memory.live)

    def reason(self, name: str) -> Reason:
        return self.memory.verdicts[name].reason


HONEST = tuple(f"Port{n}" for n in range(1, 7))


def bank_with_liar() -> Bank:
    bank = Bank((*HONEST, LIAR))
    bank.run(8)
    assert bank.live == {*HONEST, LIAR}
    return bank


def contests_in_turn(bank: Bank, *names: str, seconds: float = 10.0) -> None:
    for name in names:
        bank.cards[LIAR] = bank.cards[name]
        bank.run(seconds)


def test_one_contest_takes_both_out_and_counts_once():
    bank = bank_with_liar()
    contests_in_turn(bank, "Port1", seconds=60)
    assert bank.reason("Port1") is bank.reason(LIAR) is Reason.DUPLICATE_SIM
    assert bank.live == {*HONEST} - {"Port1"}


@pytest.mark.parametrize("seconds", [2.0, 4.0, 10.0, 40.0])
def test_a_module_that_contests_three_cards_is_itself_out_and_nobody_else(seconds):
    bank = bank_with_liar()
    contests_in_turn(bank, "Port1", "Port2", "Port3", "Port4", seconds=seconds)
    bank.run(4)
    assert bank.reason(LIAR) is Reason.CONTESTED
    assert bank.live == set(HONEST)
    text = bank.memory.verdicts[LIAR].detail
    assert "Port1, Port2, Port3" in text
    assert text in reason_text(Reason.CONTESTED, text)
    assert text in reason_text(Reason.CONTESTED, text, "ru")


@pytest.mark.slow
def test_a_module_that_tells_another_card_in_every_answer_is_found_out_too():
    bank = bank_with_liar()
    turn = iter(range(10**6))

    def lie(name: str) -> None:
        if name == LIAR:
            bank.cards[LIAR] = bank.cards[HONEST[next(turn) % len(HONEST)]]

    bank.on_poll = lie
    bank.run(30)
    assert bank.reason(LIAR) is Reason.CONTESTED
    since = bank.now
    bank.run(3000, pace=SLOW)
    assert all(live == set(HONEST) for at, live in bank.lives if at > since)


def test_it_is_believed_again_after_ten_minutes_without_a_contest_and_not_before():
    bank = bank_with_liar()
    own = bank.cards[LIAR]
    contests_in_turn(bank, "Port1", "Port2", "Port3")
    assert bank.reason(LIAR) is Reason.CONTESTED
    bank.run(1500, pace=SLOW)  # it goes on contesting Port3's card
    assert bank.reason(LIAR) is Reason.CONTESTED
    bank.cards[LIAR] = own
    last = bank.now
    bank.run(TEN_MINUTES - 3 * SLOW, pace=SLOW)
    assert bank.reason(LIAR) is Reason.CONTESTED
    bank.run(4 * SLOW)
    assert bank.live == {*HONEST, LIAR}
    assert min(at for at, live in bank.lives if at > last and LIAR in live) >= last + TEN_MINUTES - SLOW


def test_the_decision_names_the_time_at_which_it_is_believed_again():
    bank = bank_with_liar()
    contests_in_turn(bank, "Port1", "Port2", "Port3")
    bank.cards[LIAR] = card(99)
    bank.run(4)
    until = bank.memory.contests.until(LIAR)
    assert until > bank.now + 500
    assert until in set(bank.memory.contests.deadlines(bank.now))
    bank.run(until - bank.now - 2 * SLOW, pace=SLOW)
    assert bank.reason(LIAR) is Reason.CONTESTED
    bank.now = until  # and nobody has said anything since
    bank.decide()
    assert bank.reason(LIAR) is not Reason.CONTESTED


def test_two_contests_within_ten_minutes_are_no_reason():
    bank = bank_with_liar()
    contests_in_turn(bank, "Port1", "Port2")
    bank.cards[LIAR] = card(99)
    bank.run(TEN_MINUTES + 10, pace=SLOW)
    contests_in_turn(bank, "Port3", "Port4")
    assert bank.reason(LIAR) is Reason.DUPLICATE_SIM


@pytest.mark.parametrize("period", [2.0, 6.0, 20.0, 60.0])
def test_a_bank_that_rotates_its_cards_contests_nothing(period):
    bank = Bank(HONEST)
    bank.run(8)
    for _ in range(20):
        cards = [bank.cards[name] for name in HONEST]
        bank.cards = dict(zip(HONEST, cards[1:] + cards[:1], strict=True))
        bank.run(period, pace=max(PACE, period / 5))
        assert Reason.CONTESTED not in {verdict.reason for verdict in bank.memory.verdicts.values()}
    bank.run(700, pace=SLOW)
    assert bank.live == set(HONEST)


# One neighbour


def contested(bank: Bank, name: str = "Port1") -> float:
    bank.cards[LIAR] = bank.cards[name]
    bank.run(PACE)
    assert bank.reason(name) is Reason.DUPLICATE_SIM
    return bank.now - PACE


def test_the_older_claim_counts_again_after_ten_minutes_in_which_both_were_out():
    bank = bank_with_liar()
    began = contested(bank)
    bank.run(TEN_MINUTES - 2 * SLOW, pace=SLOW)
    assert bank.reason("Port1") is bank.reason(LIAR) is Reason.DUPLICATE_SIM
    bank.run(3 * SLOW)
    assert bank.live == set(HONEST)
    assert bank.reason(LIAR) is Reason.DUPLICATE_SIM
    back = min(at for at, live in bank.lives if at > began + PACE and "Port1" in live)
    assert TEN_MINUTES <= back - began <= TEN_MINUTES + 2 * SLOW
    bank.run(3000, pace=SLOW)
    assert bank.live == set(HONEST)


BREAKS = [
    {"registration": Registration.SEARCHING},
    {"registration": Registration.DENIED},
    {"sim": SimState.NOT_READY},
    {"sim": SimState.ABSENT, "iccid": None, "imsi": None, "registration": None},
    {"restarted": True, "sim": SimState.NOT_READY, "iccid": None, "imsi": None, "registration": None},
    {"imsi": "240120000009999"},
    {"iccid": card(77)},
]


@pytest.mark.parametrize("bad", BREAKS)
@pytest.mark.parametrize("after", [60.0, TEN_MINUTES + 100])
def test_its_first_break_puts_both_out_for_good(bad, after):
    bank = bank_with_liar()
    contested(bank)
    bank.run(after, pace=SLOW)
    assert ("Port1" in bank.live) is (after > TEN_MINUTES)
    bank.changes["Port1"] = bad
    bank.poll("Port1")
    assert "Port1" not in bank.live
    bank.changes.clear()
    bank.run(2 * PACE)  # a card that was pulled may be in the other module until it is back
    back = bank.now
    bank.run(TEN_MINUTES + 60, pace=SLOW)
    for at, live in bank.lives:
        assert at <= back or not live & {"Port1", LIAR}


def test_a_gap_is_a_break():
    bank = bank_with_liar()
    contested(bank)
    bank.run(TEN_MINUTES + 20, pace=SLOW)
    assert "Port1" in bank.live
    bank.run(POLICY.lease + 4, mute=frozenset({"Port1"}))
    assert "Port1" not in bank.live
    bank.run(2 * TEN_MINUTES, pace=SLOW)
    assert not bank.live & {"Port1", LIAR}


def test_in_a_fleet_no_claim_wins():
    bank = bank_with_liar()
    bank.policy = replace(POLICY, fleet=True)
    contested(bank)
    bank.run(3 * TEN_MINUTES, pace=SLOW)
    assert not bank.live & {"Port1", LIAR}


def test_without_an_older_claim_both_stay_out():
    bank = Bank((*HONEST, LIAR))
    bank.cards[LIAR] = bank.cards["Port1"]
    bank.run(3 * TEN_MINUTES, pace=SLOW)
    assert bank.live == set(HONEST) - {"Port1"}


def test_a_neighbour_that_is_contested_now_and_then_is_not_kept_out():
    bank = bank_with_liar()
    for _ in range(4):
        bank.cards[LIAR] = bank.cards["Port1"]
        bank.run(20)
        bank.cards[LIAR] = card(99)
        bank.run(6)
        assert "Port1" in bank.live
    assert bank.reason(LIAR) is Reason.CONTESTED


def test_the_claim_of_a_card_that_really_moved_ends_when_its_old_module_says_so():
    bank = bank_with_liar()
    bank.cards[LIAR], bank.cards["Port1"] = bank.cards["Port1"], None
    bank.run(10)
    assert bank.reason("Port1") is Reason.NO_SIM
    assert LIAR in bank.live


def test_a_holder_that_is_silent_never_wins():
    bank = bank_with_liar()
    contested(bank)
    bank.run(25, mute=frozenset({"Port1"}))
    bank.cards[LIAR] = card(99)
    bank.run(2, mute=frozenset({"Port1"}))
    bank.run(TEN_MINUTES * 2, pace=SLOW, mute=frozenset({"Port1"}))
    assert "Port1" not in bank.live


# Numbers


def test_a_number_that_a_neighbour_told_is_contested_like_a_card():
    bank = Bank((*HONEST, LIAR))
    for n, name in enumerate(bank.names):
        bank.numbers[name] = (f"+4670174{n:04d}", Source.CNUM)
    bank.run(8)
    bank.numbers[LIAR] = bank.numbers["Port1"]
    bank.run(20)
    assert bank.reason("Port1") is bank.reason(LIAR) is Reason.DUPLICATE_NUMBER
    bank.run(TEN_MINUTES, pace=SLOW)
    assert bank.live == set(HONEST)
    assert bank.reason(LIAR) is Reason.DUPLICATE_NUMBER


def test_a_number_that_the_operator_wrote_twice_stays_in_doubt():
    bank = bank_with_liar()
    bank.numbers[LIAR] = ("+467000050016", Source.FILE)
    bank.numbers["Port1"] = ("+467000050016", Source.FILE)
    bank.run(3 * TEN_MINUTES, pace=SLOW)
    assert not bank.live & {"Port1", LIAR}


# Any history

NAMES = ("Port1", "Port2", "Port3")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from([*map(card, range(4)), None]),
        st.sampled_from([Registration.HOME, Registration.SEARCHING, Registration.DENIED]),
        st.sampled_from([0.1, 2.0, 9.0, 31.0, 400.0]),
        st.booleans(),
    ),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_no_card_and_no_number_is_ever_live_twice(steps):
    bank = Bank(NAMES)
    for name, told, registration, pause, one_number in steps:
        bank.now += pause
        bank.cards[name] = told
        bank.changes[name] = {} if told is None else {"registration": registration}
        bank.numbers[name] = ("+46701740000", Source.CNUM) if one_number else (f"+467{told}", Source.CNUM)
        bank.poll(name)  # the bank itself looks for doubles
        contests = bank.memory.contests
        assert not contests.out & bank.live
        assert all(len(marks) <= 6 for marks in contests.marks.values())


LIES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([2.0, 4.0, 30.0, 300.0])), min_size=1, max_size=6
)


@given(LIES)
@settings(max_examples=10, deadline=None)
def test_whatever_one_module_tells_no_honest_one_is_ever_taken_for_the_liar(lies):
    bank = bank_with_liar()
    for victim, seconds in lies:
        bank.cards[LIAR] = bank.cards[HONEST[victim]]
        bank.run(seconds, pace=max(PACE, seconds / 20))
        assert not bank.memory.contests.out & set(HONEST)
        out = set(HONEST) - bank.live
        assert len(out) <= 1
