"""The first moments of the program, when most of it is not imported yet."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agent.__main__ import main
from agent.cli.plain import plain

FOUND = {"modules": [], "cap": 3, "live": 0, "banners": [], "last_report": None, "next_heartbeat_s": None,
         "missed_windows": 0}  # fmt: skip
ROOT = Path(__file__).parents[3]

CTRL_C_WHILE_IMPORTING = """
import os, signal, sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "agent.config":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupted())
sys.argv = ["simbank-agent", "schema"]
from agent.__main__ import main
main()
"""


def test_ctrl_c_while_the_program_is_still_importing_ends_it_quietly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CTRL_C_WHILE_IMPORTING],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_a_ctrl_c_that_the_parent_ignores_stays_ignored(tmp_path):
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    done = subprocess.run(
        [sys.executable, "-c", ignoring + CTRL_C_WHILE_IMPORTING],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"onlinesim" in done.stdout


def test_it_imports_nothing_else_before_it_can_hear_ctrl_c(tmp_path):
    program = "import sys, agent.__main__; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200,
        check=True,
    )  # fmt: skip
    assert {"typer", "rich", "pydantic", "aiohttp", "asyncio"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    "typed",
    ["run", "run -c x", "run --config=x", "status --json", "status --token-file t --json --config x"],
)
def test_what_services_and_monitoring_start_needs_no_library_for_its_arguments(typed):
    assert plain(typed.split()) is not None


@pytest.mark.parametrize(
    "typed",
    ["", "status", "status --json --watch", "status --json x", "run --help", "run -c", "run --config=",
     "run --config --json", "run --json", "run -cx", "run --token-file t", "scan --json", "-h", "--json"],
)  # fmt: skip
def test_all_other_arguments_are_left_to_it(typed):
    assert plain(typed.split() or ["help"]) is None


@pytest.mark.parametrize(
    "form", ["{command} -c {file}", "{command} --config={file}", "{command} -c {file} --help"]
)
@pytest.mark.parametrize("command", ["run", "status --json"])
def test_a_command_ends_alike_however_its_arguments_are_read(monkeypatch, capsys, tmp_path, form, command):
    file = tmp_path / "config.yaml"
    file.write_text("bank: {lease: soon}\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["x", *form.format(command=command, file=file).split()])
    endings = []
    for read in (plain, lambda _: None):
        monkeypatch.setattr("agent.cli.plain.plain", read)
        with pytest.raises(SystemExit) as ended:
            main()
        endings.append((ended.value.code, *capsys.readouterr()))
    assert endings[0] == endings[1]


class Agent(BaseHTTPRequestHandler):
    """Answers as an agent does."""

    def do_GET(self):
        body = json.dumps(FOUND).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


IMPORTED = """
import sys
from agent.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--version"], {"typer", "rich", "pydantic", "aiohttp", "asyncio", "dataclasses", "gettext"}),
        (
            ["status", "--json"],
            {"typer", "rich", "aiohttp", "agent.bank", "agent.decision", "drivers.vendors"},
        ),
        (["status"], {"aiohttp", "agent.bank", "drivers.vendors"}),
    ],
    ids=["version", "status as JSON", "status"],
)
def test_a_command_imports_what_it_needs(tmp_path, arguments, spared):
    """Each of these takes longer than all of `--version`."""
    with HTTPServer(("127.0.0.1", 0), Agent) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        config = f"ports: [{{path: /dev/none}}]\nstatus: {{listen: '127.0.0.1:{server.server_port}'}}\n"
        (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", IMPORTED, *arguments],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200,
            check=False,
        )  # fmt: skip
        server.shutdown()
        thread.join()
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert spared.isdisjoint(done.stderr.split())


@pytest.mark.parametrize(
    ("typed", "said"),
    [("help", "Commands:"), ("help trace", "trace [OPTIONS] [PORT]..."), ("-v", "simbank-agent ")],
)
def test_what_people_type_first_is_understood(monkeypatch, capsys, typed, said):
    monkeypatch.setattr(sys, "argv", ["simbank-agent", *typed.split()])
    with contextlib.suppress(SystemExit):
        main()
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes_commands(monkeypatch, capsys, shell):
    words = {"bash": "COMP_WORDS", "zsh": "_TYPER_COMPLETE_ARGS", "fish": "_TYPER_COMPLETE_ARGS"}[shell]
    monkeypatch.setenv("_SIMBANK_AGENT_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv(words, "simbank-agent re")
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setattr(sys, "argv", ["simbank-agent"])
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)  # else it is called pytest
    with contextlib.suppress(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "rename" in shown
    assert "restore" in shown
