"""What a look at the modules showed."""

import pytest

from agent.check.finding import Level
from agent.check.modules import FIXES, check_labels, check_modules
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


def test_a_number_that_is_not_known_is_looked_for_in_the_file():
    unknown = [
        {
            "name": "Port1",
            "reason": "number_unknown",
            "iccid": "89461200000050000163",
            "imsi": None,
            "text": "",
        },
        {"name": "Port2", "reason": "number_unknown", "iccid": None, "imsi": "240120000000017", "text": ""},
        {
            "name": "Port3",
            "reason": "number_unknown",
            "iccid": "8946120000005000999",
            "imsi": None,
            "text": "",
        },
    ]
    lines = {"894612000000500001": 9, "240120000000017": 12}
    _, there, absent = check_modules(unknown, "sims.csv", lines)
    assert there.text == "Port1 (sims.csv:9), Port2 (sims.csv:12): the number of this SIM is not known"
    assert there.fix == "fill in the column number in that row"
    assert absent.text == "Port3: the number of this SIM is not known"
    assert (
        absent.fix == "`simbank-agent sims --write` adds the SIM to sims.csv; then fill in its number there"
    )


def test_what_is_wrong_with_a_number_is_told():
    row = {"name": "Port1", "reason": "number_invalid", "text": "070 is in doubt"}
    _, first, second = check_modules([row, {**row, "name": "Port2"}, {**row, "name": "Port3", "text": ""}])
    assert first.text == "Port1, Port2: 070 is in doubt"
    assert second.text == "Port3: this is not a possible phone number"


def test_every_reason_that_has_a_fix_is_reported():
    found = list(check_modules(rows("live", *FIXES)))
    assert [one.fix for one in found[1:]] == list(FIXES.values())


def test_states_that_pass_by_themselves_have_no_fix():
    assert not {Reason.SETTLING, Reason.SEARCHING, Reason.SIM_NOT_READY, Reason.LIVE} & set(FIXES)


def test_a_reason_of_a_newer_agent_is_passed_over():
    assert [found.level for found in check_modules(rows("live", "on_holiday"))] == [Level.OK]


@pytest.mark.parametrize("reasons", [["port_busy"] * 2, ["no_permission", "unplugged"]])
def test_where_nobody_could_be_asked_it_says_that_nothing_would_be_reported(reasons):
    (finding,) = check_modules(rows(*reasons))
    assert finding.text == "none of the 2 could be asked: an agent reports nothing, not even an empty list"
    assert "one agent for each account" in finding.fix


def test_a_label_of_nothing_is_named():
    rows = [{"name": "Port1", "group": "1-1.2"}]
    assert list(check_labels(rows, ["Port1", "1-1.2"])) == []
    assert list(check_labels([], ["Port9"])) == []
    (found,) = check_labels(rows, ["Port1", "Port9"])
    assert (found.what, found.text) == ("labels", "no module and no hub is called Port9")
