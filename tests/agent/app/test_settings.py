"""Every key of config.yaml that a reload may change arrives in the settings, and nothing else has changed by then."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path

import pytest

from agent.app import settings
from agent.app.settings import SettingsBuilder
from agent.bank.bank_log import BankLog
from agent.bank.roster import NameClash
from agent.config import ConfigError, load
from agent.decision.verdict import Policy
from agent.numbers.resolve import Source
from agent.onlinesim.client import open_session
from agent.onlinesim.schedule import Mode, ReportPolicy
from agent.sandbox.stand_ins import StandIns
from agent.status.notices import Notices
from agent.store.records import FileRow
from agent.store.store import Store
from drivers.sharing import SharedPorts

CARD = "8946120000005000016"
IMSI = "240120000000016"


def config(folder: Path, **keys):
    return load(json.dumps({"version": 1} | keys), file="config.yaml", environment={}, folder=folder)


class File:
    """config.yaml as `read` finds it."""

    def __init__(self):
        self.content = None
        self.threads = []

    def read(self):
        self.threads.append(threading.current_thread())
        return self.content()


@pytest.fixture
def file():
    return File()


@pytest.fixture
def store():
    store = Store(None)
    yield store
    store.close()


@pytest.fixture
def shared_ports(tmp_path):
    return SharedPorts(tmp_path / "shared", clock=lambda: 0.0)


@pytest.fixture
def notices(store, shared_ports):
    return Notices(store=store, shared_ports=shared_ports, bank_log=BankLog())


@pytest.fixture
async def builder(file, store, shared_ports, notices):
    async with open_session() as session:
        yield SettingsBuilder(
            read=file.read,
            store=store,
            session=session,
            stand_ins=StandIns(lambda: 0.0),
            shared_ports=shared_ports,
            notices=notices,
            wall=lambda: 0.0,
        )


SELLING = {"server": "https://onlinesim.example", "api_key": "key"}


async def test_config_yaml_is_read_again_off_the_event_loop(builder, file, tmp_path):
    file.content = lambda: config(tmp_path, onlinesim=SELLING, bank={"modules": 3})
    settings = await builder.reread(config(tmp_path, onlinesim=SELLING))
    assert settings.policy.cap == 3
    assert file.threads[0] is not threading.main_thread()


async def test_a_disk_that_hangs_under_config_yaml_is_not_waited_for(builder, file, tmp_path, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(settings, "READ_WITHIN", 0.05)
    file.content = lambda: released.wait(30)
    try:
        with pytest.raises(OSError, match="the disk does not answer"):
            await builder.reread(config(tmp_path))
    finally:
        released.set()


async def test_what_takes_effect_at_a_start_keeps_its_old_value(builder, file, tmp_path):
    old = config(tmp_path, onlinesim=SELLING)
    changes = {
        "status": {"listen": "127.0.0.1:8399"},
        "store": "other.db",
        "shared_ports": {"directory": str(tmp_path / "run")},
    }
    file.content = lambda: config(tmp_path, onlinesim=SELLING, bank={"modules": 3}, **changes)
    wanted = config(tmp_path, onlinesim=SELLING, bank={"modules": 3})
    for _ in range(2):  # as long as it differs from the start, not only when it changes
        prepared = await builder.reread(old)
        assert prepared.after_restart == ("status", "store", "shared_ports")
        assert prepared.config.model_dump() == wanted.model_dump()
        old = prepared.config


async def test_settings_are_prepared_without_a_trace(builder, file, store, notices, tmp_path):
    near, far = os.openpty()
    (tmp_path / "sims.csv").write_text("iccid,number\nnonsense,+46701740001\n")
    rule = {"path": os.ttyname(far), "name": "Port{n}"}
    file.content = lambda: config(tmp_path, onlinesim=SELLING, ports=[rule], sims_file="sims.csv")
    prepared = await builder.reread(config(tmp_path, onlinesim=SELLING))
    assert len(prepared.sims.bad_rows) == 1
    assert notices.current() == []
    assert store.places.numbers == {}
    os.close(near)
    os.close(far)


async def test_names_that_clash_make_no_settings(builder, file, tmp_path):
    ptys = [os.openpty() for _ in range(2)]
    rules = [{"path": os.ttyname(far), "name": "Same"} for _, far in ptys]
    file.content = lambda: config(tmp_path, onlinesim=SELLING, ports=rules)
    with pytest.raises((NameClash, ConfigError), match="Same"):
        await builder.reread(config(tmp_path, onlinesim=SELLING))
    for pty in ptys:
        for end in pty:
            os.close(end)


async def test_each_part_gets_what_config_yaml_says(builder, tmp_path):
    near, far = os.openpty()
    read = config(
        tmp_path,
        bank={"modules": 3, "settle": 1, "poll": 2, "lease": 20, "registration_grace": 7},
        onlinesim={"heartbeat": 60, "mode": "incremental", "test": "test1", "on_stop": "withdraw"},
        ports=[{"path": os.ttyname(far), "name": "Desk"}],
        sims={CARD: "+46701740000"},
        ussd={"24012": {"code": "*100#"}},
    )
    prepared = await builder.prepare(read)
    assert prepared.policy == Policy(cap=3, settle=1, lease=20, registration_grace=7)
    assert prepared.intervals.poll == 2
    assert prepared.reports == ReportPolicy(heartbeat=60, mode=Mode.INCREMENTAL, test="test1")
    assert prepared.lookup.find(CARD, IMSI, None).number.text == "+46701740000"
    assert [place.name for place in await prepared.inventory.places()] == ["Desk"]
    os.close(near)
    os.close(far)


async def test_the_file_of_sims_is_read_and_its_bad_rows_are_named(builder, tmp_path):
    (tmp_path / "sims.csv").write_text(f"iccid,number\n{CARD},+46701740000\nnonsense,+46701740001\n")
    prepared = await builder.prepare(config(tmp_path, sims_file="sims.csv"))
    assert prepared.lookup.find(CARD, IMSI, None).number.source is Source.FILE
    assert [row.line for row in prepared.sims.bad_rows] == [3]
    assert not (await builder.prepare(config(tmp_path))).sims.bad_rows


async def test_a_file_of_sims_that_is_not_there_stops_nothing_and_counts_as_it_was_read_last(
    builder, tmp_path
):
    path = tmp_path / "none.csv"
    prepared = await builder.prepare(config(tmp_path, sims_file="none.csv"))
    assert prepared.lookup.find(CARD, IMSI, None).number is None
    (problem,) = prepared.sims.problems(path, prepared.config.places)
    assert re.match(r"config\.yaml:1:\d+: .*no such file", str(problem))
    builder._store.keep_file(path, [FileRow(2, CARD, "+46701740000", None)])
    prepared = await builder.prepare(config(tmp_path, sims_file="none.csv"))
    assert prepared.lookup.find(CARD, IMSI, None).number.source is Source.FILE


async def test_a_disk_that_hangs_is_not_waited_for(builder, tmp_path, monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(settings, "READ_WITHIN", 0.05)
    monkeypatch.setattr(settings, "read_sims_file", lambda *_: released.wait(30))
    try:
        prepared = await builder.prepare(config(tmp_path, sims_file="sims.csv"))
        assert str(prepared.sims.trouble) == "the disk does not answer"
    finally:
        released.set()


async def test_a_key_that_cannot_be_read_makes_no_rules(builder, tmp_path):
    selling = {"server": SELLING["server"], "api_key_file": "none"}
    with pytest.raises(ConfigError, match="the API key cannot be read"):
        await builder.prepare(config(tmp_path, onlinesim=selling))
