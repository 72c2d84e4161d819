"""Every command in Russian: nothing of what people read stays English, and nothing that programs read changes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import re
import shlex
import signal
import sys
import threading
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import typer
from shown_bank import asked, serve, troubled_bank
from shown_fleet import DOUBT, fleet, host

from agent.__main__ import main
from agent.bank.roster import NameClash
from agent.cli.app import app
from agent.cli.bank_answer import for_people
from agent.fleet.state import HostLife
from agent.onlinesim.account import AccountInUse
from agent.status.alerts_row import AlertServiceRow, AlertsRow
from agent.store.lock import StoreInUse
from agent.store.past import OF_MODULE, OF_SIM, Happened, SentReport
from agent.store.store import Store
from drivers.simulator.console import execute
from drivers.simulator.faults import MEANINGS
from tests.language.english import english_in
from tests.language.speaking import speaking

RUSSIAN = "ru_RU.UTF-8"
COMMANDS = sorted(typer.main.get_command(app).commands)
CARD, NUMBER = "8946120000005000016", "+46701740000"
SINCE = r'"since_s": [0-9.]+'
"""The one field that tells how long the command itself took."""
CONFIG = """
onlinesim: {server: sandbox}
bank: {modules: 2}
ports: [{path: /dev/no-such-port}]
status: {listen: "127.0.0.1:9"}
store: s.db
labels: {Port3: shelf}
"""


@dataclass
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def say(tmp_path, monkeypatch, capsys):
    """Run commands in this process, in a folder with a config.yaml."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("agent.cli.trace._PORTS_WITHIN", 0.05)
    monkeypatch.setattr("agent.cli.process._detach_stdout", lambda: None)  # it is pytest's
    for name in ("LANGUAGE", "SIMBANK_CONFIG", "SIMBANK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    on_interrupt = signal.getsignal(signal.SIGINT)

    def run(typed, language=RUSSIAN):
        monkeypatch.setenv("LC_ALL", language)
        monkeypatch.setattr(sys, "argv", ["simbank-agent", *shlex.split(typed)])
        code = 0
        try:
            with speaking("en"):
                main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            gc.enable()
            signal.signal(signal.SIGINT, on_interrupt)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def past(say, tmp_path):
    """The same beside the store of an agent that ran for an hour."""
    now = [1_795_464_000.0]
    with contextlib.closing(Store(tmp_path / "s.db", wall=lambda: now[0])) as store:
        store.places.number({"usb-1-1.1:1.0": 1})
        store.cards.saw(CARD, "240120000000016", "Port1")
        store.cards.saw("8946120000005000024", None, "Port2")
        store.cards.learn(CARD, "240120000000016", NUMBER, "cnum")
        store.past.note_alive()
        store.past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "live", hub="1-1.1")])
        for outcome, words in (("accepted", ""), ("refused", "ACCOUNT_BLOCKED"), ("failed", "")):
            store.past.note_report(
                SentReport(at=now[0], method="sendNumbersOnline", outcome=outcome, status=200, numbers=1,
                           took_s=0.5, message=words, came=[NUMBER], went=[])
            )  # fmt: skip
        now[0] += 3600
        store.past.note([Happened(OF_MODULE | OF_SIM, "Port1", CARD, NUMBER, "searching", hub="1-1.1")])
        store.past.note_alive()
    return say


@contextlib.contextmanager
def answering(bank, token=None):
    """Let an agent answer for a bank, in a thread of its own; yields where."""
    address, ended = [], threading.Event()
    ready = threading.Event()

    async def answer():
        async with serve(bank, token) as server:
            address.append(server.url)
            ready.set()
            while not ended.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(answer(),))
    thread.start()
    try:
        assert ready.wait(60)
        yield address[0].removeprefix("http://").rstrip("/")
    finally:
        ended.set()
        thread.join()


def busy_bank():
    """A bank with something of each kind to be told."""
    bank = troubled_bank(64)
    bank.missed_windows = 2
    bank.payload = lambda: b'{"numbers":[]}'
    bank.rows[0] = dataclasses.replace(bank.rows[0], onlinesim=asked("spent", banned=True))
    silent = AlertServiceRow(name="tgram://…", sent_at=None, failed_at=1.0, why="no answer within 20 s")
    bank.alerts = AlertsRow(on=True, services=(silent,))
    bank.fleet = fleet(
        hosts=(host(1), host(2, life=HostLife.SILENT, doubts=1), host(3, seen_at=None, may_lead=False)),
        doubts=(DOUBT,),
    )
    return bank


BAD = [
    "", "-h", "frob", "scna", "scan --frob", "scan --jso", "scan x y", "scan --config", "scan --json=1",
    "simulate --modules x", "simulate --modules 0", "uptime --by x", "rename a", "run --config none.yaml",
    "simulate --mix SIM801", "simulate --mix ,", "simulate --slots 2", "simulate --hosts 2 --json",
    "sims --csv --json", "sims --write", "history --since soon", "history --at 14:05 Port1", "history Port1",
    "history", "uptime --csv --json", "reports", "income --csv --json", "trace", "trace Port1", "trace --all Port1",
    "rename a b", "move a", "move --all x", "move --all", "forget Port1", "backup config.yaml", "backup no/b.tgz",
    "restore config.yaml", "restore none.tgz", "restore . ", "alert", "alert --test", "init",
    "init --config config.yaml", "init --config c.yaml --server sandbox",
    "init --config c.yaml --server http://x --modules 2",
    "init --config c.yaml --server https://x.example --modules 2 --key-file config.yaml",
    "install --uninstall --dry-run", "install --dry-run", "status", "status --token-file none",
    "scan", "scan --write", "check", "check --config none.yaml", "payload", "sims", "modules", "income",
]  # fmt: skip


@pytest.mark.parametrize("typed", BAD)
def test_what_is_wrong_is_said_in_russian(say, typed):
    english, said = say(typed, "C"), say(typed)
    assert said.code == english.code
    assert english_in(said.err) == ""
    assert english_in(said.out) == "" or typed == "payload"
    assert (said.out, said.err) != (english.out, english.err) or typed == "payload"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_russian(say, command):
    said = say(f"{command} --help")
    assert said.code == 0
    assert said.out.startswith("Использование: ")
    assert english_in(said.out) == ""


@pytest.fixture(scope="module")
def agent():
    """Where an agent answers for a busy bank."""
    with answering(busy_bank()) as address:
        yield address


@pytest.fixture
def beside(agent, say, tmp_path):
    """Run commands beside that agent."""
    (tmp_path / "config.yaml").write_text(CONFIG.replace("127.0.0.1:9", agent))
    return say


@pytest.mark.parametrize("typed", ["status", "scan", "sims", "check", "trace Port99"])
def test_what_an_agent_says_is_shown_in_russian(beside, typed):
    said = beside(typed)
    assert english_in(said.out) == ""
    assert english_in(said.err) == ""


PAST = [
    "sims", "sims --write", "history --since 1000000000", 'history --at "2026-11-23 21:30"', "modules",
    "uptime --since 1000000000", "uptime --by sim --since 1000000000", "uptime --by hub --since 1000000000",
    "reports --since 1000000000", "backup b.tgz", "forget Port9", "forget +46701740000", "rename Port1 Port2",
    "rename Port1 Port1", "rename Port1 shelf",
]  # fmt: skip


@pytest.mark.parametrize("typed", PAST)
def test_what_was_is_shown_in_russian(past, typed):
    said = past(typed)
    assert english_in(said.out) == ""
    assert english_in(said.err) == ""
    assert said.out + said.err


def test_a_backup_is_restored_in_russian(past):
    past("backup b.tgz")
    said = past("restore b.tgz --config there/config.yaml")
    assert said.code == 0, said.err
    assert english_in(said.out + "\n" + said.err) == ""


@pytest.mark.parametrize("typed", ["scan --json", "payload", "status --json", "check --json", "sims --json"])
def test_what_programs_read_of_an_agent_is_the_same_in_each_language(beside, monkeypatch, typed):
    english, said = beside(typed, "C"), beside(typed)
    assert (said.code, said.out) == (english.code, english.out)
    assert said.out


@pytest.mark.parametrize(
    "typed",
    ["scan --json", "payload", "check --json", "sims --json", "sims --csv", "income --json", "income --csv",
     "history --json --since 1000000000", "history --csv --since 1000000000", "history --at 1795464010 --json",
     "uptime --json --since 1000000000", "uptime --by sim --csv", "reports --json --since 1000000000",
     "reports --csv --since 1000000000", "modules --json", "schema"],
)  # fmt: skip
def test_what_programs_read_is_the_same_in_each_language(past, monkeypatch, typed):
    monkeypatch.setattr("agent.cli.past.time.time", lambda: 1_795_470_000.0)
    english, said = past(typed, "C"), past(typed)
    assert said.code == english.code
    assert re.sub(SINCE, "", said.out) == re.sub(SINCE, "", english.out)
    assert said.out


def test_init_asks_in_russian(say, monkeypatch, capsys):
    answers = iter(["nonsense", "https://bank.example/", "0", "3"])
    asked_for = []
    monkeypatch.setattr("agent.cli.init.usb_serial_ports", list)
    monkeypatch.setattr("agent.cli.init.getpass.getpass", lambda words: asked_for.append(words) or "key")
    monkeypatch.setattr("builtins.input", lambda: next(answers))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    said = say("init --config new/config.yaml")
    assert said.code == 0, said.err
    assert english_in("\n".join([said.out, said.err, *asked_for])) == ""
    assert asked_for == ["Ключ API (на экране не показывается): "]


def test_english_reads_no_catalogue(say, monkeypatch):
    def fail(language):
        raise AssertionError(f"a catalogue of {language} is read")

    monkeypatch.setattr(sys.modules["agent.language.translation"], "read_catalogues", fail)
    assert say("scan --help", "en_GB.UTF-8").out.startswith("Usage: ")
    assert "did you mean" in say("simulate --mix SIM801", "C").err


def test_income_that_cannot_be_asked_for_is_told_in_russian(say, tmp_path):
    server = "server: http://127.0.0.1:9/, api_key: KEY"
    (tmp_path / "config.yaml").write_text(CONFIG.replace("server: sandbox", server))
    said = say("income")
    assert said.code == 75
    assert said.err.startswith("запрос дохода в Onlinesim: нет соединения")
    assert english_in(said.err) == ""


def test_mistakes_of_config_yaml_are_told_in_russian(say, tmp_path):
    port = "ports: [{path: simulated, name: Same}]"
    (tmp_path / "config.yaml").write_text(CONFIG.replace("ports: [{path: /dev/no-such-port}]", port))
    said = say("scan")
    assert said.code == 78
    assert english_in(said.err) == ""


@pytest.mark.parametrize(
    "typed",
    ["help", "frob", "pull", "pull 99", "pull 1 loud", "swap 1 x", "number 1 +4670", "fault 1 x", "fault 1 slow 9999",
     "fault 1 slow x", "faults", "faults on", "busy 1 x"],
)  # fmt: skip
def test_the_simulated_bank_answers_people_in_russian(typed):
    module = SimpleNamespace(name="SIM800", life=SimpleNamespace(card=None))
    bank = SimpleNamespace(module={"1": module}.__getitem__, cards=[None] * 8, rows=4)
    answer = execute(bank, typed)[-1]
    assert for_people(answer) == answer
    with speaking("ru"):
        said = for_people(answer)
    assert said.keys() == answer.keys()
    assert said != answer
    assert [text for text in texts_in(said) if english_in(text)] == []


def texts_in(answer):
    """Each sentence of an answer of the bank, without the names that people type."""
    meanings = [line.partition(": ")[2] for line in answer.get("help", ())]
    error = answer.get("text", "").replace(", ".join(MEANINGS), "")
    return [*meanings, *answer.get("faults", {}).values(), error]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_token_is_asked_for_in_russian(say, tmp_path, token):
    with answering(troubled_bank(2), token="right") as address:
        (tmp_path / "config.yaml").write_text(CONFIG.replace("127.0.0.1:9", address))
        (tmp_path / "token").write_text(token)
        typed = "status --token-file token" if token else "status"
        said = say(typed)
    assert said.code == 77
    assert said.err.startswith("агент по адресу http://")
    assert english_in(said.err) == ""


def test_an_empty_host_is_told_in_russian(say, tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text(CONFIG.replace("{path: /dev/no-such-port}", "{path: usb}"))
    said = say("scan")
    assert said.code == 1
    assert said.out.startswith("последовательных портов не найдено")
    assert english_in(said.out) == ""


def test_a_store_that_is_in_use_is_told_in_russian(past, tmp_path):
    with contextlib.closing(Store(tmp_path / "s.db")):
        for typed, code in (("restore b.tgz --config config.yaml", 75), ("rename Port1 Port2", 75)):
            past("backup b.tgz")
            said = past(typed)
            assert said.code == code, said.err
            assert "занята другим агентом" in said.err
            assert english_in(said.err) == ""


@pytest.mark.parametrize("content", [b"", b"Dear store, " * 99, b"SQLite format 3\0" + bytes(4096)])
@pytest.mark.parametrize(
    "typed", ["sims", "history", "uptime", "backup b.tgz", "rename Port1 Port2", "check"]
)
def test_a_damaged_store_is_told_in_russian(say, tmp_path, content, typed):
    (tmp_path / "s.db").write_bytes(content)
    said = say(typed)
    assert english_in(said.out + "\n" + said.err) == ""


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "x.yaml"), PermissionError(), OSError(28, "No space left on device"),
     IsADirectoryError(21, "Is a directory", "x"), NameClash("two modules would be called 'A' (b, c): give one of them"
     " another name under ports in config.yaml"), StoreInUse("x"), AccountInUse(7), AccountInUse(0)],
)  # fmt: skip
def test_each_expected_error_is_told_in_russian(say, monkeypatch, error):
    def fail(_config):
        raise error

    monkeypatch.setattr("agent.cli.config_file.find_config", fail)
    english, said = say("modules", "C"), say("modules")
    assert said.code == english.code
    assert english_in(said.err) == ""
    assert said.err != english.err


@pytest.mark.parametrize(
    ("language", "words"), [("C", "bash completion installed in"), (RUSSIAN, "дополнение команд")]
)
def test_the_completion_is_put_in_place_and_told_in_the_language(say, tmp_path, monkeypatch, language, words):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("shellingham.detect_shell", lambda *_: ("bash", "/bin/bash"))
    said = say("--install-completion", language)
    assert said.code == 0, said.err
    assert said.out.startswith(words)
    assert (tmp_path / ".bashrc").exists()
    assert bool(english_in(said.out)) == (language == "C")


def test_a_shell_without_completion_is_told_in_the_language(say, monkeypatch):
    monkeypatch.setattr("shellingham.detect_shell", lambda *_: ("sh", "/bin/sh"))
    said = say("--install-completion")
    assert said.code == 1
    assert said.out.startswith("дополнение команд для sh")
