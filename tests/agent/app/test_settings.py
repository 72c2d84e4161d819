"""Every key of config.yaml that a reload may change arrives in the rules."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path

import pytest

from agent.app import settings
from agent.app.settings import SettingsBuilder
from agent.config import ConfigError, load
from agent.decision.verdict import Policy
from agent.numbers.resolve import Source
from agent.onlinesim.client import open_session
from agent.onlinesim.schedule import Mode, ReportPolicy
from agent.sandbox.stand_ins import StandIns
from agent.status.notices import Notices
from agent.store.store import Store

CARD = "8946120000005000016"
IMSI = "240120000000016"


def config(folder: Path, **keys):
    return load(json.dumps({"version": 1} | keys), file="config.yaml", environment={}, folder=folder)


@pytest.fixture
def notices():
    return Notices(not_kept=str, not_shared=str)


@pytest.fixture
async def book(notices):
    store = Store(None)
    async with open_session() as session:
        yield SettingsBuilder(
            store=store,
            session=session,
            stand_ins=StandIns(lambda: 0.0),
            guests=None,
            notices=notices,
            wall=lambda: 0.0,
        )
    store.close()


async def test_each_part_gets_what_config_yaml_says(book, tmp_path):
    near, far = os.openpty()
    read = config(
        tmp_path,
        bank={"modules": 3, "settle": 1, "poll": 2, "lease": 20, "registration_grace": 7},
        onlinesim={"heartbeat": 60, "mode": "incremental", "test": "test1", "on_stop": "withdraw"},
        ports=[{"path": os.ttyname(far), "name": "Desk"}],
        sims={CARD: "+46701740000"},
        ussd={"24012": {"code": "*100#"}},
    )
    rules = await book.rules(read)
    assert rules.policy == Policy(3, 1, 20, 7)
    assert rules.pace.poll == 2
    assert rules.reports == ReportPolicy(heartbeat=60, mode=Mode.INCREMENTAL, test="test1")
    assert rules.withdraw
    assert rules.ussd["24012"].code == "*100#"
    assert rules.whose(CARD, IMSI, None).number.text == "+46701740000"
    assert [place.name for place in await rules.roster()] == ["Desk"]
    os.close(near)
    os.close(far)


async def test_the_file_of_sims_is_read_and_its_bad_rows_are_said_and_counted(
    book, notices, tmp_path, caplog
):
    (tmp_path / "sims.csv").write_text(f"iccid,number\n{CARD},+46701740000\nnonsense,+46701740001\n")
    rules = await book.rules(config(tmp_path, sims_file="sims.csv"))
    assert rules.whose(CARD, IMSI, None).number.source is Source.FILE
    assert notices.bad_rows == 1
    assert [
        one.getMessage().partition(": ")[2][:15] for one in caplog.records if one.levelno == logging.ERROR
    ]
    await book.rules(config(tmp_path))
    assert notices.bad_rows == 0


async def test_a_file_of_sims_that_is_not_there_is_a_mistake_of_config_yaml(book, tmp_path):
    with pytest.raises(ConfigError, match=r"config\.yaml:1:\d+: .*no such file"):
        await book.rules(config(tmp_path, sims_file="none.csv"))


async def test_a_disk_that_hangs_is_not_waited_for(book, tmp_path, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(settings, "READ_WITHIN", 0.05)
    monkeypatch.setattr(Path, "read_text", lambda *_: released.wait(30))
    try:
        with pytest.raises(ConfigError, match=r"sims\.csv cannot be read"):
            await book.rules(config(tmp_path, sims_file="sims.csv"))
    finally:
        released.set()


async def test_a_key_that_cannot_be_read_makes_no_rules(book, tmp_path):
    selling = {"server": "https://onlinesim.example", "api_key_file": "none"}
    with pytest.raises(ConfigError, match="the API key cannot be read"):
        await book.rules(config(tmp_path, onlinesim=selling))
