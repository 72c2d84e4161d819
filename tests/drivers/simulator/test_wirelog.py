import json

from drivers.simulator import SimulatedModule
from drivers.simulator.wirelog import ENVIRONMENT, NOTE, WireLog


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_line_is_whole_and_records_what_went_where(tmp_path):
    path = tmp_path / "wire.log"
    log = WireLog(path, clock=lambda: 12.5)
    log.note("Port1", "/dev/pts/7", "in", b"AT\xff\r")
    assert lines(path) == [{"t": 12.5, "module": "Port1", "port": "/dev/pts/7", "in": "AT\xff\r"}]
    log.close()


def test_several_writers_append_to_one_file(tmp_path):
    path = tmp_path / "wire.log"
    logs = [WireLog(path), WireLog(path)]
    for log in logs * 3:
        log.note("Port1", "/dev/pts/7", "out", b"OK")
    assert len(lines(path)) == 6
    for log in logs:
        log.close()


def test_without_a_file_nothing_is_written():
    WireLog().note("Port1", "/dev/pts/7", "in", b"AT\r")


async def test_the_environment_names_a_file_for_every_simulator(tmp_path, monkeypatch, opened):
    path = tmp_path / "wire.log"
    monkeypatch.setenv(ENVIRONMENT, str(path))
    async with SimulatedModule("SIM800", name="Port9") as module:
        client = opened(module.path)
        await client.ask("ATE0")
        client.close()
    heard = [entry for entry in lines(path) if "in" in entry]
    assert [entry["in"] for entry in heard] == ["ATE0\r"]
    assert heard[0]["module"] == "Port9"
    assert "".join(entry.get("out", "") for entry in lines(path)) == "ATE0\r\r\nOK\r\n"


def test_the_starters_note_stands_in_every_entry(tmp_path, monkeypatch):
    path = tmp_path / "wire.log"
    monkeypatch.setenv(ENVIRONMENT, str(path))
    monkeypatch.setenv(NOTE, "night run")
    log = WireLog.from_environment()
    log.note("Port1", "/dev/pts/7", "in", b"AT\r")
    log.close()
    assert [entry["note"] for entry in lines(path)] == ["night run"]


async def test_what_a_silent_module_was_asked_is_recorded_too(tmp_path, monkeypatch, opened):
    path = tmp_path / "wire.log"
    monkeypatch.setenv(ENVIRONMENT, str(path))
    async with SimulatedModule("SIM800") as module:
        module.fault("silent")
        client = opened(module.path)
        client.write(b"AT+CFUN=1,1\r")
        await client.hears_nothing()
        client.close()
    assert [entry.get("in") for entry in lines(path)] == ["AT+CFUN=1,1\r"]
