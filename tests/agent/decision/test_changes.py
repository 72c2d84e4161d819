"""What changed between two decisions: enough to know at any time where each SIM is, and no more."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.decision.changes import ABSENT, Change, Changes
from agent.decision.module_state import ModuleState
from agent.decision.verdict import Decision, LiveSim, Memory, ModuleInput, Reason, Verdict
from agent.numbers.resolve import Number, Resolution, Source

CARDS = [f"89461200000050000{n:02d}" for n in range(4)]


def decision_of(told):
    """Make a decision of what each module says: its reason, the card in it, and whether its number is known."""
    modules, verdicts, live = {}, {}, {}
    for name, (reason, iccid, numbered) in told.items():
        number = Number(f"+4670174{iccid[-4:]}", 46, Source.CNUM, rent=False) if iccid and numbered else None
        resolution = Resolution(number=number, rejected=None, disabled=False)
        modules[name] = ModuleInput(ModuleState(iccid=iccid), resolution)
        verdicts[name] = Verdict(name, reason, 0.0)
        if reason is Reason.LIVE:
            live[name] = LiveSim(name, iccid, "24012", number)
    return Decision(live, verdicts, modules, tuple(modules), Memory(), frozenset(), None)


def ready(_name):
    return False


def every_card(_iccid):
    return True


def of(changes, told):
    return changes.of(decision_of(told), ready)


def test_only_what_is_new_is_told():
    changes = Changes(every_card)
    told = {"Port1": (Reason.LIVE, CARDS[0], True)}
    assert of(changes, told) == [Change(True, True, "Port1", CARDS[0], "+46701740000", "live")]
    assert of(changes, told) == []
    told["Port1"] = (Reason.SEARCHING, CARDS[0], True)
    assert of(changes, told) == [
        Change(True, True, "Port1", CARDS[0], "+46701740000", "searching", before="live")
    ]
    changes.forget()
    assert [change.before for change in of(changes, told)] == [None]


def test_a_sim_that_is_pulled_has_left_and_says_why():
    changes = Changes(every_card)
    of(changes, {"Port1": (Reason.LIVE, CARDS[0], True)})
    module, sim = of(changes, {"Port1": (Reason.NO_SIM, None, False)})
    assert (module.of_module, module.of_sim, module.reason, module.iccid) == (True, False, "no_sim", None)
    assert sim == Change(False, True, "Port1", CARDS[0], "+46701740000", ABSENT, "no_sim")


def test_a_swap_of_two_tells_where_each_is_and_nobody_is_absent():
    changes = Changes(every_card)
    of(changes, {"Port1": (Reason.LIVE, CARDS[0], True), "Port2": (Reason.LIVE, CARDS[1], True)})
    told = of(
        changes, {"Port1": (Reason.SETTLING, CARDS[1], True), "Port2": (Reason.SETTLING, CARDS[0], True)}
    )
    assert [(one.module, one.iccid, one.of_sim) for one in told] == [
        ("Port1", CARDS[1], True),
        ("Port2", CARDS[0], True),
    ]


def test_a_module_that_is_gone_is_absent_and_so_is_its_sim():
    changes = Changes(every_card)
    of(changes, {"Port1": (Reason.LIVE, CARDS[0], True)})
    assert [(one.of_module, one.reason) for one in of(changes, {})] == [(True, ABSENT), (False, ABSENT)]
    assert of(changes, {}) == []


def test_a_renamed_module_has_not_changed():
    changes = Changes(every_card)
    of(changes, {"Port1": (Reason.LIVE, CARDS[0], True)})
    changes.rename({"Port1": "left"})
    assert of(changes, {"left": (Reason.LIVE, CARDS[0], True)}) == []


def test_a_module_that_was_not_asked_yet_is_not_told():
    changes = Changes(every_card)
    told = {"Port1": (Reason.SILENT, None, False)}
    assert changes.of(decision_of(told), lambda _: True) == []
    assert [one.reason for one in changes.of(decision_of(told), lambda _: False)] == ["silent"]


def test_a_module_that_tells_another_sim_each_time_makes_no_history_of_theirs():
    seen = set()
    changes = Changes(seen.__contains__)
    for n in range(50):
        told = of(changes, {"Port1": (Reason.SETTLING, CARDS[n % 4], False)})
        assert [one.of_sim for one in told] == [False]
    seen.add(CARDS[1])
    (sim,) = of(changes, {"Port1": (Reason.SETTLING, CARDS[1], False)})
    assert (sim.of_module, sim.of_sim) == (False, True)


SAYS = st.tuples(st.sampled_from(list(Reason)), st.sampled_from([None, *CARDS]), st.booleans())


@st.composite
def banks(draw):
    told = draw(st.dictionaries(st.sampled_from(["Port1", "Port2", "Port3"]), SAYS, max_size=3))
    live = set()
    for name, (reason, iccid, _) in told.items():
        if reason is Reason.LIVE and (iccid is None or iccid in live):
            told[name] = (Reason.SETTLING, iccid, True)
        elif reason is Reason.LIVE:
            live.add(iccid)
            told[name] = (reason, iccid, True)
    return told


@settings(max_examples=40)
@given(st.lists(banks(), max_size=6))
def test_whoever_adds_the_changes_up_knows_what_holds(history):
    changes = Changes(every_card)
    modules, sims = {}, {}
    for told in history:
        for change in of(changes, told):
            if change.of_module:
                modules[change.module] = (change.reason, change.iccid, change.number)
            if change.of_sim:
                sims[change.iccid] = (change.module, change.reason)
        there = {name: held for name, held in modules.items() if held[0] != ABSENT}
        decision = decision_of(told)
        assert there == {
            name: (
                verdict.reason.value,
                decision.modules[name].state.iccid,
                number.text if (number := decision.modules[name].resolution.number) else None,
            )
            for name, verdict in decision.verdicts.items()
        }
        present = {iccid for _, iccid, _ in there.values() if iccid}
        assert {iccid for iccid, (_, reason) in sims.items() if reason != ABSENT} == present
        for iccid in present:
            name, reason = sims[iccid]
            assert there[name][:2] == (reason, iccid)
        assert {i: m for i, (m, r) in sims.items() if r == "live"} == {
            sim.iccid: name for name, sim in decision.live.items()
        }
