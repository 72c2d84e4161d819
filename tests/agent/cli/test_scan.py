"""`scan`, `check` and `payload` without a running agent: they leave nothing that `run` believes."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path

import pytest
from fake_modules import until

from agent.app.wiring import Wiring
from agent.cli.check import check
from agent.cli.scan import Scan, scan
from agent.config import load
from agent.decision.verdict import Reason
from agent.store.lock import StoreInUse
from agent.store.store import Store

CONFIG = """
version: 1
bank: {modules: 4, settle: 5m, poll: 200ms, answer_timeout: 500ms, lease: 2s, registration_grace: 1s}
ports: [{path: simulated}]
status: {listen: "127.0.0.1:0"}
"""
STORE = "simbank-simulated.db"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def config(folder: Path):
    return load(CONFIG, file="config.yaml", environment={}, folder=folder)


async def scanned(folder: Path) -> Scan:
    return await scan(config(folder), lambda done, total: None)


async def checked(folder: Path):
    return await check(config(folder), folder / "config.yaml", lambda done, total: None, test2=False)


COMMANDS = pytest.mark.parametrize("command", [scanned, checked])
"""`payload` prints what `scan` found."""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def first_run(folder: Path) -> tuple[set[str], dict[str, str]]:
    """Run the agent until each module answered whole twice; return what is live then, and names by IMEI."""
    read = config(folder)
    async with Wiring(read, reread=lambda: read, environment={}).service() as service:
        await service.start()
        try:
            bank = service.bank

            def answered_twice() -> bool:
                modules = bank.decision.modules
                return len(modules) == 4 and all(one.state.equal == 2 for one in modules.values())

            await until(answered_twice, within=30)
            bank.decide()
            if not bank.decision.live:
                assert {verdict.reason for verdict in bank.decision.verdicts.values()} == {Reason.SETTLING}
            imeis = {member.identity.imei: name for name, member in bank.members.items()}
            return set(bank.decision.live), imeis
        finally:
            await service.stop()


@COMMANDS
async def test_a_first_run_settles_as_if_nobody_had_looked_before(folder, command):
    before = contents(folder)
    await command(folder)
    assert contents(folder) == before
    live, _ = await first_run(folder)
    assert live == set()


@COMMANDS
async def test_a_store_stays_as_it_is_byte_by_byte(folder, command):
    store = Store(folder / STORE)
    store.places.number({"elsewhere": 2})
    store.cards.learn("8946120000005000016", None, "+46701740000", "cnum")
    store.note_live({"Port1": "8946120000005000016"})
    store.close()
    before = contents(folder)
    await command(folder)
    assert contents(folder) == before


async def test_a_module_has_the_name_that_run_would_give_it(folder):
    store = Store(folder / STORE)
    store.places.number({"somewhere else": 2})
    store.close()
    names = {row["imei"]: row["name"] for row in (await scanned(folder)).modules}
    assert sorted(names.values()) == ["Port1", "Port3", "Port4", "Port5"]
    _, ran = await first_run(folder)
    assert ran == names


@COMMANDS
async def test_a_damaged_store_stays_where_it_is_and_the_reason_is_said(folder, command, caplog):
    (folder / STORE).write_bytes(b"SQLite format 3\0" + b"damaged" * 1000)
    before = contents(folder)
    with caplog.at_level(logging.ERROR):
        await command(folder)
    assert contents(folder) == before
    assert STORE in caplog.text
    assert "damaged" in caplog.text


async def test_ports_are_not_taken_from_an_agent_that_does_not_answer(folder):
    with contextlib.closing(Store(folder / STORE)), pytest.raises(StoreInUse):
        await scanned(folder)


async def test_numbers_that_were_learned_and_dates_that_are_known_are_those_of_the_store(folder):
    sims = (await scanned(folder)).modules
    store = Store(folder / STORE, wall=lambda: 1_800_000_000.0)
    for row in sims:
        store.cards.placed(row["iccid"], row["imsi"], row["name"])
    store.close()
    numbers = json.loads((await scanned(folder)).payload)["numbers"]
    assert {entry["date_start"] for entry in numbers} == {1_800_000_000}
