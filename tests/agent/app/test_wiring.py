"""The agent as it is wired for real: simulated ports in a process, the sandbox over HTTP, the store on disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import threading

import aiohttp
import pytest
from fake_modules import until
from starvation import starved
from wired_agent import config, running

from agent.app.wiring import Wiring
from agent.bank import ussd
from agent.bank.roster import NameClash
from agent.cli.status import show_status
from agent.config import Status, load
from agent.decision.reporting import Reporting
from agent.onlinesim.advice import advice_for
from agent.onlinesim.messages import SendNumbersOnline
from agent.onlinesim.outcome import Refusal, RefusalKind
from agent.onlinesim.report import Report
from agent.onlinesim.schedule import ReportPolicy
from agent.sandbox.simulated_bank import SimulatedBank, SimulationFailed
from agent.store.lock import StoreInUse
from drivers.link import Link
from drivers.wire.tty import _Tty


async def test_the_bank_goes_live_is_reported_once_and_shown(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        assert service.view.snapshot().reports[0].numbers == 4
        assert set(service.bank.decision.live) == {"Port1", "Port2", "Port3", "Port4"}
        async with aiohttp.ClientSession() as session:
            async with session.get(service.status.url + "api/v1/status") as answer:
                shown = await answer.json()
            async with session.get(service.status.url + "readyz") as answer:
                assert answer.status == 503
            async with session.get(service.status.url + "api/v1/modules/Port1") as answer:
                details = await answer.json()
        assert shown["live"] == 4
        assert details["verdicts"][0]["reason"] == "live"
        assert any(answer["command"] == "ATI" for answer in details["answers"])


async def test_a_pulled_sim_leaves_the_report_within_half_a_second(tmp_path):
    async with running(config(tmp_path)) as (service, wiring):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        await asyncio.sleep(1.0)  # the gap between two reports is the server's, not ours
        loop = asyncio.get_running_loop()
        pulled_at = loop.time()
        await wiring._stand_ins.simulation.command("pull 2")
        await until(lambda: service.view.snapshot().reports[0].numbers == 3)
        assert loop.time() - pulled_at < 0.5 + starved()
        rows = {row.name: row for row in service.view.snapshot().modules}
        card = next(iccid for iccid, sim in service.store.cards.sims.items() if sim.module == "Port2")
        was = rows["Port2"].was
        assert (rows["Port2"].number, was.iccid, was.now_in) == (None, card, None)
        assert was.number == service.store.cards.learned[card].number
        assert was.number.encode() not in service.view.payload()
        assert all(row.was is None for row in rows.values() if row.live)
        again = service.view.snapshot().modules, service.view.snapshot().modules
        assert all(one is other for one, other in zip(*again, strict=True)), "what did not change is skipped"
        assert service.view.snapshot().reports[0].outcome == "accepted"


async def test_a_live_set_is_offered_once_and_again_after_reports_were_held(tmp_path, monkeypatch):
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        offered = []
        monkeypatch.setattr(service.reporter, "offer", offered.append)
        service.bank.decide()
        assert not offered
        monkeypatch.setattr(type(service.bank), "reporting", Reporting.ASKING_AGAIN)
        service.bank.decide()
        monkeypatch.setattr(type(service.bank), "reporting", Reporting.OPEN)
        service.bank.decide()
        assert [entries and len(entries) for entries in offered] == [None, 4]
        monkeypatch.undo()


async def test_a_number_that_onlinesim_refuses_gets_its_verdict_and_the_others_are_reported(tmp_path):
    async with running(config(tmp_path)) as (service, wiring):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        market = wiring._stand_ins.sandbox.market
        number = service.bank.decision.live["Port2"].number.text
        market.refuses.add(number)
        service.reporter.reconfigure(service.settings.client, service.settings.reports)
        await until(lambda: service.bank.decision.verdicts["Port2"].reason == "number_invalid", within=60)
        await until(lambda: len(wiring._stand_ins.sandbox.state().numbers) == 3)
        row = next(row for row in service.view.snapshot().modules if row.name == "Port2")
        assert row.text.en == f"Onlinesim refuses this number: {number} (Onlinesim: NUMBER_FORMAT_ERROR)"
        assert row.text.ru.startswith("Onlinesim не принимает этот номер: ")


async def test_a_number_that_onlinesim_did_not_take_is_a_notice(tmp_path):
    async with running(config(tmp_path)) as (service, wiring):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        number = service.bank.decision.live["Port2"].number.text
        wiring._stand_ins.sandbox.market.passes_over.add(number)
        service.reporter.reconfigure(service.settings.client, service.settings.reports)
        await until(lambda: service.view.snapshot().notices)
        assert service.view.snapshot().notices[0].en.startswith(f"Onlinesim did not take {number}: ")


async def test_a_replugged_module_keeps_its_name_on_another_path(tmp_path, monkeypatch):
    start = SimulatedBank.start
    monkeypatch.setattr(
        SimulatedBank, "start", lambda bank, arguments: start(bank, [*arguments, "--speed", "10"])
    )
    async with running(config(tmp_path)) as (service, wiring):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        before = service.bank.members["Port4"].place.ports
        await wiring._stand_ins.simulation.command("unplug 4")
        await until(lambda: service.bank.decision.verdicts["Port4"].reason == "unplugged")
        await wiring._stand_ins.simulation.command("replug 4")
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        assert service.bank.members["Port4"].place.ports != before


async def test_a_restart_reports_the_same_set_at_once_and_the_same_dates(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        first = service.view.payload()
    slow = config(tmp_path, settle="10m")
    async with running(slow) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        assert service.view.payload() == first
        # A start is no outage: nothing is recorded before the agent knows.
        assert {minute.lowest for minute in service.view.history()} == {4}


async def test_a_reload_takes_new_rules_without_disturbing_modules(tmp_path):
    rules = [config(tmp_path)]
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        reconnects = [member.watcher.reconnects for member in service.bank.members.values()]
        rules[0] = config(tmp_path, modules=2)
        assert await service.reload()
        await until(lambda: len(service.bank.decision.live) == 2)
        assert [member.watcher.reconnects for member in service.bank.members.values()] == reconnects


async def test_a_reload_changes_how_long_open_modules_are_waited_for(tmp_path, monkeypatch):
    waited = []
    ask = Link.ask

    async def noted(link, command, timeout=None):  # noqa: ASYNC109  as the link has it
        waited.append(timeout)
        return await ask(link, command, timeout)

    rules = [config(tmp_path, modules=1, more="log: {level: info}")]
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 1, within=60)
        reconnects = service.bank.members["Port1"].watcher.reconnects
        monkeypatch.setattr(Link, "ask", noted)
        rules[0] = config(tmp_path, modules=1, answer_timeout="1500ms")
        assert await service.reload()
        await until(lambda: 1.5 in waited)
        assert service.bank.members["Port1"].watcher.reconnects == reconnects


async def test_status_finds_the_agent_after_a_reload_with_another_address(tmp_path, capsys):
    started = config(tmp_path, modules=1)
    elsewhere = started.model_copy(update={"status": Status(listen="127.0.0.1:9")})
    async with running(started, reread=lambda: elsewhere) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 1, within=60)
        assert await service.reload()
        await show_status(elsewhere.status, elsewhere, as_json=True, watch=False)
        assert json.loads(capsys.readouterr().out)["live"] == 1
        assert service.settings.config.status == started.status


async def test_a_bad_file_changes_nothing_and_is_said(tmp_path, caplog):
    read = config(tmp_path)

    def bad():
        return load("version: 2", file="config.yaml", environment={}, folder=tmp_path)

    async with running(read, reread=bad) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        with caplog.at_level(logging.ERROR, logger="agent.app.service"):
            assert not await service.reload()
        assert "config.yaml:1:" in caplog.text
        assert len(service.bank.decision.live) == 4


async def test_a_sim_switched_off_in_config_yaml_leaves_with_the_reload(tmp_path):
    rules = [config(tmp_path)]
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        card = service.bank.decision.live["Port2"].iccid
        rules[0] = config(tmp_path, more=f'sims: {{"{card}": {{enabled: false}}}}')
        assert await service.reload()
        assert service.bank.decision.verdicts["Port2"].reason == "disabled"


async def test_the_network_is_asked_once_where_nobody_else_knows_the_number(tmp_path, monkeypatch):
    monkeypatch.setattr(ussd, "SIM_LOADS_WITHIN", 0.5)
    simulation = SimulatedBank()
    await simulation.start(
        ["--modules", "2", "--unknown-numbers", "1", "--mix", "SIM800", "--latency", "1ms"]
    )
    try:
        paths = "}, {".join(f"path: {port.path}" for port in simulation.ports)
        unasked = config(tmp_path, modules=2, ports=paths)
        async with running(unasked) as (service, _):
            await until(lambda: service.bank.reporting is Reporting.OPEN, within=60)
            assert {v.reason.value for v in service.bank.decision.verdicts.values()} == {"number_unknown"}
            operators = {member.state.imsi[:5] for member in service.bank.members.values()}
        queries = ", ".join(f'"{code}": {{code: "*100#"}}' for code in operators)
        asked = config(tmp_path, modules=2, ports=paths, more=f"ussd: {{{queries}}}")
        async with running(asked) as (service, _):
            await until(lambda: len(service.bank.decision.live) == 2, within=60)
            sources = {row.source for row in service.view.snapshot().modules}
            assert sources <= {"ussd", "learned"}
            assert len(service.store.cards.asked_ussd) == 2
    finally:
        await simulation.stop()


async def test_two_agents_do_not_share_a_store(tmp_path):
    read = config(tmp_path)
    async with running(read):
        with pytest.raises(StoreInUse):
            async with running(read):
                pass


async def test_a_simulator_that_does_not_start_is_said():
    simulation = SimulatedBank()
    with pytest.raises(SimulationFailed, match="did not start"):
        await simulation.start(["--modules", "none"])
    await simulation.stop()


async def test_a_simulator_that_dies_takes_its_ports_with_it(tmp_path):
    async with running(config(tmp_path)) as (service, wiring):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        wiring._stand_ins.simulation._process.kill()
        await until(lambda: service.bank.decision.live == {})


async def test_a_bad_row_of_sims_file_costs_no_other_and_is_shown(tmp_path):
    (tmp_path / "sims.csv").write_text("iccid,number\n8946120000005000016,+46701740000\nnonsense,1\n")
    async with running(config(tmp_path, more="sims_file: sims.csv")) as (service, _):
        await until(lambda: len(service.bank.decision.live) == 4, within=60)
        (notice,) = service.view.snapshot().notices
        assert "1 bad row in sims_file" in notice.en


async def test_a_reload_without_sims_file_takes_its_notice_back_and_starts_nothing_anew(tmp_path):
    (tmp_path / "sims.csv").write_text("iccid,number\nnonsense,1\n")
    rules = [config(tmp_path, more="sims_file: sims.csv")]
    async with running(rules[0], reread=lambda: rules[0]) as (service, _):
        began = service.view.facts.started_at
        assert service.view.snapshot().notices
        rules[0] = config(tmp_path)
        assert await service.reload()
        assert not service.view.snapshot().notices
        assert service.view.facts.started_at == began


async def test_names_that_clash_are_not_taken_in_a_reload(tmp_path, caplog):
    simulation = SimulatedBank()
    await simulation.start(["--modules", "2"])
    try:
        one, other = (port.path for port in simulation.ports)
        rules = [config(tmp_path, modules=2, ports=f"path: {one}}}, {{path: {other}")]
        async with running(rules[0], reread=lambda: rules[0]) as (service, _):
            await until(lambda: len(service.bank.decision.live) == 2, within=60)
            taken = {member.place.key: name for name, member in service.bank.members.items()}[other]
            rules[0] = config(tmp_path, modules=2, ports=f"path: {one}, name: {taken}}}, {{path: {other}")
            assert not await service.reload()
            assert f"two modules would be called '{taken}'" in caplog.text
            await asyncio.sleep(0.1)
            assert len(service.bank.decision.live) == 2
    finally:
        await simulation.stop()


async def test_a_module_that_tells_the_imei_of_another_has_a_name_of_its_own_and_stops_nobody(
    tmp_path, caplog
):
    async with running(config(tmp_path, ports='path: simulated, name: "{imei}"')) as (service, _):
        await until(lambda: sum(map(str.isdecimal, service.bank.decision.live)) == 4, within=60)
        first, *others, last = sorted(service.bank.members)
        place = service.bank.members[last].place.key
        service.store.places.imeis[place] = first
        service.bank.ports_changed()
        await until(lambda: f"the one at {place} is named {first}-2" in caplog.text)
        assert {first, *others} <= set(service.bank.decision.live)
        assert not service._ending.is_set()


async def test_a_part_that_fails_ends_the_agent_with_its_error(tmp_path):
    names = "path: /dev/none, name: Same}, {path: /dev/none-2, name: Other"
    wiring = Wiring(config(tmp_path, ports=names), reread=lambda: None, environment={})
    async with wiring.service() as service:

        async def fail():
            raise NameClash("two modules would be called 'Same'")

        service.bank._roster = fail
        with pytest.raises(NameClash):
            await service.run()


async def test_of_two_reloads_the_file_that_was_read_last_counts(tmp_path, monkeypatch):
    files = [config(tmp_path, modules=3), config(tmp_path, modules=2)]
    async with running(config(tmp_path), reread=lambda: files.pop(0)) as (service, _):
        client = service.builder.client

        async def slow_client(read):
            if read.bank.modules == 3:
                await asyncio.sleep(0.1)
            return await client(read)

        monkeypatch.setattr(service.builder, "client", slow_client)
        assert await asyncio.gather(service.reload(), service.reload()) == [True, True]
        assert service.bank.policy.cap == 2


async def test_the_end_comes_within_five_seconds_though_server_and_drivers_hang(tmp_path, monkeypatch):
    driver = threading.Event()
    close = _Tty._close

    def close_slowly(tty):
        driver.wait(10)
        close(tty)

    asked = asyncio.Event()

    class Mute:
        async def send(self, _message):
            asked.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(_Tty, "_close", close_slowly)
    async with running(config(tmp_path)) as (service, _):
        await until(lambda: service.reporter.state().accepted_at, within=60)
        service.reporter.reconfigure(Mute(), ReportPolicy())
        await until(asked.is_set)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await service.stop()
        assert loop.time() - began < 5 + starved()
        driver.set()


async def test_a_directory_of_shared_ports_that_is_repaired_later_serves_modules_that_are_open_already(
    tmp_path,
):
    (tmp_path / "run").write_text("in the way of a folder")
    shared = config(
        tmp_path,
        modules=1,
        ports="path: simulated, share: true",
        more=f"shared_ports: {{directory: {tmp_path}/run}}",
    )
    async with running(shared) as (service, _):
        await until(lambda: service.bank.decision.live, within=60)
        assert any("not shared" in notice.en for notice in service.view.snapshot().notices)
        (tmp_path / "run").unlink()
        await until((tmp_path / "run/Port1").exists, within=10)
        for _ in range(2):  # the first of them may have begun before the directory was there
            polled = service.bank.members["Port1"].complete.at
            await until(lambda before=polled: service.bank.members["Port1"].complete.at > before)
        descriptor = os.open(tmp_path / "run/Port1", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"AT\r")
            heard = b""

            def answered() -> bool:
                nonlocal heard
                with contextlib.suppress(BlockingIOError):
                    heard += os.read(descriptor, 100)
                return b"OK\r\n" in heard

            await until(answered)
        finally:
            os.close(descriptor)


async def test_a_refused_report_is_shown_with_what_to_do_about_it(tmp_path):
    async with running(config(tmp_path)) as (service, _):
        refusal = Refusal(401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY)
        message = SendNumbersOnline(numbers=())
        report = Report(message=message, numbers=0, at=0.0, done_at=0.0, took=0.1, outcome=refusal)
        assert service.view.note_report(report).explained("en") == (
            f"ERROR_WRONG_KEY; {advice_for(RefusalKind.WRONG_KEY)}"
        )


async def test_a_sims_file_that_is_lost_leaves_its_rows_over_a_reload_and_a_restart(tmp_path, caplog):
    (tmp_path / "sims.csv").write_text("iccid,number\n8946120000005000016,+46701740000\n")
    read = config(tmp_path, more="sims_file: sims.csv")

    def told(service):
        number = service.settings.lookup.find("8946120000005000016", None, None).number
        notices = [one.en for one in service.view.snapshot().notices if "sims_file" in one.en]
        return (number.text if number is not None else None), notices

    async with running(read, reread=lambda: read) as (service, _):
        assert told(service) == ("+46701740000", [])
        (tmp_path / "sims.csv").unlink()
        assert await service.reload()
        lost = (
            "sims_file cannot be read: there is no such file; until then what it said before counts (1 row)"
        )
        assert told(service) == ("+46701740000", [lost])
    async with running(read, reread=lambda: read) as (service, _):
        assert told(service) == ("+46701740000", [lost])
        (tmp_path / "sims.csv").write_text("iccid,number\n")
        assert await service.reload()
        assert told(service) == (None, [])
    assert "until then what it said before counts (1 row)" in caplog.text
