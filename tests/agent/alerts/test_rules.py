"""Which faults are told, when, and that nobody is told what is not known."""

from __future__ import annotations

import pytest
from alerted_host import Host, module

from agent.alerts import kept
from agent.alerts.fault_book import FORGET, START, FaultBook
from agent.alerts.outbox import Limits
from agent.alerts.rule import FaultKey, Rule, RulePolicy
from agent.decision.verdict import Reason
from agent.language import Bilingual

REFUSED = FaultKey(Rule.REFUSED)
NOTHING = FaultKey(Rule.NOTHING_ACCEPTED)
BELOW = FaultKey(Rule.LIVE_BELOW)
STORE = FaultKey(Rule.STORE_FAILED)


def running(**more):
    host = Host(**more)
    host.pass_time(600)
    assert host.messages == []
    return host


def test_a_host_that_is_well_tells_nothing():
    running().pass_time(86_400, 60)


def test_a_lost_module_is_told_once_and_its_return_once():
    host = running()
    host.reasons["Port2"] = Reason.NO_SIM
    host.pass_time(890)
    assert host.messages == []
    host.pass_time(60)
    assert host.told == [("new", module("Port2"))]
    ((_, draft),) = host.messages
    assert draft.new[module("Port2")].number == "+46701740001"
    host.pass_time(7200)
    assert len(host.messages) == 1
    host.reasons["Port2"] = Reason.LIVE
    host.pass_time(50)
    assert len(host.messages) == 1
    host.pass_time(60)
    assert host.told[1:] == [("over", module("Port2"))]


def test_a_module_that_blinks_is_one_fault():
    host = running()
    for _ in range(20):
        host.reasons["Port1"] = Reason.SEARCHING
        host.pass_time(1000)
        host.reasons["Port1"] = Reason.LIVE
        host.pass_time(30)
    assert host.told == [("new", module("Port1"))]


@pytest.mark.parametrize("reason", [Reason.DISABLED, Reason.OVER_CAP])
def test_what_the_operator_does_himself_is_no_fault(reason):
    host = running()
    host.reasons["Port1"] = reason
    host.pass_time(7200)
    assert host.messages == []


def test_a_module_that_the_operator_disables_after_it_was_lost_is_not_told_as_back():
    host = running()
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(1000)
    host.reasons["Port1"] = Reason.DISABLED
    host.pass_time(7200)
    assert host.told == [("new", module("Port1"))]


def test_a_module_that_was_never_live_is_not_lost():
    host = Host()
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(7200)
    assert host.messages == []


def test_a_hub_is_told_as_one_and_its_modules_only_if_they_stay_away():
    host = running(modules=8, group="1-1.2", policy=RulePolicy(live_share=None))
    for name in host.reasons:
        host.reasons[name] = Reason.UNPLUGGED
    host.pass_time(3600)
    hub = FaultKey(Rule.HUB_LOST, "1-1.2")
    assert host.told == [("new", hub)]
    assert host.messages[0][1].new[hub].count == 8
    for name in [*host.reasons][:7]:
        host.reasons[name] = Reason.LIVE
    host.pass_time(1200)
    assert set(host.told[1:]) == {("over", hub), ("new", module("Port8"))}


def test_a_row_switch_is_no_lost_hub():
    host = running(modules=8, group="1-1.2")
    for _ in range(20):
        host.reasons = dict.fromkeys(host.reasons, Reason.SILENT)
        host.pass_time(90)
        host.reasons = dict.fromkeys(host.reasons, Reason.LIVE)
        host.pass_time(300)
    assert host.messages == []


def test_a_burst_is_one_message():
    host = running(modules=64, policy=RulePolicy(live_share=None))
    for n in range(1, 33):
        host.reasons[f"Port{n}"] = Reason.NO_SIM
        host.pass_time(1, 1)
    host.pass_time(3600)
    assert len(host.messages) == 1
    assert len(host.messages[0][1].new) == 32


def test_fewer_live_than_usual():
    host = running(modules=10, policy=RulePolicy(module_lost=None))
    host.usual = 10
    for n in (1, 2):
        host.reasons[f"Port{n}"] = Reason.NO_SIM
    host.pass_time(3600)
    assert host.messages == []
    host.reasons["Port3"] = Reason.NO_SIM
    host.pass_time(590)
    assert host.messages == []
    host.pass_time(60)
    assert host.told == [("new", BELOW)]
    host.usual = 7  # what is usual follows, and must not look like a recovery
    host.pass_time(7200)
    assert host.told == [("new", BELOW)]
    host.reasons["Port3"] = Reason.LIVE
    host.pass_time(120)
    assert host.told[1:] == [("over", BELOW)]


def test_fewer_live_than_a_number():
    host = running(modules=10, policy=RulePolicy(module_lost=None, live_number=10, live_share=None))
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(700)
    assert host.told == [("new", BELOW)]


def test_modules_that_settle_are_neither_lost_nor_back():
    host = running(modules=10)
    host.usual = 10
    host.reasons = dict.fromkeys(host.reasons, Reason.SETTLING)
    host.pass_time(3600)
    assert host.messages == []


def test_refusals_are_urgent_and_do_not_wait_for_the_morning():
    host = running()
    host.quiet, host.refused = True, True
    host.pass_time(60)
    assert host.told == [("new", REFUSED)]
    host.accepts = False
    host.pass_time(600)
    assert host.told[1:] == [("new", NOTHING)]
    assert host.messages[1][1].new[NOTHING].detail == Bilingual("why", "почему")
    host.refused, host.accepts = False, True
    host.pass_time(120)
    assert set(host.told[2:]) == {("over", REFUSED), ("over", NOTHING)}


def test_an_answer_that_says_neither_yes_nor_no_ends_no_refusal():
    host = running()
    host.refused, host.accepts = True, False
    host.pass_time(60)
    host.refused = None
    host.pass_time(200)
    assert host.told == [("new", REFUSED)]


def test_nothing_about_reports_where_nothing_is_sold():
    host = running()
    host.real, host.refused, host.accepts = False, True, False
    host.pass_time(7200)
    assert host.messages == []


def test_a_host_that_does_not_speak_for_the_account_is_silent_about_it_and_forgets_nothing():
    host = running()
    host.refused = True
    host.pass_time(60)
    host.speaks, host.refused = False, None
    host.pass_time(7200)
    assert host.told == [("new", REFUSED)]
    host.speaks, host.refused = True, False
    host.pass_time(120)
    assert host.told[1:] == [("over", REFUSED)]


def test_the_leader_tells_lost_hosts_and_no_other_does():
    lost = FaultKey(Rule.HOST_LOST, "bank-2")
    for leads in (True, False):
        host = running()
        host.speaks, host.hosts = leads, {"bank-2": host.now}
        host.pass_time(300)
        assert host.told == ([("new", lost)] if leads else [])


def test_a_lost_host_that_its_fleet_forgets_is_not_told_as_back():
    host = running()
    host.hosts = {"bank-2": host.now, "bank-3": None}
    host.pass_time(300)
    host.hosts = {"bank-3": None}
    host.pass_time(7200)
    assert host.told == [("new", FaultKey(Rule.HOST_LOST, "bank-2"))]
    host.hosts = {"bank-2": None, "bank-3": None}
    host.pass_time(200)
    assert host.told[1:] == [("over", FaultKey(Rule.HOST_LOST, "bank-2"))]


def test_the_store():
    host = running()
    host.store = "disk full"
    host.pass_time(120)
    host.store = ""
    host.pass_time(200)
    assert host.told == [("new", STORE), ("over", STORE)]


def test_after_a_suspend_nothing_is_told_that_the_next_report_ends():
    host = running()
    host.now += 36_000
    host.accepts = False
    host.turn()
    host.pass_time(10)
    host.accepts = True
    host.pass_time(600)
    assert host.messages == []


def test_quiet_hours_hold_back_and_what_came_and_went_is_told_afterwards():
    host = running()
    host.quiet = True
    host.reasons["Port1"] = host.reasons["Port2"] = Reason.NO_SIM
    host.pass_time(3600)
    host.reasons["Port1"] = Reason.LIVE
    host.pass_time(3600)
    assert host.messages == []
    host.quiet = False
    host.pass_time(120)
    assert host.told == [("new", module("Port2")), ("missed", module("Port1"))]


def test_a_service_that_was_away_gets_the_newest_state():
    host = running()
    host.works = False
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(7200)
    host.reasons["Port1"], host.reasons["Port2"] = Reason.LIVE, Reason.NO_SIM
    host.pass_time(7200)
    host.works = True
    host.pass_time(1900)
    assert host.told == [("new", module("Port2")), ("missed", module("Port1"))]


def test_without_recovered_only_faults_are_told():
    host = running(limits=Limits(recovered=False))
    for reason in (Reason.NO_SIM, Reason.LIVE, Reason.NO_SIM):
        host.reasons["Port1"] = reason
        host.pass_time(1200)
    assert host.told == [("new", module("Port1"))] * 2


def test_a_rule_that_is_switched_off_is_dropped_without_a_word():
    host = running()
    host.store = "disk full"
    host.pass_time(120)
    host.policy = RulePolicy(store_failed=None)
    host.pass_time(600)
    assert host.told == [("new", STORE)]
    host.policy = RulePolicy()
    host.pass_time(600)
    assert host.told == [("new", STORE)] * 2


def restarted(host, *, after=30.0, live=()):
    """The next run, `after` seconds later, with what the last one kept; its clock begins anew."""
    text = kept.written(
        {**host.book.faults, **host.book.lost_for(120, host.now)}, host.outbox.told, offset=1_800_000_000
    )
    at = 1_800_000_000 + host.now + after
    restored = kept.read(text, offset=at - 50.0, now=50.0)
    told = {key for key, (_, _, was_told) in restored.items() if was_told}
    return Host(book=FaultBook.restored(restored, live), told=told, now=50.0)


def test_after_a_restart_nothing_is_told_twice_and_nothing_is_over_before_it_is_known():
    host = running()
    host.reasons["Port1"], host.store = Reason.NO_SIM, "disk full"
    host.pass_time(1200)
    assert set(host.told) == {("new", module("Port1")), ("new", STORE)}
    again = restarted(host, live=["Port2", "Port3", "Port4"])
    again.store = "disk full"
    again.reasons = dict.fromkeys(again.reasons, Reason.SILENT)
    again.pass_time(60)
    again.reasons = dict.fromkeys(again.reasons, Reason.LIVE) | {"Port1": Reason.NO_SIM}
    again.pass_time(7200)
    assert again.messages == []
    again.reasons["Port1"], again.store = Reason.LIVE, ""
    again.pass_time(120)
    assert set(again.told) == {("over", module("Port1")), ("over", STORE)}


def test_what_was_lost_before_a_restart_and_not_told_yet_goes_on_counting():
    host = running()
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(800)
    again = restarted(host, live=["Port2", "Port3", "Port4"])
    again.reasons["Port1"] = Reason.NO_SIM
    again.pass_time(START + 60)
    assert again.told == [("new", module("Port1"))]


def test_a_bank_that_just_starts_is_not_lost_whatever_was_wrong_before():
    host = running()
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(800)
    again = restarted(host, after=3600, live=["Port2", "Port3", "Port4"])
    again.reasons = dict.fromkeys(again.reasons, Reason.SILENT)
    again.pass_time(START - 10)
    again.reasons = dict.fromkeys(again.reasons, Reason.LIVE)
    again.pass_time(3600)
    assert again.messages == []


def test_reports_are_not_accepted_again_before_one_is():
    host = running()
    host.accepts = False
    host.pass_time(600)
    assert host.told == [("new", NOTHING)]
    again = restarted(host)
    again.accepts = False
    again.pass_time(250)
    assert again.messages == []
    again.accepts = True
    again.pass_time(120)
    assert again.told == [("over", NOTHING)]


def test_a_short_fault_does_not_swallow_the_end_of_the_one_before():
    host = running()
    host.store = "disk full"
    host.pass_time(120)
    host.store = ""
    host.pass_time(70)
    host.store = "disk full"
    host.pass_time(10)
    host.store = ""
    host.pass_time(200)
    assert host.told == [("new", STORE), ("over", STORE)]


def test_what_was_live_at_the_last_stop_and_is_gone_at_the_start_is_lost():
    again = restarted(running(), live=["Port1", "Port2", "Port3", "Port4"])
    del again.reasons["Port2"]
    again.pass_time(850)
    assert again.messages == []
    again.pass_time(120)
    assert again.told == [("new", module("Port2"))]


def test_a_module_that_got_another_name_is_not_lost():
    host = running()
    host.reasons["Left1"] = host.reasons.pop("Port1")
    host.pass_time(7200)
    assert host.messages == []


def test_what_nobody_can_say_anything_of_is_forgotten_after_a_day():
    host = running()
    host.reasons["Port1"] = Reason.NO_SIM
    host.pass_time(1000)
    del host.reasons["Port1"]
    host.pass_time(FORGET + 120, 60)
    assert host.told == [("new", module("Port1"))]
    assert host.outbox.told == set()


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[["x","",0,0,0]]', '[["refused","",0,"x",0]]', "null", "7"]
)
def test_a_text_that_is_none_keeps_nothing(text):
    assert kept.read(text, 0, 0) == {}


def test_what_does_not_fit_is_left_out_and_the_told_ones_stay():
    host = Host(modules=500, policy=RulePolicy(live_share=None))
    host.pass_time(120, 60)
    host.reasons = dict.fromkeys(host.reasons, Reason.NO_SIM)
    host.pass_time(1200, 60)
    faults = host.book.faults
    text = kept.written(faults, {module("Port500"), NOTHING}, 0.0)
    assert len(text) <= kept.LONGEST
    read = kept.read(text, 0.0, host.now)
    assert read[module("Port500")][2]
    assert len(read) > 50
