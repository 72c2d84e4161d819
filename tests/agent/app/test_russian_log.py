"""With `language: ru` the log is Russian: what a day of trouble logs has no English sentence, and plurals are right."""

from __future__ import annotations

import io
import logging
import re

import aiohttp
import pytest
from fake_modules import until
from wired_agent import config, running

from agent.app.log import set_up
from agent.sandbox.server import Fault
from agent.sandbox.simulated_bank import SimulatedBank
from tests.language.english import english_in
from tests.language.speaking import speaking

SAID = (
    r"найдено портов: 8, модулей: 8",
    r"отчёт на 8 номеров: принят за 0\.\d\d с",
    r"нет SIM-карты, снова, 2-й раз за час",
    r"одновременно пропало 6 модулей \(порт пропал: 6\): Port3 – Port8",
    r"снова онлайн все 6 модулей через",
    r"сервер ответил 503: busy; новая попытка через",
    r"что делать: попробуйте позже",
    r"отказ 403: ACCOUNT_BLOCKED",
    r"config\.yaml перечитан",
    r"config\.yaml не применён",
    r"база данных: ",
    r"агент остановлен",
)


@pytest.fixture
def russian_log():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = io.StringIO()
    with speaking("ru"):
        set_up(level="info", form="text", personal=False, environment={}, out=out)
        yield out
    root.handlers[:] = before[0]
    root.setLevel(before[1])


async def reason(service, module, wanted):
    await until(lambda: service.bank.decision.verdicts[module].reason == wanted, within=60)


async def all_live(service):
    await until(lambda: len(service.bank.decision.live) == 8, within=60)


async def cyrillic_for_programs(service):
    """What is Russian in the API and the metrics, which do not change with the language of the log."""
    async with aiohttp.ClientSession() as session:
        for path in (
            "api/v1/status",
            "api/v1/modules/Port1",
            "api/v1/history",
            "api/v1/reports",
            "readyz",
            "metrics",
        ):
            async with session.get(service.status.url + path) as answer:
                if found := re.search(".*[а-яё].*", await answer.text()):
                    return f"{path}: {found[0]}"
    return ""


async def refused(service, wiring):
    sandbox = wiring._stand_ins.sandbox
    for fault in (Fault.error(503, "busy"), Fault.error(403, "ACCOUNT_BLOCKED"), Fault.raw(b"no JSON")):
        sandbox.faults.append(fault)
        service.reporter.send_list()
        await until(lambda: not sandbox.faults, within=60)
    service.reporter.send_list()


async def test_a_day_of_trouble_is_told_in_russian(tmp_path, monkeypatch, russian_log):
    start = SimulatedBank.start
    monkeypatch.setattr(SimulatedBank, "start", lambda bank, args: start(bank, [*args, "--speed", "20"]))
    read = config(tmp_path, modules=8, more="language: ru")
    files = [read]

    def reread():
        if not files:
            raise OSError("config.yaml: нет прав")
        return files.pop()

    async with running(read, reread=reread) as (service, wiring):
        bank = wiring._stand_ins.simulation
        await all_live(service)
        for _ in range(2):
            await bank.command("pull 1")
            await reason(service, "Port1", "no_sim")
            await until(lambda: "Port1" in russian_log.getvalue().splitlines()[-1], within=60)
            await bank.command("insert 1")
            await all_live(service)
        await bank.command("hang 2")
        await reason(service, "Port2", "silent")
        await bank.command("unhang 2")
        await all_live(service)
        for port in range(3, 9):
            await bank.command(f"unplug {port}")
        await reason(service, "Port8", "unplugged")
        await until(lambda: "одновременно" in russian_log.getvalue(), within=60)
        for port in range(3, 9):
            await bank.command(f"replug {port}")
        await all_live(service)
        await refused(service, wiring)
        assert await service.reload() is True
        assert await service.reload() is False
        assert await cyrillic_for_programs(service) == ""
        (tmp_path / "simbank-simulated.db").unlink()
        await until(lambda: "записан заново" in russian_log.getvalue(), within=60)

    lines = russian_log.getvalue().splitlines()
    assert [line for line in lines if english_in(line)] == []
    text = "\n".join(lines)
    for said in SAID:
        assert re.search(said, text), (said, text)
