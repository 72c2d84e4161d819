"""Every command, as a person would use it: what it prints, where, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from forked_agent import Forked, simbank
from real_processes import free_port

from agent import __version__
from agent.store.store import Store

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "config.yaml").read_text(encoding="utf-8")
SMALL = SHIPPED.replace("modules: 64 ", "modules: 8 ").replace("settle: 10s", "settle: 0s")


@pytest.fixture
def folder(tmp_path):
    config = SMALL.replace("127.0.0.1:8340", f"127.0.0.1:{free_port()}")
    assert "modules: 8 " in config
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    return tmp_path


class Running:
    """`simbank-agent run` in the background."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.log.touch()
        self.process = Forked(folder, ("run",), self.log, self.log)

    def wait_for(self, words: str, within: float = 150) -> str:
        end = time.monotonic() + within
        while time.monotonic() < end:
            text = self.log.read_text(encoding="utf-8")
            if words in text:
                return text
            assert self.process.poll() is None, text
            time.sleep(0.05)  # another process writes the file, and tells nobody
        raise AssertionError(f"{words!r} never came:\n{self.log.read_text(encoding='utf-8')}")

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)


def test_version_is_the_packages(folder):
    done = subprocess.run(
        [sys.executable, "-m", "agent", "--version"],
        cwd=folder, capture_output=True, text=True, timeout=200, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == f"simbank-agent {__version__}\n"


def test_scan_shows_every_module_in_a_table(folder):
    done = simbank(folder, "scan")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:4] == ["port", "module", "IMEI", "SIM"]
    assert [line.split()[0] for line in lines[1:9]] == [f"Port{n}" for n in range(1, 9)]
    assert lines[-1].startswith("8 live of 8 modules")


def test_scan_json_has_the_fields_of_the_status_api(folder):
    modules = json.loads(simbank(folder, "scan", "--json").stdout)["modules"]
    assert len(modules) == 8
    promised = (
        "name ports imei model iccid imsi number operator registration signal_dbm live reason text seen_s"
    )
    for module in modules:
        assert set(promised.split()) <= set(module)
        assert (module["live"], module["reason"]) == (True, "live")


def test_payload_is_exactly_what_would_be_sent(folder):
    body = json.loads(simbank(folder, "payload").stdout)
    assert set(body) == {"numbers"}
    assert len(body["numbers"]) == 8
    for entry in body["numbers"]:
        assert set(entry) == {"number", "country_id", "operator", "date_start", "port_id", "rent"}
        assert entry["number"].startswith(f"+{entry['country_id']}")


def have_seen(folder):
    """Note the SIMs of the bank in the store, as `run` does."""
    rows = json.loads(simbank(folder, "scan", "--json").stdout)["modules"]
    with contextlib.closing(Store(folder / "simbank-simulated.db")) as store:
        for row in rows:
            store.cards.saw(row["iccid"], row["imsi"], row["name"])
            store.cards.learn(row["iccid"], row["imsi"], row["number"], row["source"])


def test_a_scan_notes_no_sim_and_sims_says_what_does(folder):
    simbank(folder, "scan")
    assert "`simbank-agent run` records the SIMs" in simbank(folder, "sims").stdout


def test_sims_lists_what_was_seen_and_writes_the_file_to_fill_in(folder):
    have_seen(folder)
    table = simbank(folder, "sims").stdout
    assert "8 SIMs seen, 0 without a number" in table
    lines = simbank(folder, "sims", "--csv").stdout.splitlines()
    assert lines[0].startswith("iccid,imsi,number")
    assert [line.split(",")[6] for line in lines[1:]] == [f"Port{n}" for n in range(1, 9)]


def test_what_sims_writes_can_be_read_back_as_sims_file(folder):
    have_seen(folder)
    (folder / "sims.csv").write_text(simbank(folder, "sims", "--csv").stdout, encoding="utf-8")
    config = (
        (folder / "config.yaml").read_text(encoding="utf-8").replace("sims_file: null", "sims_file: sims.csv")
    )
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    modules = json.loads(simbank(folder, "scan", "--json").stdout)["modules"]
    assert "file" not in {
        module["source"] for module in modules
    }  # what cards tell is not the operator's word


def with_sims_file(folder):
    path = folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sims_file: null", "sims_file: sims.csv"), encoding="utf-8")


def test_sims_write_adds_what_is_missing_and_keeps_every_byte(folder):
    have_seen(folder)
    missing = simbank(folder, "sims", "--write")
    assert missing.returncode == 1
    assert "sims_file" in missing.stderr
    first = simbank(folder, "sims", "--csv").stdout.splitlines()[1].split(",")[0]
    with_sims_file(folder)
    before = f"# mine\r\niccid;number\r\n{first};+46701740001\r\n".encode()
    (folder / "sims.csv").write_bytes(before)
    done = simbank(folder, "sims", "--write")
    assert (done.returncode, done.stdout) == (0, "")
    assert "7 SIMs added" in done.stderr
    after = (folder / "sims.csv").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\r\n") == 10
    assert "nothing was written" in simbank(folder, "sims", "--write").stderr
    assert simbank(folder, "sims", "--write", "--csv").returncode == 2


def test_sims_write_makes_the_file_that_is_not_there_yet(folder):
    have_seen(folder)
    with_sims_file(folder)
    assert "8 SIMs" in simbank(folder, "sims", "--write").stderr
    assert len((folder / "sims.csv").read_text(encoding="utf-8").splitlines()) == 9


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ("sims_file: nowhere/sims.csv", ["--write"], 1, "nowhere/sims.csv: No such file or directory"),
        ("sims_file: /dev/zero", ["--write"], 1, "/dev/zero: it is a folder, a device"),
        ("store: folder", [], 1, "folder cannot be read"),
        ("store: letter", [], 1, "letter: the file is damaged or not a database"),
        ("store: empty", [], 0, ""),
    ],
)
def test_sims_says_in_a_line_what_it_can_neither_read_nor_write(tmp_path, text, arguments, code, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "letter").write_text("Dear store, " * 99)
    (tmp_path / "empty").touch()
    (tmp_path / "config.yaml").write_text(f"ports: [{{path: /dev/none}}]\n{text}\n")
    done = simbank(tmp_path, "sims", *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == bool(words)


def test_scan_and_payload_know_a_name_made_of_the_imei_at_once(folder):
    path = folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Port{n}", "X{imei}"), encoding="utf-8")
    payload = json.loads(simbank(folder, "payload").stdout)
    names = {
        f"X{module['imei']}" for module in json.loads(simbank(folder, "scan", "--json").stdout)["modules"]
    }
    assert {entry["port_id"] for entry in payload["numbers"]} <= names
    assert len(payload["numbers"]) > 4


def test_sims_stand_in_the_order_of_numbers(folder):
    path = folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("modules: 8 ", "modules: 11 "), encoding="utf-8")
    have_seen(folder)
    lines = simbank(folder, "sims", "--csv").stdout.splitlines()
    assert [line.split(",")[6] for line in lines[1:]] == [f"Port{n}" for n in range(1, 12)]


def test_sims_of_somebody_elses_store_are_a_missing_right():
    with tempfile.TemporaryDirectory(prefix="simbank-") as open_to_all:
        folder = Path(open_to_all)
        folder.chmod(0o755)
        (folder / "config.yaml").write_text("ports: [{path: /dev/none}]\nstore: s.db\n", encoding="utf-8")
        Store(folder / "s.db").close()
        (folder / "s.db").chmod(0o600 if os.geteuid() == 0 else 0)
        ended = subprocess.run(
            [sys.executable, ROOT / "tests/as_nobody.py", "sims", "--config", "config.yaml"],
            cwd=folder, capture_output=True, text=True, timeout=200, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert ended.returncode == 77, ended.stderr
    assert "s.db: permission denied" in ended.stderr


def test_status_without_an_agent_says_how_to_start_one(folder):
    done = simbank(folder, "status")
    assert done.returncode == 1
    assert "simbank-agent run" in done.stderr
    assert done.stdout == ""


def test_a_running_agent_reports_and_answers_for_its_ports(folder):
    with Running(folder) as agent:
        log = agent.wait_for("report of 8 numbers: accepted")
        assert "nothing is sold" in log
        assert "ports found: 8, modules: 8" in log
        status = json.loads(simbank(folder, "status", "--json").stdout)
        assert (status["live"], status["cap"]) == (8, 8)
        assert status["last_report"]["outcome"] == "accepted"
        assert 0 < status["next_heartbeat_s"] <= 240
        table = simbank(folder, "status").stdout
        assert "reports go to the sandbox" in table
        assert "8 live of 8 modules" in table
        scan = simbank(folder, "scan", "--json")
        assert [m["ports"] for m in json.loads(scan.stdout)["modules"]] == [
            m["ports"] for m in status["modules"]
        ]
        assert len(json.loads(simbank(folder, "payload").stdout)["numbers"]) == 8


def traced(folder, port, count):
    """The first lines of `trace`, which Ctrl-C then ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "agent", "trace", port], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as trace:
        lines = [trace.stdout.readline() for _ in range(count)]
        trace.send_signal(signal.SIGINT)
        trace.wait(10)
    return lines


def test_trace_of_a_running_agent_shows_the_dialogue(folder):
    config = (folder / "config.yaml").read_text(encoding="utf-8").replace("poll: 10s", "poll: 200ms")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    with Running(folder) as agent:
        agent.wait_for("accepted")
        lines = traced(folder, "Port1", 60)  # more than two looks
    assert any(re.match(r"\d\d:\d\d:\d\d\.\d{3} → AT\+CPIN\?", line) for line in lines)
    assert any(" ← +CPIN:" in line for line in lines)
    missing = simbank(folder, "trace", "Port99")
    assert missing.returncode == 1


def test_a_running_agent_is_shown_though_config_yaml_is_broken_meanwhile(folder):
    path = folder / "config.yaml"
    with Running(folder) as agent:
        agent.wait_for("accepted")
        right = path.read_text(encoding="utf-8")
        for broken in (right.replace("settle: 0s", "setle: 0s"), right.replace("settle: 0s", "settle: [0s")):
            path.write_text(broken, encoding="utf-8")
            done = simbank(folder, "status", "--json")
            assert (done.returncode, json.loads(done.stdout)["live"]) == (0, 8)
            assert "config.yaml:" in done.stderr
            assert "the running agent keeps its previous configuration" in done.stderr
            assert simbank(folder, "trace", "Port99").returncode == 1  # the agent was asked
            assert simbank(folder, "scan").returncode == 78
        missing = simbank(folder, "status", "--config", "nowhere.yaml")
        assert missing.returncode == 78


def test_without_an_agent_a_broken_config_yaml_is_what_trace_tells(folder):
    (folder / "config.yaml").write_text("bank: [\nstatus: {listen: '127.0.0.1:1'}\n", encoding="utf-8")
    done = simbank(folder, "trace", "Port1")
    assert done.returncode == 78
    assert done.stderr.startswith("config.yaml:")


@pytest.mark.parametrize("arguments", [("--json",), ()])
def test_status_watch_goes_on_in_a_pipe_and_ends_with_its_reader(folder, arguments):
    with Running(folder) as agent:
        agent.wait_for("accepted")
        watch = subprocess.Popen(
            [sys.executable, "-m", "agent", "status", "--watch", *arguments],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        text = ""
        while text.count('"live": 8' if arguments else "8 live of 8 modules") < 2:
            text += watch.stdout.readline()
        watch.stdout.close()
        assert watch.wait(10) == 0
        assert watch.stderr.read() == ""
        watch.stderr.close()


def test_a_status_address_that_wants_a_token_is_said(folder):
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = f"ports: [{{path: /dev/none}}]\nstatus: {{listen: '127.0.0.1:{server.getsockname()[1]}'}}\n"
        (folder / "config.yaml").write_text(config, encoding="utf-8")
        asking = subprocess.Popen(
            [sys.executable, "-m", "agent", "status"], cwd=folder, stderr=subprocess.PIPE, text=True
        )
        visitor, _ = server.accept()
        with visitor:
            visitor.recv(4096)
            visitor.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            errors = asking.communicate(timeout=200)[1]
    assert asking.returncode == 77
    assert "asks for its token: give --token-file FILE, set $SIMBANK_TOKEN" in errors


def test_a_port_whose_name_is_no_text_is_not_known(folder):
    with Running(folder) as agent:
        agent.wait_for("page at")
        done = simbank(folder, "trace", os.fsdecode(b"\xff"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_trace_without_an_agent_opens_the_port_itself(folder):
    lines = traced(folder, "Port2", 8)
    assert " → AT" in lines[0]  # the very first question


def test_a_second_agent_with_the_same_store_is_turned_away(folder):
    with Running(folder) as agent:
        agent.wait_for("page at")
        done = simbank(folder, "run")
        assert done.returncode == 75
        assert "already running" in done.stderr


def test_a_taken_status_port_is_said_with_the_next_step(folder):
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    port = int(config.split("127.0.0.1:")[1].split()[0])
    with socket.create_server(("127.0.0.1", port)):
        done = simbank(folder, "run")
    assert done.returncode == 75
    assert "status.listen" in done.stderr


def test_a_status_address_that_is_not_here_is_said_and_may_come(folder):
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("listen: 127.0.0.1:", "listen: 192.0.2.1:").replace(
        "  token: null", "  token: a-token"
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    ended = simbank(folder, "run")
    assert ended.returncode == 75, ended.stderr
    assert "is not an address of this machine" in ended.stderr


def test_a_key_file_without_a_key_is_a_mistake_of_the_configuration(folder):
    text = (
        "onlinesim: {server: https://example.invalid, api_key_file: key}\n"
        "ports: [{path: /dev/none}]\nstatus: {listen: '127.0.0.1:0'}\n"
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    for key in ("", "schl\u00fcssel"):
        (folder / "key").write_text(key, encoding="utf-8")
        for command in ("run", "check"):
            ended = simbank(folder, command)
            assert "the API key is empty or has characters outside ASCII" in ended.stdout + ended.stderr
            assert ended.returncode == 78


def test_all_mistakes_of_config_yaml_are_told_at_once(folder):
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    text = (
        text.replace("  settle: 0s", "  setle: 0s")
        .replace("lease: 30s", "lease: 3s")
        .replace("rent: false", "rent: 7")
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    for command in ("run", "scan", "payload", "status", "sims"):
        done = simbank(folder, command)
        assert done.returncode == 78, command
        assert done.stdout == ""
        assert 'did you mean "settle"' in done.stderr
        assert done.stderr.count("config.yaml:") >= 3
        assert "Traceback" not in done.stderr


def test_simulated_ports_are_refused_with_a_real_server(folder):
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("server: sandbox ", "server: https://onlinesim.example ").replace(
        "api_key: null", "api_key: abcdefgh"
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    done = simbank(folder, "run")
    assert done.returncode == 78
    assert "simulated" in done.stderr


def test_a_server_without_tls_elsewhere_is_refused(folder):
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("server: sandbox ", "server: http://192.0.2.7 ").replace(
        "path: simulated", "path: usb"
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    done = simbank(folder, "run")
    assert done.returncode == 78
    assert "https" in done.stderr


def test_no_config_at_all_says_where_it_was_looked_for(tmp_path):
    done = simbank(tmp_path, "scan")
    assert done.returncode == 78
    assert "tried" in done.stderr


def test_a_folder_that_is_gone_is_said(tmp_path):
    program = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", program, "sh", sys.executable, "-m", "agent", "scan"],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "current folder: No such file or directory\n")


def test_a_name_that_no_file_can_have_is_said(tmp_path):
    done = simbank(tmp_path, "scan", "--config", "a" * 300)
    assert done.returncode == 1
    assert done.stderr.endswith("a: File name too long\n")
    assert len(done.stderr.splitlines()) == 1


def test_unknown_options_are_usage_errors(folder):
    assert simbank(folder, "scan", "--nonsense").returncode == 2
    assert simbank(folder, "dance").returncode == 2


@pytest.mark.parametrize("width", [60, 200])
@pytest.mark.parametrize("command", ["", "scan", "simulate"])
def test_the_help_has_no_type_behind_a_flag_and_every_sentence_to_its_end(
    tmp_path, monkeypatch, width, command
):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = simbank(tmp_path, *command.split(), "--help").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines[1:] if re.search(r"<\w|\.\.\.", line)]


def test_the_help_of_every_command_stands_whole_in_the_list(tmp_path):
    words = " ".join(simbank(tmp_path, "--help").stdout.split())
    assert "Run the agent until Ctrl-C or SIGTERM; SIGHUP reloads config.yaml." in words


def test_schema_is_a_json_schema(folder):
    schema = json.loads(simbank(folder, "schema").stdout)
    assert "onlinesim" in schema["properties"]


def test_simulate_offers_ports_that_another_program_can_use(folder):
    bank = subprocess.Popen(
        [sys.executable, "-m", "agent", "simulate", "--modules", "2", "--mix", "SIM800", "--json"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert bank.stdout is not None
    assert bank.stdin is not None
    try:
        told = json.loads(bank.stdout.readline())
        assert told["server"].startswith("http://127.0.0.1:")
        descriptor = os.open(told["ports"][0]["path"], os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(descriptor, b"ATI\r")
            heard = b""
            while b"OK\r\n" not in heard:
                heard += os.read(descriptor, 200)
            assert b"SIM800" in heard
        finally:
            os.close(descriptor)
    finally:
        bank.stdin.close()
        bank.wait(10)
        bank.stdout.close()
    assert bank.returncode == 0


def test_scan_write_without_new_ports_changes_nothing(folder):
    before = (folder / "config.yaml").read_bytes()
    done = simbank(folder, "scan", "--write")
    assert "nothing was written" in done.stderr
    assert (folder / "config.yaml").read_bytes() == before


def test_a_reload_takes_the_log_level_too(folder):
    path = folder / "config.yaml"
    with Running(folder) as agent:
        agent.wait_for("accepted")
        text = path.read_text(encoding="utf-8")
        assert "level: info" in text
        path.write_text(
            text.replace("level: info", "level: error").replace("modules: 8 ", "modules: 5 "),
            encoding="utf-8",
        )
        agent.process.send_signal(signal.SIGHUP)
        while (
            json.loads(simbank(folder, "status", "--json").stdout)["cap"] != 5
        ):  # what tells that it was taken
            assert agent.process.poll() is None
        path.write_text("version: 2", encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        assert "config.yaml was reloaded" not in agent.wait_for("was not applied")


def test_sigterm_ends_the_agent_and_its_simulator_soon(folder):
    with Running(folder) as agent:
        agent.wait_for("accepted")
        agent.process.send_signal(signal.SIGTERM)
        assert agent.process.wait(5) == 0
    found = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout
    orphans = [line for line in found.splitlines() if line.split()[0] == str(agent.process.pid)]
    assert orphans == []


def test_check_examines_and_sends_a_test_request_that_saves_nothing(folder):
    done = simbank(folder, "check")
    assert done.returncode == 0, done.stdout
    assert "8 of 8 are live" in done.stdout
    assert "test1: key and list are accepted (8 numbers), nothing was saved" in done.stdout
    assert "nothing is sold" in done.stdout


@pytest.mark.parametrize("arguments", [("check", "--json"), ("scan", "--json"), ("payload",)])
def test_data_goes_to_stdout_alone_though_a_progress_bar_is_on_the_terminal(folder, arguments):
    seen, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agent", *arguments],
            cwd=folder, stdout=subprocess.PIPE, stderr=terminal, timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode == 0
        assert json.loads(done.stdout)
    finally:
        os.close(terminal)
        os.close(seen)


def test_a_scan_without_a_terminal_has_no_progress_bar_and_says_nothing_besides(folder):
    assert simbank(folder, "scan").stderr == ""


def test_check_beside_a_running_agent_asks_it(folder):
    with Running(folder) as agent:
        agent.wait_for("accepted")
        done = simbank(folder, "check", "--test2")
    assert done.returncode == 0, done.stdout
    assert "test2: the server understood exactly what was sent" in done.stdout


@pytest.mark.parametrize(
    ("content", "words", "fix"),
    [
        (None, "there is no such file", "sims --write"),
        (b"PK\x03\x04", "it is a workbook of a spreadsheet", "save it as CSV UTF-8"),
    ],
)
def test_check_names_the_line_that_leads_to_an_unreadable_sims_file_and_its_fix(folder, content, words, fix):
    path = folder / "config.yaml"
    text = path.read_text().replace("sims_file: null", "sims_file: sims.csv")
    path.write_text(text)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.startswith("sims_file: sims.csv"))
    if content is not None:
        (folder / "sims.csv").write_bytes(content)
    done = simbank(folder, "check")
    assert done.returncode == 1
    (told,) = [one for one in done.stdout.splitlines() if words in one]
    assert f"config.yaml:{line}: " in told
    assert fix in done.stdout


def test_check_names_a_bad_row_of_sims_file_once(folder):
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("sims_file: null", "sims_file: sims.csv"))
    (folder / "sims.csv").write_text("iccid,number\nnonsense,1\n")
    done = simbank(folder, "check")
    assert (done.stdout.count("nonsense"), done.stderr.count("nonsense")) == (1, 0)


def test_check_of_a_bad_config_names_each_mistake_with_its_fix(folder):
    text = (folder / "config.yaml").read_text(encoding="utf-8").replace("settle: 0s", "setle: 0s")
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    done = simbank(folder, "check")
    assert done.returncode == 78
    assert 'did you mean "settle"?' in done.stdout
    findings = json.loads(simbank(folder, "check", "--json").stdout)["findings"]
    assert any("setle" in finding["text"] for finding in findings)


def test_install_dry_run_says_what_it_would_do_and_does_nothing(folder):
    done = simbank(folder, "install", "--dry-run")
    assert done.returncode in {0, 1}, done.stderr
    assert not Path("/etc/udev/rules.d/60-simbank-agent.rules").exists()
    assert "60-simbank-agent.rules" in done.stdout or done.stderr


def test_no_ports_at_all_is_said_with_the_next_step(folder):
    text = (
        (folder / "config.yaml")
        .read_text(encoding="utf-8")
        .replace("path: simulated ", "path: /dev/ttyNONE* ")
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    done = simbank(folder, "scan")
    assert done.returncode == 1
    assert "no serial port found" in done.stdout
    assert "simbank-agent check" in done.stdout
    with Running(folder) as agent:
        agent.wait_for("no serial port found")


def test_sims_csv_does_not_pass_other_numbers_off_as_those_of_the_file_it_is_written_over(folder):
    simbank(folder, "scan")
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(
        config.replace("sims_file: null", "sims_file: sims.csv"), encoding="utf-8"
    )
    with (folder / "sims.csv").open("w") as emptied:
        done = subprocess.run(
            [sys.executable, "-m", "agent", "sims", "--csv"],
            cwd=folder, stdout=emptied, stderr=subprocess.PIPE, text=True, timeout=200, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "sims --write" in done.stderr
    assert (folder / "sims.csv").read_text() == ""
