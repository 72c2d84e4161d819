"""However many observations come before a decision, what was bad among them counts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.decision.module_state import ModuleState, update
from agent.decision.verdict import Memory, ModuleInput, Policy, Reason
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, PortState, Registration, SimState
from tests.agent.decision.plain_decision import decide

POLICY = Policy(cap=64, settle=10.0, lease=30.0, registration_grace=15.0)
NUMBER = Resolution(Number("+46701740000", 46, Source.CONFIG, rent=False), None, disabled=False)
GOOD = Observation(
    module="Port1",
    at=0.0,
    sim=SimState.READY,
    iccid="8946120000005000016",
    imsi="240120000000016",
    registration=Registration.HOME,
)
BAD = (
    {"restarted": True, "sim": SimState.NOT_READY, "iccid": None, "imsi": None, "registration": None},
    *({"sim": state} for state in SimState if state not in {SimState.READY, SimState.BUSY}),
    {"iccid": "8946120000005000024"},
    {"imsi": "240120000000024"},
    *({"registration": stat} for stat in (Registration.DENIED, Registration.EMERGENCY_ONLY)),
    *({"port": state} for state in (PortState.GONE, PortState.BUSY, PortState.FORBIDDEN)),
)
HARMLESS = (
    {"sim": SimState.BUSY},
    {"sim": None},
    {"iccid": None},
    *({"registration": stat} for stat in (Registration.SEARCHING, Registration.NOT_SEARCHING, None)),
    {},
)


class Module:
    def __init__(self) -> None:
        self.state, self.memory, self.now = ModuleState(), Memory(), 0.0

    def take(self, **change: object) -> None:
        self.state = update(self.state, replace(GOOD, at=self.now, **change), self.now)

    def decide(self) -> Reason:
        decision = decide({"Port1": ModuleInput(self.state, NUMBER)}, self.memory, POLICY, self.now)
        self.state, self.memory = decision.modules["Port1"].state, decision.memory
        return decision.verdicts["Port1"].reason

    def goes_live(self) -> None:
        for at in (0.0, 5.0, 10.0):
            self.now = at
            self.take()
            self.decide()
        assert self.memory.live


@given(st.lists(st.sampled_from(HARMLESS)), st.sampled_from(BAD), st.lists(st.sampled_from(HARMLESS)))
def test_a_bad_answer_among_others_takes_the_number_out(before, bad, after):
    module = Module()
    module.goes_live()
    module.now += 1
    for change in (*before, bad, *after, {}):
        module.take(**change)
    assert module.decide() is Reason.SETTLING
    module.take()
    module.now += 9
    module.take()
    assert module.decide() is Reason.SETTLING
    module.now += 20
    module.take()
    assert module.decide() is Reason.LIVE


@given(st.lists(st.sampled_from(HARMLESS)))
def test_what_is_no_bad_answer_takes_nobody_out(changes):
    module = Module()
    module.goes_live()
    module.now += 1
    for change in (*changes, {}):
        module.take(**change)
    assert module.decide() is Reason.LIVE


@given(st.sampled_from([*BAD, {"registration": Registration.SEARCHING}]))
def test_a_sim_that_settles_begins_anew_also_after_what_would_be_pardoned_if_it_were_live(change):
    module = Module()
    module.take()
    module.decide()
    module.now = 8.0
    module.take(**change)
    module.take()
    module.decide()
    module.now = 12.0
    module.take()
    assert module.decide() is Reason.SETTLING


def test_a_pull_that_was_folded_is_a_flap():
    module = Module()
    module.goes_live()
    module.take(sim=SimState.ABSENT)
    module.take()
    module.decide()
    module.now += 1
    module.take()
    module.decide()
    assert module.memory.flaps.level(GOOD.iccid, module.now) == 1
