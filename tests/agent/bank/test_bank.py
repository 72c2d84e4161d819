"""A watcher for every module, and one decision; whatever one module does, the others go on."""

from __future__ import annotations

import asyncio
import logging

import pytest
from fake_modules import FakeBank, FakePort, until

from agent.bank import bank as banking
from agent.bank import supervisor
from agent.bank import watcher as watching
from agent.bank.bank import PollIntervals
from agent.bank.names import NameRefused
from agent.bank.place import Place
from agent.decision.reporting import FIRST_REPORT_WITHIN, Reporting
from agent.decision.verdict import Memory, Policy, Recalled
from agent.numbers.resolve import Resolution
from drivers.errors import PortProblem
from drivers.observation import Observation, PortState, SimState
from drivers.vendors.dialect import UrcMeaning


async def test_good_modules_go_live():
    async with FakeBank(FakePort(), FakePort(), FakePort()) as bank:
        await until(lambda: bank.live == {"Port1", "Port2", "Port3"})


async def test_a_pulled_sim_leaves_with_the_next_poll():
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: len(bank.live) == 2)
        bank.ports["port-1"].sim = SimState.ABSENT
        await until(lambda: bank.live == {"Port2"})
        assert bank.reason("Port1") == "no_sim"


async def test_a_urc_is_decided_upon_before_the_next_poll():
    async with FakeBank(FakePort(), intervals=PollIntervals(poll=60, settling=0.01)) as bank:
        await until(lambda: bank.live == {"Port1"})
        port = bank.ports["port-1"]
        gone = Observation(module="Port1", at=bank.clock(), sim=SimState.ABSENT)
        port.on_urc(UrcMeaning.SIM_GONE, gone)
        await until(lambda: bank.reason("Port1") == "no_sim", within=0.2)


async def test_a_urc_makes_the_bank_poll_at_once():
    async with FakeBank(FakePort(), intervals=PollIntervals(poll=60, settling=0.01)) as bank:
        await until(lambda: bank.live == {"Port1"})
        port = bank.ports["port-1"]
        polls = port.polls
        port.sim = SimState.PIN
        port.on_urc(UrcMeaning.SIM_CHANGED, None)
        await until(lambda: bank.reason("Port1") == "pin_required", within=0.5)
        assert port.polls > polls


async def test_a_bad_answer_is_not_overwritten_by_an_answer_that_was_asked_for_before():
    async with FakeBank(FakePort(), intervals=PollIntervals(poll=60, settling=0.01)) as bank:
        await until(lambda: bank.live == {"Port1"})
        asked_at = bank.clock()
        good = bank.bank.members["Port1"].complete
        assert good is not None
        bank.bank._publish(Observation(module="Port1", at=asked_at + 0.01, sim=SimState.ABSENT))
        bank.bank._publish(good)
        await until(lambda: bank.reason("Port1") == "no_sim")


async def test_a_watcher_that_fails_is_noticed_and_started_again(caplog):
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: len(bank.live) == 2)
        bank.ports["port-1"].crash = RuntimeError("a bug of ours")
        with caplog.at_level(logging.CRITICAL, logger="agent.bank.supervisor"):
            await until(lambda: bank.live == {"Port2"})
        assert bank.reason("Port1") == "silent"
        assert "a bug of ours" in bank.bank.decision.verdicts["Port1"].detail
        bank.ports["port-1"].crash = None
        await until(lambda: len(bank.live) == 2, within=10)


async def test_a_module_that_hangs_stops_nobody_else_and_loses_its_lease():
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: len(bank.live) == 2)
        bank.ports["port-1"].hangs = True
        await until(lambda: bank.live == {"Port2"})
        assert bank.reason("Port1") == "silent"
        polls = bank.ports["port-2"].polls
        await until(lambda: bank.ports["port-2"].polls > polls + 5)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (PortProblem.BUSY, "port_busy"),
        (PortProblem.FORBIDDEN, "no_permission"),
        (PortProblem.GONE, "unplugged"),
    ],
)
async def test_a_port_that_does_not_open_says_why(problem, reason):
    async with FakeBank(FakePort(problem=problem), FakePort()) as bank:
        await until(lambda: bank.live == {"Port2"})
        assert bank.reason("Port1") == reason
        assert "gammu-smsd (pid 312)" in bank.bank.decision.verdicts["Port1"].detail


async def test_a_port_that_never_answers_is_no_modem_and_is_left_alone():
    async with FakeBank(FakePort(answers=False)) as bank:
        await until(lambda: bank.reason("Port1") == "not_a_modem")
        assert bank.ports["port-1"].opened == 1


async def test_an_unplugged_module_leaves_at_once_and_comes_back_when_replugged():
    async with FakeBank(FakePort()) as bank:
        await until(lambda: bank.live == {"Port1"})
        bank.ports["port-1"].unplugged = True
        bank.gone.add("port-1")
        await until(lambda: bank.reason("Port1") == "unplugged")
        bank.ports["port-1"].unplugged = False
        bank.gone.clear()
        bank.bank.ports_changed()
        await until(lambda: bank.live == {"Port1"})
        assert bank.bank.members["Port1"].watcher.reconnects == 2


async def test_every_port_that_was_opened_is_closed_at_the_end():
    async with FakeBank(*(FakePort() for _ in range(8))) as bank:
        await until(lambda: len(bank.live) == 8)
    assert [port.open_now for port in bank.ports.values()] == [0] * 8


async def test_settling_modules_are_asked_sooner():
    policy = Policy(cap=64, settle=0.3, lease=5, registration_grace=1)
    async with FakeBank(FakePort(), policy=policy, intervals=PollIntervals(poll=60, settling=0.02)) as bank:
        await until(lambda: bank.live == {"Port1"}, within=2)
        polls = bank.ports["port-1"].polls
        assert polls >= 2
        await asyncio.sleep(0.1)
        assert bank.ports["port-1"].polls == polls


@pytest.mark.parametrize(("settle", "live"), [(0.0, True), (0.2, False)])
async def test_without_settling_the_second_look_does_not_wait_for_the_next_poll(monkeypatch, settle, live):
    monkeypatch.setattr(watching, "QUIET", 0.02)
    policy = Policy(cap=64, settle=settle, lease=600, registration_grace=1)
    async with FakeBank(FakePort(), policy=policy, intervals=PollIntervals(poll=60, settling=60)) as bank:
        await until(lambda: bank.reason("Port1") == ("live" if live else "settling"))
        assert bank.ports["port-1"].polls == 1 + live
        assert not bank.bank._lacks_a_look("Port1")


async def test_the_first_report_waits_until_no_module_is_unprobed_booting_or_settling():
    slow = FakePort(hangs=True)
    async with FakeBank(FakePort(), slow) as bank:
        await until(lambda: bank.live == {"Port1"})
        assert not bank.may_report
        slow.hangs = False
        slow.sim = SimState.ABSENT
        bank.bank.members["Port2"].task.cancel()
        bank.bank._publish(Observation(module="Port2", at=bank.clock(), sim=SimState.ABSENT))
        await until(lambda: bank.may_report)


async def test_the_first_report_does_not_wait_for_a_port_that_cannot_be_opened_at_all():
    async with FakeBank(FakePort(), FakePort(problem=PortProblem.BROKEN)) as bank:
        await until(lambda: bank.may_report)
        assert bank.live == {"Port1"}


async def test_the_first_report_waits_ninety_seconds_at_most():
    now = 100.0
    bank = FakeBank(FakePort(hangs=True), FakePort(sim=SimState.ABSENT), clock=lambda: now)
    async with bank:
        await until(lambda: bank.ports["port-1"].polls and bank.reason("Port2") == "no_sim")
        assert not bank.may_report
        now += FIRST_REPORT_WITHIN
        assert bank.may_report


async def test_without_a_port_nothing_is_proven_and_nothing_reported():
    async with FakeBank() as bank:
        started = bank.bank.ports_listed_at
        await until(lambda: bank.bank.ports_listed_at > started)
        assert not bank.may_report


@pytest.mark.parametrize("problem", [PortProblem.BUSY, PortProblem.FORBIDDEN])
async def test_where_nobody_could_be_asked_nothing_is_reported_however_long(problem):
    now = 100.0
    async with FakeBank(FakePort(problem=problem), FakePort(problem=problem), clock=lambda: now) as bank:
        await until(lambda: bank.bank.reporting is Reporting.UNASKED)
        now += 10 * FIRST_REPORT_WITHIN
        assert bank.bank.reporting is Reporting.UNASKED
        bank.ports["port-1"].problem = None
        await until(lambda: bank.reason("Port1") in {"settling", "live"})
        now += 1.0
        await until(lambda: bank.may_report and bank.live == {"Port1"})


async def test_what_an_earlier_run_left_is_withdrawn_where_nobody_could_be_asked():
    now = 100.0
    async with FakeBank(FakePort(problem=PortProblem.BUSY), clock=lambda: now, standing=True) as bank:
        await until(lambda: bank.bank.reporting is Reporting.UNASKED)
        now += FIRST_REPORT_WITHIN
        assert bank.bank.reporting is Reporting.WITHDRAWING
        bank.bank.withdrawn()
        assert bank.bank.reporting is Reporting.UNASKED


class Leap:
    """A clock of a process that stood still for a while."""

    def __init__(self):
        self.still = 0.0

    def __call__(self):
        return asyncio.get_running_loop().time() + self.still


PATIENT = Policy(cap=64, settle=0.02, lease=30.0, registration_grace=0.1)
RARELY = PollIntervals(poll=20.0, settling=0.01, answer_timeout=5.0)


async def test_while_nobody_says_anything_new_nothing_is_decided_until_it_is_due(monkeypatch):
    clock = Leap()
    monkeypatch.setattr(banking, "LONGEST_SLEEP", 0.01)
    async with FakeBank(FakePort(), FakePort(), policy=PATIENT, intervals=RARELY, clock=clock) as bank:
        await until(lambda: len(bank.live) == 2 and bank.may_report)
        before, turned_at = len(bank.decisions), bank.bank._turned_at
        bank.bank.ports_changed()
        await until(lambda: bank.bank._turned_at > turned_at + 0.1)
        assert len(bank.decisions) == before
        clock.still += 3600.0
        await until(lambda: len(bank.decisions) > before)
        assert bank.bank.reporting is Reporting.ASKING_AGAIN


async def test_after_a_long_pause_each_live_module_is_asked_before_its_lease_is_judged(caplog):
    clock = Leap()
    ports = FakePort(), FakePort(), FakePort()
    async with FakeBank(*ports, policy=PATIENT, intervals=RARELY, clock=clock) as bank:
        await until(lambda: len(bank.live) == 3 and bank.may_report)
        before = len(bank.decisions)
        ports[0].sim = SimState.ABSENT
        clock.still += 3600.0
        bank.bank.decide()
        assert bank.bank.reporting is Reporting.ASKING_AGAIN
        assert len(bank.live) == 3
        await until(lambda: bank.may_report)
        assert bank.live == {"Port2", "Port3"}
        assert all({"Port2", "Port3"} <= set(decision.live) for decision in bank.decisions[before:])
    assert "paused for 3600 s" in caplog.text


async def test_after_a_long_pause_a_mute_module_is_waited_for_no_longer_than_it_may_take():
    clock = Leap()
    ports = FakePort(), FakePort()
    async with FakeBank(*ports, policy=PATIENT, intervals=RARELY, clock=clock) as bank:
        await until(lambda: len(bank.live) == 2 and bank.may_report)
        ports[0].hangs = True
        clock.still += 3600.0
        bank.bank.decide()
        asked = ports[0].polls
        await until(lambda: ports[0].polls > asked)
        assert bank.bank.reporting is Reporting.ASKING_AGAIN
        for _ in range(2):
            clock.still += 2.5
            bank.bank.decide()
        assert bank.live == {"Port2"}
        assert bank.reason("Port1") == "silent"
        assert bank.may_report


async def test_a_restart_drops_nobody():
    policy = Policy(cap=64, settle=600, lease=5, registration_grace=1)
    recalled = {"Port1": Recalled("8946120000005000001", until=float("inf"))}
    async with FakeBank(FakePort(), FakePort(), policy=policy, memory=Memory(recalled=recalled)) as bank:
        await until(lambda: bank.live == {"Port1"})
        assert bank.reason("Port2") == "settling"


async def test_the_number_is_that_of_the_sim_the_module_holds_now():
    asked = []

    def lookup(iccid, imsi, reported) -> Resolution:
        asked.append((iccid, imsi))
        return FakeBank.lookup(iccid, imsi, reported)

    async with FakeBank(FakePort(), lookup=lookup) as bank:
        await until(lambda: bank.live == {"Port1"})
        bank.ports["port-1"].iccid = "8946120000005000099"
        await until(lambda: bank.bank.decision.live["Port1"].iccid.endswith("99") if bank.live else False)
        assert bank.bank.decision.live["Port1"].number.text.endswith("00099")
        assert ("8946120000005000099", "240120000000099") in asked


async def test_a_disabled_place_is_never_opened():
    bank = FakeBank(FakePort())
    roster = bank.roster

    async def disabled():
        from dataclasses import replace

        return [replace(place, enabled=False) for place in await roster()]

    bank.bank._roster = disabled
    async with bank:
        await until(lambda: bank.reason("Port1") == "disabled")
        assert bank.ports["port-1"].opened == 0


async def test_after_a_sleep_of_the_machine_nothing_is_reported_before_the_modules_were_asked():
    jump = 0.0
    loop = asyncio.get_running_loop()
    async with FakeBank(
        FakePort(),
        policy=PATIENT,
        intervals=RARELY,
        clock=lambda: loop.time() + jump,
    ) as bank:
        await until(lambda: bank.live == {"Port1"} and bank.may_report)
        polls = bank.ports["port-1"].polls
        jump = 8 * 3600.0
        bank.bank.decide()
        assert not bank.may_report
        await until(lambda: bank.may_report)
        assert bank.live == {"Port1"}
        assert bank.ports["port-1"].polls > polls


async def test_a_place_that_leaves_the_roster_is_dismissed():
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: len(bank.live) == 2)
        del bank.ports["port-2"]
        bank.bank.ports_changed()
        await until(lambda: set(bank.bank.members) == {"Port1"})
        await until(lambda: bank.live == {"Port1"})


async def test_a_module_that_gets_another_name_does_not_find_its_port_still_held_by_us():
    async with FakeBank(FakePort(closes_in=0.05)) as bank:
        await until(lambda: bank.live == {"Port1"})
        bank.names["port-1"] = "X490154203237518"
        bank.bank.ports_changed()
        await until(lambda: bank.live == {"X490154203237518"}, within=1)
        reasons = {
            verdict.reason.value
            for decision in bank.decisions
            for name, verdict in decision.verdicts.items()
            if name != "Port1"
        }
        assert "port_busy" not in reasons


async def test_unprobed_is_what_a_module_is_before_anybody_asked():
    async with FakeBank(FakePort(hangs=True)) as bank:
        await until(lambda: "Port1" in bank.bank.members)
        assert bank.bank.members["Port1"].state.port is PortState.UNPROBED


async def test_a_watcher_that_fails_again_and_again_is_started_ever_more_rarely(monkeypatch, caplog):
    monkeypatch.setattr(supervisor, "RESTART_AFTER", (0.01, 0.05, 30.0))
    monkeypatch.setattr(banking, "LIST_PORTS_EVERY", 0.01)
    async with FakeBank(FakePort(crash=RuntimeError("a bug of ours"))) as bank:
        with caplog.at_level(logging.WARNING, logger="agent.bank.supervisor"):
            await until(lambda: bank.ports["port-1"].opened == 3)
            await asyncio.sleep(0.2)
        assert bank.ports["port-1"].opened == 3
    results = [record.exc_info is not None for record in caplog.records if "watcher failed" in record.message]
    assert results == [True, False, False]


async def test_renamed_modules_stay_live_and_each_number_keeps_its_module():
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: bank.live == {"Port1", "Port2"})
        cards = {name: sim.iccid for name, sim in bank.bank.decision.live.items()}
        bank.decisions.clear()
        bank.names = {"port-1": "Port2", "port-2": "Port1"}
        bank.bank.rename({"Port1": "Port2", "Port2": "Port1"})
        swapped = {"Port1": cards["Port2"], "Port2": cards["Port1"]}
        opened = [port.opened for port in bank.ports.values()]
        await until(lambda: all(port.opened > 1 and port.polls > 3 for port in bank.ports.values()))
        assert opened == [1, 1]
        for decision in bank.decisions:
            assert {name: sim.iccid for name, sim in decision.live.items()} == swapped
            assert all(sim.module == name for name, sim in decision.live.items())


async def test_a_module_that_is_renamed_in_the_moment_in_which_another_is_plugged_stays_live():
    fakes = FakeBank(FakePort(), FakePort(), policy=PATIENT)
    fakes.gone.add("port-2")
    async with fakes as bank:
        await until(lambda: bank.live == {"Port1"})

        def rename() -> None:
            bank.names["port-1"] = "left"
            bank.ports["port-1"].hangs = True  # what was known of it has to do
            bank.decisions.clear()
            bank.bank.rename({"Port1": "left"})

        async def listed() -> list[Place]:
            places = await bank.roster()
            bank.bank._roster = bank.roster
            asyncio.get_running_loop().call_soon(rename)
            return places

        bank.gone.clear()
        bank.bank._roster = listed
        bank.bank.ports_changed()
        await until(lambda: bank.live == {"left", "Port2"})
        assert all("left" in decision.live for decision in bank.decisions)


async def test_what_a_watcher_says_after_its_module_was_renamed_is_nobodys():
    async with FakeBank(FakePort(closes_in=0.05), FakePort()) as bank:
        await until(lambda: bank.live == {"Port1", "Port2"})
        late = bank.bank.members["Port1"].watcher
        bank.names = {"port-1": "Port2", "port-2": "Port1"}
        bank.bank.rename({"Port1": "Port2", "Port2": "Port1"})
        late._publish(Observation(module="Port1", at=bank.clock(), sim=SimState.ABSENT))
        await until(lambda: len(bank.decisions) > 3)
        assert bank.live == {"Port1", "Port2"}


async def test_a_module_that_contests_a_sim_is_not_renamed():
    async with FakeBank(FakePort(), FakePort()) as bank:
        await until(lambda: bank.live == {"Port1", "Port2"})
        bank.bank.check_rename(["Port1", "Port2"])
        bank.ports["port-2"].iccid = bank.ports["port-1"].iccid
        await until(lambda: not bank.live)
        with pytest.raises(NameRefused, match="try again"):
            bank.bank.check_rename(["Port2"])
