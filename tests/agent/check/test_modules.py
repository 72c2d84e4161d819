"""What a look at the modules showed."""

from agent.check.finding import Level
from agent.check.modules import FIXES, check_modules
from agent.decision.verdict import Reason


def rows(*reasons):
    return [{"name": f"Port{n}", "reason": reason, "text": ""} for n, reason in enumerate(reasons, start=1)]


def test_without_rows_there_are_no_findings():
    assert list(check_modules([])) == []


def test_live_modules_are_counted():
    (found,) = check_modules(rows("live", "searching", "live"))
    assert (found.level, found.text) == (Level.OK, "2 of 3 are live")


def test_a_bank_without_a_live_module_is_a_problem():
    (found,) = check_modules(rows("no_sim"))
    assert found.level is Level.PROBLEM


def test_each_reason_is_one_finding_with_its_modules_and_its_fix():
    _, found = check_modules(rows("live", "number_unknown", "number_unknown"))
    assert found.text == "Port2, Port3: the number of this SIM is not known"
    assert "sims --write" in found.fix


def test_every_reason_that_has_a_fix_is_reported():
    found = list(check_modules(rows("live", *FIXES)))
    assert [one.fix for one in found[1:]] == list(FIXES.values())


def test_states_that_pass_by_themselves_have_no_fix():
    assert not {Reason.SETTLING, Reason.SEARCHING, Reason.SIM_NOT_READY, Reason.LIVE} & set(FIXES)


def test_a_reason_of_a_newer_agent_is_passed_over():
    assert [found.level for found in check_modules(rows("live", "on_holiday"))] == [Level.OK]
