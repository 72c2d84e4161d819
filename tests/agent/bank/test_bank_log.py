"""The log has single changes one by one and a bank-wide outage once."""

from __future__ import annotations

import dataclasses

from agent.bank.bank_log import COLLECT, EXCHANGE_WITHIN, FIRST_ANSWER_WITHIN, LONGEST_OUTAGE, BankLog
from agent.bank.module_words import HeldSim, Known, known_of, named
from agent.decision.verdict import Reason, Verdict
from drivers.observation import SimState
from tests.agent.decision.test_liveset import Agent, good


class Log:
    def __init__(self, modules: int) -> None:
        self.bank_log = BankLog()
        self.reasons = {f"Port{n}": Reason.LIVE for n in range(1, modules + 1)}
        self.now = 0.0
        self.sims: dict[str, HeldSim] = {}
        self.back_in: dict[str, float] = {}
        self.lines: list[str] = []
        self.update()
        self.update(COLLECT)
        self.lines.clear()

    def update(self, seconds: float = 0.0, **reasons: Reason) -> list[str]:
        self.now += seconds
        self.reasons |= reasons
        verdicts = {name: Verdict(name, reason, self.now) for name, reason in self.reasons.items()}
        known = Known(self.sims.get, self.back_in.get)
        texts = [line.text for line in self.bank_log.update(verdicts, self.now, known)]
        self.lines += texts
        return texts


def test_a_single_change_is_one_line_with_the_name_and_the_reason():
    log = Log(8)
    log.update(1, Port3=Reason.NO_SIM)
    assert log.update(COLLECT) == ["Port3: no SIM"]
    log.update(60, Port3=Reason.SETTLING)
    log.update(10, Port3=Reason.LIVE)
    assert log.update(COLLECT) == ["Port3: live"]


def test_modules_that_join_one_after_the_other_are_one_line():
    log = Log(0)
    log.update(0, Port1=Reason.LIVE)
    log.update(0.6, **{f"Port{n}": Reason.LIVE for n in range(2, 65)})
    assert log.update(COLLECT - 0.6) == ["64 modules: 64 live (Port1 to Port64); 64 of 64 are live now"]
    assert log.update(COLLECT) == []


def test_a_bad_verdict_waits_its_time_even_if_a_good_one_is_due():
    log = Log(8)
    log.update(1, Port3=Reason.SETTLING)
    log.update(1, Port3=Reason.LIVE)
    log.update(COLLECT / 2, Port4=Reason.NO_SIM)
    assert log.update(COLLECT / 2) == ["Port3: live"]
    assert log.update(COLLECT / 2) == ["Port4: no SIM"]


def test_settling_alone_is_not_worth_a_line():
    log = Log(8)
    log.update(1, Port3=Reason.SETTLING)
    assert log.update(COLLECT) == []


def test_a_row_switch_is_one_event_with_one_end():
    log = Log(64)
    for n in range(1, 65):
        log.update(0.05, **{f"Port{n}": Reason.NO_SIM})
    assert log.bank_log.outage == 64
    log.update(1)
    assert log.lines == [
        "64 modules dropped out together (64 no SIM): Port1 to Port64; check the row switch, the hub, the power"
    ]
    for n in range(1, 65):
        log.update(0.2, **{f"Port{n}": Reason.SEARCHING})
    for n in range(1, 65):
        log.update(0.2, **{f"Port{n}": Reason.SETTLING})
    for n in range(1, 65):
        log.update(0.1, **{f"Port{n}": Reason.LIVE})
    log.update(COLLECT)
    assert len(log.lines) == 2
    assert log.lines[1].startswith("all 64 modules are back after")


def test_who_does_not_come_back_is_named_by_reason_when_the_gap_is_over():
    log = Log(64)
    log.update(1, **{f"Port{n}": Reason.NO_SIM for n in range(1, 65)})
    log.update(20, **{f"Port{n}": Reason.LIVE for n in range(1, 62)})
    log.update(LONGEST_OUTAGE)
    assert log.lines[-1] == "61 of 64 modules are back after 200 s; not yet: 3 no SIM (Port62 to Port64)"


def test_a_module_that_leaves_later_than_the_others_is_named():
    log = Log(64)
    log.update(1, **{f"Port{n}": Reason.NO_SIM for n in range(1, 33)})
    log.update(3)
    log.update(20, Port40=Reason.DENIED)
    assert log.update(COLLECT) == ["Port40: the network rejects this SIM"]


def test_a_lower_cap_is_no_gap():
    log = Log(64)
    log.update(1, **{f"Port{n}": Reason.OVER_CAP for n in range(33, 65)})
    assert log.bank_log.outage is None
    assert len(log.update(COLLECT)) == 1
    assert "dropped out" not in log.lines[-1]


def test_a_module_that_never_gave_a_complete_answer_is_logged_after_a_minute():
    log = Log(0)
    log.update(0, Port1=Reason.SILENT, Port2=Reason.SILENT)
    log.update(5, Port2=Reason.SETTLING)
    log.update(10, Port2=Reason.LIVE)
    assert log.update(COLLECT) == ["Port2: live"]
    assert log.update(FIRST_ANSWER_WITHIN) == ["Port1: no complete answer lately"]


def test_a_few_of_many_are_no_gap():
    log = Log(64)
    log.update(1, **{f"Port{n}": Reason.NO_SIM for n in range(1, 4)})
    assert len(log.update(COLLECT)) == 3


def test_the_start_of_a_bank_is_one_line():
    bank_log = BankLog()
    names = [f"Port{n}" for n in range(64)]
    bank_log.update({name: Verdict(name, Reason.SILENT, 0) for name in names}, 0)
    bank_log.update({name: Verdict(name, Reason.SETTLING, 1) for name in names}, 1)
    bank_log.update({name: Verdict(name, Reason.LIVE, 11) for name in names}, 11)
    (line,) = bank_log.update({name: Verdict(name, Reason.LIVE, 11) for name in names}, 11 + COLLECT)
    assert line.text == "64 modules: 64 live (Port0 to Port63); 64 of 64 are live now"
    assert not line.warning


def test_single_bad_verdicts_are_warnings_and_good_ones_are_not():
    bank_log = BankLog()
    bank_log.update({"Port1": Verdict("Port1", Reason.DENIED, 1)}, 1)
    (line,) = bank_log.update({"Port1": Verdict("Port1", Reason.DENIED, 1)}, 1 + COLLECT)
    assert line.warning
    bank_log.update({"Port1": Verdict("Port1", Reason.LIVE, 60)}, 60)
    (line,) = bank_log.update({"Port1": Verdict("Port1", Reason.LIVE, 60)}, 60 + COLLECT)
    assert not line.warning


def test_a_module_that_joined_and_left_in_the_same_moment_is_not_called_live():
    log = Log(12)
    log.update(1, Port12=Reason.NO_SIM)
    log.update(COLLECT)
    log.update(60, Port12=Reason.LIVE)
    log.update(0.1, **{f"Port{n}": Reason.NO_SIM for n in range(1, 9)})
    log.update(0.1, Port12=Reason.NO_SIM)
    log.lines.clear()
    log.update(COLLECT)
    assert log.lines == []


def test_the_first_verdict_of_a_module_is_logged_unless_it_was_not_asked_yet():
    bank_log = BankLog()
    verdicts = {
        "Port1": Verdict("Port1", Reason.NO_PERMISSION, 0),
        "Port2": Verdict("Port2", Reason.SILENT, 0),
    }
    bank_log.update(verdicts, 0)
    (line,) = bank_log.update(verdicts, COLLECT)
    assert line.text == "Port1: no permission to open the port"


def test_a_module_that_drops_again_says_how_often_in_an_hour():
    log = Log(8)
    for _ in range(3):
        log.update(60, Port3=Reason.NO_SIM)
        log.update(COLLECT)
        log.update(30, Port3=Reason.LIVE)
        log.update(COLLECT)
    assert log.lines == [
        "Port3: no SIM",
        "Port3: live",
        "Port3: no SIM, again, 2 times in an hour",
        "Port3: live",
        "Port3: no SIM, again, 3 times in an hour",
        "Port3: live",
    ]
    log.update(3600, Port3=Reason.NO_SIM)
    assert log.update(COLLECT) == ["Port3: no SIM"]


ONE, OTHER = HeldSim("8946120000005000016", "+46701740001"), HeldSim("8946120000005000024", "+46701740002")
WHO, OTHER_WHO = "+46701740001 (SIM 8946120000005000016)", "+46701740002 (SIM 8946120000005000024)"


def two_live():
    log = Log(0)
    log.sims = {"Port1": ONE, "Port2": OTHER}
    log.update(1, Port1=Reason.LIVE, Port2=Reason.LIVE)
    assert log.update(COLLECT) == [f"Port1: {WHO} live", f"Port2: {OTHER_WHO} live"]
    return log


def test_a_line_says_who_also_when_the_sim_is_gone():
    log = two_live()
    del log.sims["Port2"]
    log.update(60, Port2=Reason.NO_SIM)
    assert log.update(COLLECT) == [f"Port2: {OTHER_WHO} no SIM"]


def test_two_modules_that_exchange_their_sims_are_one_line():
    log = two_live()
    log.sims = {"Port1": OTHER, "Port2": ONE}
    log.update(60, Port1=Reason.SETTLING, Port2=Reason.SETTLING)
    log.update(10, Port1=Reason.LIVE)
    assert log.update(COLLECT) == []
    assert log.update(5, Port2=Reason.LIVE) == [
        f"Port1 and Port2 have exchanged their SIMs: Port1: {OTHER_WHO}, Port2: {WHO}, both live"
    ]
    log.update(60, Port1=Reason.SEARCHING)
    log.update(COLLECT)
    log.update(60, Port1=Reason.LIVE)
    assert log.update(COLLECT) == [f"Port1: {OTHER_WHO} live"]


def test_a_sim_that_moves_says_from_where_and_does_not_wait_for_ever():
    log = two_live()
    log.sims = {"Port1": OTHER}
    log.update(60, Port1=Reason.SETTLING, Port2=Reason.NO_SIM)
    assert log.update(COLLECT) == [f"Port2: {OTHER_WHO} no SIM"]
    log.update(10, Port1=Reason.LIVE)
    assert log.update(COLLECT) == [f"Port1: {OTHER_WHO} live, was in Port2"]
    log.sims["Port2"] = ONE
    log.update(60, Port2=Reason.SETTLING)
    log.update(10, Port2=Reason.LIVE)
    assert log.update(COLLECT) == [f"Port2: {WHO} live, was in Port1"]


def test_a_partner_that_is_never_live_keeps_no_line_back():
    log = two_live()
    log.sims = {"Port1": OTHER, "Port2": ONE}
    log.update(60, Port1=Reason.SETTLING, Port2=Reason.DENIED)
    assert log.update(COLLECT) == [f"Port2: {WHO} the network rejects this SIM"]
    log.update(10, Port1=Reason.LIVE)
    assert log.update(COLLECT) == []
    assert log.update(EXCHANGE_WITHIN) == [f"Port1: {OTHER_WHO} live, was in Port2"]


def test_one_that_flaps_says_when_it_may_be_back():
    log = two_live()
    log.back_in["Port2"] = 40.0
    for _ in range(4):
        log.update(60, Port2=Reason.NO_SIM)
        log.update(COLLECT)
        log.update(60, Port2=Reason.LIVE)
        log.update(COLLECT)
    assert log.lines[-2] == (
        f"Port2: {OTHER_WHO} no SIM, again, 4 times in an hour; live again in 40 s at the earliest"
    )


def test_what_a_decision_knows_of_a_sim_that_left():
    agent = Agent()
    for at in (0.0, 2.0, 12.0):
        decision = agent.sees(good(at))
    assert known_of(decision, 10.0, 12.0).held("Port1") == HeldSim("8946120000005000016", "+46701740000")
    assert known_of(decision, 10.0, 12.0).back_in("Port1") is None
    gone = good(20.0)
    decision = agent.sees(
        dataclasses.replace(gone, sim=SimState.ABSENT, iccid=None, imsi=None, registration=None)
    )
    known = known_of(decision, 10.0, 20.0)
    assert (known.held("Port1"), known.back_in("Port1")) == (None, 20.0)
    assert known.held("Port9") is None


def test_names_in_a_row_are_told_by_the_first_and_the_last():
    assert (
        named(["Port10", "Port2", "Port3", "Port1", "left", "Port9"]) == "Port1 to Port3, Port9, Port10, left"
    )


def test_a_label_stands_behind_the_name_and_a_renamed_module_is_no_news():
    log = Log(8)
    log.bank_log.labels = {"Port3": "left shelf"}
    log.update(1, Port3=Reason.NO_SIM)
    assert log.update(COLLECT) == ["Port3 (left shelf): no SIM"]
    log.bank_log.renamed({"Port3": "upper"})
    log.reasons["upper"] = log.reasons.pop("Port3")
    assert log.update(2 * COLLECT) == []
