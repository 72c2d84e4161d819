"""The decision's promises, each as an example and all of them as properties of any history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent.decision.module_state import ModuleState, update
from agent.decision.verdict import Decision, LiveSim, Memory, ModuleInput, Policy, Reason, Recalled
from agent.numbers.resolve import Number, Resolution, Source
from drivers.observation import Observation, PortState, Registration, SimState
from tests.agent.decision.plain_decision import decide

POLICY = Policy(cap=64, settle=10.0, lease=30.0, registration_grace=15.0)
CARD = "8946120000005000016"
OTHER_CARD = "8946120000005000024"
IMSI = "240120000000"


def number(text: str = "+46701740000", source: Source = Source.CONFIG) -> Resolution:
    return Resolution(number=Number(text, 46, source, rent=False), rejected=None, disabled=False)


NO_NUMBER = Resolution(number=None, rejected=None, disabled=False)


def good(at: float, module: str = "Port1", iccid: str = CARD, imsi: str = "") -> Observation:
    return Observation(
        module=module,
        at=at,
        sim=SimState.READY,
        iccid=iccid,
        imsi=imsi or IMSI + iccid[-3:],
        registration=Registration.HOME,
    )


class Agent:
    """Feeds one observation after the other to the decision, as the bank does."""

    def __init__(self, policy: Policy = POLICY, memory: Memory | None = None) -> None:
        self.policy = policy
        self.modules: dict[str, ModuleInput] = {}
        self.memory = memory or Memory()
        self.siblings: dict[str, str] = {}
        """What `ModuleInput.sibling` is for some modules."""
        self.decision: Decision | None = None

    def sees(
        self, seen: Observation, resolution: Resolution | None = None, *, now: float | None = None
    ) -> Decision:
        now = seen.at if now is None else now
        before = self.modules.get(seen.module)
        order = before.order if before else len(self.modules)
        state = update(before.state if before else ModuleState(), seen, now)
        resolution = resolution or (before.resolution if before else number())
        sibling = before.sibling if before else self.siblings.get(seen.module, "")
        self.modules[seen.module] = ModuleInput(state, resolution, order, sibling=sibling)
        return self.at(now)

    def at(self, now: float) -> Decision:
        self.decision = decide(self.modules, self.memory, self.policy, now)
        self.modules, self.memory = dict(self.decision.modules), self.decision.memory
        return self.decision

    def goes_live(self, module: str = "Port1", iccid: str = CARD, start: float = 0.0) -> float:
        """Bring a module's SIM into the live set; return the time."""
        text = number(f"+467017{iccid[-5:]}")
        for at in (start, start + 2, start + 4, start + 6, start + 8, start + 10):
            self.sees(good(at, module, iccid), text)
        assert self.reason(module) is Reason.LIVE
        return start + 10

    def reason(self, module: str = "Port1") -> Reason:
        assert self.decision is not None
        return self.decision.verdicts[module].reason


def test_a_sim_joins_only_after_settle_and_two_equal_observations():
    agent = Agent()
    agent.sees(good(0))
    assert agent.reason() is Reason.SETTLING
    assert agent.at(29).live == {}  # long settled, but seen only once
    agent.sees(good(29))
    assert agent.reason() is Reason.LIVE
    agent = Agent()
    agent.sees(good(0))
    agent.sees(good(2))
    assert agent.at(9.9).live == {}
    assert agent.at(10.0).live.keys() == {"Port1"}


def test_a_port_that_may_be_one_module_with_another_waits_until_that_tells_its_card():
    agent = Agent()
    agent.siblings = {"Port1": "usb-1-2 imei", "Port2": "usb-1-2 imei"}
    agent.sees(Observation(module="Port2", at=0, sim=SimState.READY))
    for at in (0, 5, 10, 15):
        agent.sees(good(at))
    assert agent.at(16).live == {}
    assert agent.at(16).verdicts["Port1"].detail == "Port2"
    agent.sees(good(17, "Port2", OTHER_CARD), number("+46701740001"))
    assert agent.at(18).live.keys() == {"Port1"}  # another card, so another module


@pytest.mark.parametrize("sim", [SimState.ABSENT, SimState.PIN, SimState.ERROR])
def test_a_port_without_a_card_of_its_own_keeps_its_sibling_from_nothing(sim):
    agent = Agent()
    agent.siblings = {"Port1": "usb-1-2 imei", "Port2": "usb-1-2 imei"}
    agent.sees(Observation(module="Port2", at=0, sim=sim))
    agent.goes_live()


def test_a_card_that_one_module_tells_on_two_ports_stays_live_on_the_first():
    agent = Agent()
    agent.siblings = {"Port1": "usb-1-2 imei", "Port2": "usb-1-2 imei", "Port3": ""}
    at = agent.goes_live()
    agent.sees(good(at + 1, "Port2"), number("+46701700016"))
    assert agent.at(at + 2).live.keys() == {"Port1"}
    assert agent.reason("Port2") is Reason.DUPLICATE_SIM
    agent.sees(good(at + 3, "Port3"), number("+46701700016"))
    assert agent.at(at + 4).live == {}  # a port of another device is another module


def test_settling_says_when_it_will_be_over():
    agent = Agent()
    agent.sees(good(0))
    assert agent.sees(good(2)).due == 10.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sim": SimState.ABSENT}, Reason.NO_SIM),
        ({"sim": SimState.NOT_READY}, Reason.SIM_NOT_READY),
        ({"sim": SimState.PIN}, Reason.PIN_REQUIRED),
        ({"sim": SimState.PUK}, Reason.PUK_REQUIRED),
        ({"sim": SimState.ERROR}, Reason.SIM_ERROR),
        ({"registration": Registration.DENIED}, Reason.DENIED),
        ({"registration": Registration.EMERGENCY_ONLY}, Reason.EMERGENCY_ONLY),
        ({"registration": Registration.LOCAL_SERVICES_ONLY}, Reason.EMERGENCY_ONLY),
        ({"port": PortState.GONE}, Reason.UNPLUGGED),
        ({"port": PortState.BUSY}, Reason.PORT_BUSY),
        ({"port": PortState.FORBIDDEN}, Reason.NO_PERMISSION),
        ({"port": PortState.NOT_A_MODEM}, Reason.NOT_A_MODEM),
        ({"restarted": True, "sim": None}, Reason.SIM_NOT_READY),
    ],
)
def test_a_bad_answer_takes_the_number_out_at_once(change, reason):
    agent = Agent()
    now = agent.goes_live()
    bad = replace(good(now + 1), **change)
    if "registration" not in change:
        bad = replace(bad, iccid=None, imsi=None, registration=None)
    assert agent.sees(bad).live == {}
    assert agent.reason() is reason


@pytest.mark.parametrize(
    "missing",
    [
        {"sim": SimState.BUSY, "iccid": None, "imsi": None, "registration": None},
        {"sim": None, "iccid": None, "imsi": None, "registration": None},
        {"imsi": None},
        {"registration": None},
        {"port": PortState.MUTE, "sim": None, "iccid": None, "imsi": None, "registration": None},
    ],
)
def test_silence_and_half_answers_let_the_last_word_run_to_its_lease(missing):
    agent = Agent()
    now = agent.goes_live()
    for at in range(int(now) + 2, int(now) + 30, 2):
        assert agent.sees(replace(good(at), **missing)).live, at
    assert agent.sees(replace(good(now + 30), **missing)).live == {}
    assert agent.reason() in {Reason.SILENT, Reason.SIM_NOT_READY}


def test_the_lease_counts_from_when_the_module_was_asked():
    agent = Agent()
    now = agent.goes_live()
    decision = agent.sees(good(now), now=now + 8)  # the answer came eight seconds after the question
    assert decision.due == now + 30
    assert agent.at(now + 29.9).live
    assert not agent.at(now + 30).live


def test_a_returning_sim_that_fell_silent_settles_anew_and_longer():
    agent = Agent()
    now = agent.goes_live()
    agent.at(now + 30)
    assert agent.reason() is Reason.SILENT
    back = now + 40
    agent.sees(good(back))
    assert agent.reason() is Reason.SETTLING
    agent.sees(good(back + 2))
    agent.sees(good(back + 12))
    assert not agent.at(back + 19.9).live  # settle was doubled by the flap
    assert agent.at(back + 20).live


@pytest.mark.parametrize("blink", [Registration.NOT_SEARCHING, Registration.SEARCHING, Registration.UNKNOWN])
def test_a_registration_that_blinks_is_covered_by_the_grace(blink):
    agent = Agent()
    now = agent.goes_live()
    assert agent.sees(replace(good(now + 1), registration=blink)).live
    assert agent.sees(replace(good(now + 11), registration=blink)).live
    assert agent.at(now + 15.9).live
    assert not agent.at(now + 16).live


def test_the_grace_brings_nobody_in():
    agent = Agent()
    for at in (0, 2, 4, 6, 8, 10, 12):
        agent.sees(replace(good(at), registration=Registration.SEARCHING))
        assert agent.reason() is Reason.SEARCHING
    agent.sees(good(14))
    assert agent.reason() is Reason.SETTLING


def test_a_registration_that_comes_back_within_the_grace_ends_it():
    agent = Agent()
    now = agent.goes_live()
    agent.sees(replace(good(now + 1), registration=Registration.SEARCHING))
    agent.sees(good(now + 11))
    assert agent.sees(replace(good(now + 21), registration=Registration.SEARCHING), now=now + 30).live


@pytest.mark.parametrize("change", [{"iccid": OTHER_CARD}, {"imsi": "240120000000099"}])
def test_a_new_sim_removes_the_old_number_before_anything_else_is_known(change):
    agent = Agent()
    now = agent.goes_live()
    seen = replace(good(now + 1), **({"imsi": None} | change), registration=None, sim=None)
    assert agent.sees(seen).live == {}


def test_a_new_sim_settles_although_the_module_was_good_all_the_time():
    agent = Agent()
    now = agent.goes_live()
    agent.sees(good(now + 1, iccid=OTHER_CARD))
    assert agent.reason() is Reason.SETTLING
    agent.sees(good(now + 3, iccid=OTHER_CARD))
    assert not agent.at(now + 10.9).live
    assert agent.at(now + 11).live["Port1"].iccid == OTHER_CARD


def test_the_banks_own_rotation_is_no_flap():
    agent = Agent()
    start = 0.0
    for _ in range(6):
        for card in (CARD, OTHER_CARD):
            now = agent.goes_live(iccid=card, start=start)
            agent.sees(replace(good(now + 5), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
            start = now + 40


def test_settle_doubles_with_each_flap_to_ten_minutes_and_an_hour_forgets():
    agent = Agent(replace(POLICY, lease=10_000))
    now = agent.goes_live()
    waited = []
    for _ in range(9):
        agent.sees(replace(good(now), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
        agent.sees(good(now + 1))
        decision = agent.sees(good(now + 2))
        assert decision.due is not None
        waited.append(decision.due - (now + 1))
        agent.at(decision.due)
        assert agent.reason() is Reason.LIVE
        now = decision.due + 1
    assert waited == [20, 40, 80, 160, 320, 600, 600, 600, 600]
    agent.sees(replace(good(now), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
    assert agent.memory.flaps.settle(CARD, 10.0, now + 3600) == 10.0


def test_live_minutes_take_flaps_back():
    agent = Agent(replace(POLICY, lease=10_000))
    now = agent.goes_live()
    for lived in (1, 1, 1300):
        agent.sees(replace(good(now + lived), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
        agent.sees(good(now + lived + 1))
        decision = agent.sees(good(now + lived + 2))
        assert decision.due is not None
        waited = decision.due - (now + lived + 1)
        now = decision.due
        agent.at(now)
    assert waited == 20  # two flaps taken back by twenty minutes, one added


def test_one_sim_in_two_modules_is_in_neither_and_both_are_asked_again():
    agent = Agent()
    now = agent.goes_live("Port1")
    decision = agent.sees(good(now + 1, "Port2"), number())
    assert decision.live == {}
    assert agent.reason("Port1") is agent.reason("Port2") is Reason.DUPLICATE_SIM
    assert decision.poll_now == {"Port1", "Port2"}
    assert decision.verdicts["Port1"].detail == "Port2"
    assert agent.at(now + 2).poll_now == frozenset()


def test_a_claim_on_a_card_ends_with_its_lease():
    agent = Agent()
    now = agent.goes_live("Port1")
    agent.sees(good(now + 1, "Port2"), number())
    for at in (now + 20, now + 28):
        agent.sees(good(at, "Port1"))
    assert agent.at(now + 30.9).live == {}
    assert agent.at(now + 31).live.keys() == {"Port1"}


def test_a_check_digit_more_or_less_is_the_same_card():
    agent = Agent()
    agent.goes_live("Port1", iccid=CARD)
    agent.sees(good(11, "Port2", iccid=CARD + "7"), number("+46701740009"))
    assert agent.reason("Port1") is agent.reason("Port2") is Reason.DUPLICATE_SIM


def test_neighbouring_cards_are_not_one_card():
    agent = Agent()
    agent.goes_live("Port1", iccid="89461200000050000160")
    agent.goes_live("Port2", iccid="89461200000050000178")
    assert agent.at(11).live.keys() == {"Port1", "Port2"}


def test_equal_imeis_count_both():
    agent = Agent()
    agent.goes_live("Port1", iccid=CARD)
    agent.goes_live("Port2", iccid=OTHER_CARD)
    assert agent.at(10).live.keys() == {"Port1", "Port2"}


def test_of_two_sims_with_one_number_the_better_source_wins():
    agent = Agent()
    for at in (0, 2, 10):
        agent.sees(good(at, "Port1"), number(source=Source.CNUM))
        agent.sees(good(at, "Port2", iccid=OTHER_CARD), number(source=Source.CONFIG))
    assert agent.decision is not None
    assert agent.decision.live.keys() == {"Port2"}
    assert agent.reason("Port1") is Reason.DUPLICATE_NUMBER


def test_of_two_sims_with_one_number_and_equal_sources_both_are_out():
    agent = Agent()
    for at in (0, 2, 10):
        agent.sees(good(at, "Port1"), number())
        agent.sees(good(at, "Port2", iccid=OTHER_CARD), number())
    assert agent.reason("Port1") is agent.reason("Port2") is Reason.DUPLICATE_NUMBER


def test_numbers_that_are_unknown_or_impossible_say_so():
    agent = Agent()
    agent.sees(good(0), NO_NUMBER)
    assert agent.reason() is Reason.NUMBER_UNKNOWN
    assert agent.decision is not None
    assert agent.decision.verdicts["Port1"].detail == CARD
    agent.sees(good(1), Resolution(number=None, rejected="123", disabled=False))
    assert agent.reason() is Reason.NUMBER_INVALID


def test_what_config_yaml_switches_off_is_off():
    agent = Agent()
    agent.goes_live()
    off = Resolution(number=number().number, rejected=None, disabled=True)
    agent.sees(good(11), off)
    assert agent.reason() is Reason.DISABLED
    agent.modules["Port1"] = replace(agent.modules["Port1"], resolution=number(), disabled=True)
    agent.at(12)
    assert agent.reason() is Reason.DISABLED


def test_what_is_switched_on_again_settles_however_good_it_was_meanwhile():
    agent = Agent()
    off = Resolution(number=number().number, rejected=None, disabled=True)
    agent.sees(good(0), off)
    agent.sees(replace(good(10), registration=Registration.DENIED), off)
    agent.sees(good(20), off)
    agent.sees(good(40), off)
    assert agent.reason() is Reason.DISABLED
    agent.sees(good(41), number())
    assert agent.reason() is Reason.SETTLING
    agent.sees(good(50), number())
    assert agent.at(50.9).live == {}
    assert agent.at(51.0).live.keys() == {"Port1"}


def test_settling_begins_when_the_good_word_has_come_and_not_when_it_was_asked_for():
    agent = Agent()
    agent.sees(good(0), now=9.0)
    agent.sees(good(10), now=10.0)
    assert agent.at(18.9).live == {}
    assert agent.at(19.0).live.keys() == {"Port1"}


def test_over_the_cap_those_already_live_stay_then_the_order_decides():
    agent = Agent(replace(POLICY, cap=2))
    agent.sees(replace(good(0, "Port1"), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
    agent.goes_live("Port3", "8946120000005000033")
    agent.goes_live("Port2", "8946120000005000022")
    for at in (11, 13, 21):
        agent.sees(good(at, "Port1", "8946120000005000011", "240120000000011"), number("+46701700011"))
    assert agent.decision is not None
    assert agent.decision.live.keys() == {"Port3", "Port2"}
    assert agent.reason("Port1") is Reason.OVER_CAP
    agent.sees(replace(good(22, "Port3"), port=PortState.GONE))
    assert agent.decision.live.keys() == {"Port1", "Port2"}


def test_a_sim_that_was_live_at_the_last_stop_skips_settling_once():
    agent = Agent(memory=Memory(recalled={"Port1": Recalled(CARD, until=600)}))
    assert agent.sees(good(1)).live
    agent.sees(replace(good(2), port=PortState.GONE))
    agent.sees(good(3))
    assert agent.reason() is Reason.SETTLING


def test_another_sim_than_at_the_last_stop_settles():
    agent = Agent(memory=Memory(recalled={"Port1": Recalled(OTHER_CARD, until=600)}))
    agent.sees(good(1))
    assert agent.reason() is Reason.SETTLING
    agent.sees(good(2, iccid=OTHER_CARD))
    assert agent.reason() is Reason.SETTLING


def test_a_stop_long_ago_is_forgotten():
    agent = Agent(memory=Memory(recalled={"Port1": Recalled(CARD, until=0.5)}))
    agent.sees(good(1))
    assert agent.reason() is Reason.SETTLING


def test_an_older_answer_does_not_undo_a_newer_one():
    agent = Agent()
    now = agent.goes_live()
    agent.sees(replace(good(now + 2), sim=SimState.ABSENT, iccid=None, imsi=None, registration=None))
    agent.sees(good(now + 1), now=now + 3)  # asked before the SIM was pulled, answered after
    assert agent.reason() is Reason.NO_SIM


def test_a_module_that_leaves_the_roster_leaves_the_decide():
    agent = Agent()
    agent.goes_live()
    agent.modules.clear()
    assert agent.at(11).live == {}


CARDS = ["8946120000005000016", "8946120000005000024", "89461200000050000160", "894612000000500003"]
observations = st.builds(
    Observation,
    module=st.sampled_from(["A", "B", "C", "D"]),
    at=st.just(0.0),
    port=st.sampled_from([PortState.OPEN] * 6 + list(PortState)),
    restarted=st.sampled_from([False] * 9 + [True]),
    sim=st.sampled_from([SimState.READY] * 12 + [*SimState, None]),
    iccid=st.sampled_from([*CARDS, None]),
    imsi=st.sampled_from(["240120000000001", "240120000000002", None]),
    registration=st.sampled_from([Registration.HOME] * 12 + [*Registration, None]),
)
resolutions = st.sampled_from([
    number("+1"), number("+1", Source.CNUM), number("+2"), number("+3"), number("+4"), NO_NUMBER,
    Resolution(number=None, rejected="x", disabled=False),
])  # fmt: skip


class Promises(RuleBasedStateMachine):
    """Any history of observations and time, against a plain record of it."""

    @initialize(cap=st.integers(0, 3))
    def start(self, cap: int) -> None:
        self.agent = Agent(replace(POLICY, cap=cap))
        self.now = 0.0
        self.history: dict[str, list[Observation]] = {}
        self.agent.at(self.now)

    @rule(seen=observations, resolution=resolutions, late=st.sampled_from([0.0, 0.0, 0.5, 5.0]))
    def a_module_speaks(self, seen: Observation, resolution: Resolution, late: float) -> None:
        seen = replace(seen, at=max(0.0, self.now - late))
        self.history.setdefault(seen.module, []).append(seen)
        self.agent.sees(seen, resolution, now=self.now)

    @rule(module=st.sampled_from(["A", "B", "C", "D"]), card=st.sampled_from(CARDS), resolution=resolutions)
    def a_module_is_good_for_a_while(self, module: str, card: str, resolution: Resolution) -> None:
        for _ in range(8):
            seen = good(self.now, module, card)
            self.history.setdefault(module, []).append(seen)
            self.agent.sees(seen, resolution, now=self.now)
            self.keeps_its_promises()
            self.now += 2

    @rule(seconds=st.floats(0.01, 60))
    def time_passes(self, seconds: float) -> None:
        due = self.agent.at(self.now).due
        self.now = min(self.now + seconds, due) if due is not None else self.now + seconds
        self.agent.at(self.now)

    @rule(seconds=st.floats(60, 100_000))
    def the_machine_sleeps(self, seconds: float) -> None:
        self.now += seconds
        assert self.agent.at(self.now).live == {}

    @invariant()
    def keeps_its_promises(self) -> None:
        if not hasattr(self, "agent"):
            return
        decision = self.agent.at(self.now)
        live = decision.live
        assert len(live) <= min(self.agent.policy.cap, len(self.agent.modules))
        assert len({sim.number.text for sim in live.values()}) == len(live)
        assert len({sim.iccid[:18] for sim in live.values()}) == len(live)
        assert {name for name, one in decision.verdicts.items() if one.reason is Reason.LIVE} == live.keys()
        for name, sim in live.items():
            self._is_true(name, sim)
        assert len(decision.modules) <= 4
        assert len(self.agent.memory.away) <= 4
        assert len(self.agent.memory.flaps.by_iccid) <= len(CARDS)

    def _is_true(self, name: str, sim: LiveSim) -> None:
        """Hold a live SIM against everything that its module reported, without the decision's own bookkeeping."""
        history = self.history[name]
        newest = max(one.at for one in history)
        last = next(one for one in reversed(history) if one.at == newest)
        whole = [one for one in history if one.complete and one.sim is SimState.READY]
        mine = [one for one in whole if (one.iccid, one.imsi) == (sim.iccid, sim.imsi)]
        assert len({one.at for one in mine}) >= 2
        assert self.now - max(one.at for one in mine) < self.agent.policy.lease
        assert last.port in {PortState.OPEN, PortState.MUTE}
        assert not last.restarted
        assert last.sim in {SimState.READY, SimState.BUSY, None}
        assert last.iccid in {sim.iccid, None}
        assert last.imsi in {sim.imsi, None}
        assert last.registration is None or last.registration.receives or last.registration in {0, 2, 4}
        resolution = self.agent.modules[name].resolution
        assert resolution.number == sim.number


TestPromises = pytest.mark.slow(Promises.TestCase)
TestPromises.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


@pytest.mark.slow
@given(st.lists(st.tuples(observations, resolutions, st.floats(0, 20)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_the_decision_is_a_function_of_its_arguments(history):
    one, other = Agent(), Agent()
    now = 0.0
    for seen, resolution, passed in history:
        now += passed
        moment = replace(seen, at=now)
        assert one.sees(moment, resolution).live == other.sees(moment, resolution).live
        assert one.at(now).verdicts == one.at(now).verdicts
