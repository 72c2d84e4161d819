"""Only what may be otherwise is judged anew, and the decision is the plain one all the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.decision.module_state import ModuleState, update
from agent.decision.tellers import Tellers
from agent.decision.verdict import Decision, Memory, ModuleInput, Policy, Reason, Recalled
from agent.formats.iccid import card_key, same_card
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, PortState, Registration, SimState
from tests.agent.decision.plain_decision import decide

NAMES = "ABCDEFGH"
POLICY = Policy(cap=64, settle=10.0, lease=30.0, registration_grace=15.0)
NO_NUMBER = Resolution(None, "x", disabled=False)


def card(n: int) -> str:
    return f"894612000000500{n:03d}6"


def number(n: int, source: Source = Source.CNUM) -> Resolution:
    return Resolution(Number(f"+4670174000{n}", 46, source, rent=False), None, disabled=False)


@dataclass
class Bank:
    """Feeds the decision as the bank does; each module has a card and a number of its own, but for what is changed."""

    policy: Policy = POLICY
    memory: Memory = field(default_factory=Memory)
    now: float = 0.0
    modules: dict[str, ModuleInput] = field(default_factory=dict)

    def poll(self, name: str, **change: object) -> None:
        own = NAMES.index(name)
        known = self.modules.get(name, ModuleInput(ModuleState(), number(own), own))
        seen = Observation(
            module=name,
            at=self.now,
            sim=SimState.READY,
            iccid=card(own),
            imsi=f"24012000000000{own}",
            registration=Registration.HOME,
        )
        state = update(known.state, replace(seen, **change), self.now)
        self.modules[name] = replace(known, state=state)

    def decide(self) -> Decision:
        decision = decide(self.modules, self.memory, self.policy, self.now)
        self.modules, self.memory = dict(decision.modules), decision.memory
        return decision

    def rename(self, names: dict[str, str]) -> None:
        self.modules = {names[name]: module for name, module in self.modules.items()}
        self.memory = self.memory.renamed(names)

    def live_for_long(self, names: str = NAMES) -> None:
        for _ in range(3):
            self.now += 10.0
            for name in names:
                self.poll(name)
            self.decide()
        assert "".join(self.decide().live) == names


def test_who_has_no_news_is_not_judged():
    bank = Bank()
    bank.live_for_long()
    before = bank.decide()
    assert not before.judged
    bank.now += 1.0
    bank.poll("C")
    after = bank.decide()
    assert after.judged == ("C",)
    assert (after.live, after.verdicts) == (before.live, before.verdicts)
    assert after.live is before.live
    assert after.verdicts is before.verdicts


def test_whoever_tells_what_another_one_tells_is_judged_with_it():
    bank = Bank()
    bank.live_for_long()
    bank.poll("C", iccid=card(1))
    assert bank.decide().judged == ("B", "C")
    bank.poll("A")
    assert bank.decide().judged == ("A", "B", "C")
    bank.poll("C", iccid=card(2))
    decision = bank.decide()
    assert decision.judged == ("B", "C")
    assert decision.verdicts["B"].reason is Reason.LIVE


def test_what_leaves_by_time_alone_is_judged_when_its_time_has_come():
    bank = Bank()
    bank.live_for_long()
    for _ in range(2):
        bank.now += 10.0
        for name in NAMES[1:]:
            bank.poll(name)
        assert bank.decide().live.keys() == set(NAMES)
    bank.now += 10.0
    decision = bank.decide()
    assert decision.judged == ("A",)
    assert decision.live.keys() == set(NAMES[1:])


@pytest.mark.parametrize("change", ["policy", "roster", "order"])
def test_where_the_rules_or_the_roster_change_all_are_judged(change):
    bank = Bank()
    bank.live_for_long()
    if change == "policy":
        bank.policy = replace(POLICY, cap=3)
    elif change == "roster":
        del bank.modules["H"]
    else:
        bank.modules["H"] = replace(bank.modules["H"], order=-1)
    assert set(bank.decide().judged) == bank.modules.keys()


CARDS = [card(1), card(1) + "0", card(1) + "1", card(1)[:-1], card(2)]
"""An ICCID with and without its last digits, and two of one batch."""


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from([*CARDS, None]))))
def test_who_tells_what_is_known_however_it_came_about(steps):
    cards: dict[str, str | None] = dict.fromkeys("ABCD")
    tellers = Tellers()

    def told(name: str) -> dict[tuple[str, str], str]:
        iccid = cards[name]
        return {} if iccid is None else {("card", card_key(iccid)): iccid}

    for name, iccid in steps:
        before, cards[name] = told(name), iccid
        tellers = tellers.after([(name, before, told(name))])
        shared = {
            one
            for one, text in cards.items()
            for other, another in cards.items()
            if other != one and text and another and same_card(text, another)
        }
        assert set().union(*tellers.shared.values()) == shared
        assert set(tellers.of([("card", card_key(card(1)))])) == {
            one for one, text in cards.items() if text and card_key(text) == card_key(card(1))
        }
    assert not tellers.after((name, told(name), {}) for name in cards).by_key


def test_cards_of_one_batch_are_not_told_twice():
    """The last two of twenty digits may be all in which they differ, and they stand side by side in a bank."""
    bank = Bank()
    for _ in range(3):
        bank.now += 10.0
        for n, name in enumerate(NAMES):
            bank.poll(name, iccid=f"894612000000500001{n}3")
        bank.decide()
    bank.poll("C", iccid="89461200000050000123")
    assert bank.decide().judged == ("C",)


TROUBLES = {
    "sim": [{"sim": state} for state in SimState],
    "registration": [{"registration": stat} for stat in (*Registration, None)],
    "port": [
        *({"port": state} for state in PortState),
        {"restarted": True, "sim": SimState.NOT_READY, "iccid": None, "imsi": None, "registration": None},
    ],
    "card": [
        *({"iccid": card(n)} for n in (0, 1, 2, 40)),
        {"iccid": card(1) + "0"},
        {"imsi": "2401200000000099"},
    ],
    "nothing": [{"iccid": None}, {"imsi": None}, {"sim": None}, {"sim": SimState.BUSY}],
}
INPUTS = {
    "number": [
        {"resolution": one} for one in (NO_NUMBER, number(1), number(1, Source.CONFIG), number(2), number(5))
    ],
    "device": [{"sibling": "usb-1-2"}, {"sibling": "usb-1-2"}, {"sibling": ""}],
    "config": [{"disabled": True}, {"disabled": False}, {"order": 0}, {"order": 9}],
}
PASSED = (0.0, 0.0, 0.003, 1.0, 2.0, 2.0, 2.0, 9.0, 15.0, 29.0)


class Life:
    """A bank in which some kinds of trouble happen, and the rest goes well."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        recalled = {name: Recalled(card(NAMES.index(name)), 50.0) for name in chance.choice(["", "ABH"])}
        policy = replace(POLICY, cap=chance.choice([2, 5, 64, 64]), settle=chance.choice([0.0, 2.0, 10.0]))
        self.bank = Bank(policy, Memory(recalled=recalled))
        self.troubles = chance.sample(sorted(TROUBLES), chance.randint(0, 2))
        self.inputs = chance.sample(sorted(INPUTS), chance.randint(0, 2))
        self.kept: dict[str, dict[str, object]] = {}
        """What a module goes on telling: a trouble may last."""

    def goes_on(self) -> None:
        """Let one thing happen, and decide."""
        chance, bank = self.chance, self.bank
        bank.now += chance.choice(PASSED) if chance.random() < 0.97 else chance.choice([298.0, 598.0, 3600.0])
        what = chance.random()
        if what < 0.45:
            for name in chance.sample(NAMES, chance.randint(1, 3)):
                self.poll(name)
        elif what < 0.75:
            for name in NAMES:
                self.poll(name)
                if chance.random() < 0.1:
                    bank.decide()
        elif what < 0.9 and self.inputs:
            name = chance.choice(NAMES)
            if name in bank.modules:
                change = chance.choice(INPUTS[chance.choice(self.inputs)])
                bank.modules[name] = replace(bank.modules[name], **change)
        elif what < 0.91:
            bank.modules.pop(chance.choice(NAMES), None)
        elif what < 0.915 and not any(bank.memory.contests.concern(name) for name in NAMES):
            bank.rename({name: NAMES[-1 - n] for n, name in enumerate(NAMES)})
        elif what < 0.92:
            bank.policy = replace(bank.policy, **chance.choice([{"cap": 2}, {"cap": 64}, {"fleet": True}]))
        bank.decide()

    def poll(self, name: str) -> None:
        if self.troubles and self.chance.random() < 0.15:
            self.kept[name] = self.chance.choice(TROUBLES[self.chance.choice(self.troubles)])
        elif self.chance.random() < 0.25:
            self.kept.pop(name, None)
        self.bank.poll(name, **self.kept.get(name, {}))


@pytest.mark.slow
@given(st.randoms(use_true_random=True))
@settings(max_examples=max(500, settings.default.max_examples))
def test_the_decision_is_the_plain_one_in_any_life_fuzz(chance):
    life = Life(chance)
    for _ in range(50):
        life.goes_on()
