"""`init`: a config.yaml that works, a key that nobody sees, and nothing at all where it does not come to its end."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import init
from agent.cli.app import app
from agent.config import NewPort, load
from agent.config.locate import SYSTEM
from agent.install.files import installed_config
from agent.install.first_config import FirstAnswers, first_config
from drivers.ports import Port, UsbPlace

ROOT = Path(__file__).parents[3]
SERVER = "https://a.example"
GIVEN = ("--server", SERVER, "--key-file", "-", "--modules", "4")


def run(folder, *words, stdin="K-secret\n"):
    return CliRunner().invoke(app, ["init", "--config", str(folder / "config.yaml"), *words], input=stdin)


def test_without_a_terminal_options_make_a_config_that_loads(tmp_path):
    done = run(tmp_path, *GIVEN, "--port", "/dev/ttyS1", "--port", "/dev/serial/by-path/x")
    assert done.exit_code == 0, done.output
    assert "K-secret" not in done.output
    text = (tmp_path / "config.yaml").read_text()
    config = load(text, file="", environment={}, folder=tmp_path)
    assert (config.onlinesim.server, config.bank.modules) == (SERVER, 4)
    assert [rule.path for rule in config.ports] == ["/dev/ttyS1", "/dev/serial/by-path/x"]
    assert config.store == tmp_path / "simbank.db"
    assert config.onlinesim.api_key_file.read_text() == "K-secret\n"
    for name in ("config.yaml", "api_key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "stdin", "said", "code"),
    [
        ((), "", "--server URL", 2),
        (("--server", SERVER), "", "--key-file FILE", 2),
        (("--server", SERVER, "--key-file", "-"), "K\n", "--modules N", 2),
        (("--server", SERVER, "--key-file", "-", "--modules", "0"), "K\n", "--modules", 2),
        (GIVEN, "", "the key on stdin is empty", 1),
        (GIVEN, "two words\n", "the key on stdin", 1),
    ],
)
def test_what_lacks_is_named_and_nothing_is_written(tmp_path, monkeypatch, words, stdin, said, code):
    monkeypatch.setattr(init, "usb_serial_ports", list)
    done = run(tmp_path, *words, stdin=stdin)
    assert (said in done.stderr, done.exit_code) == (True, code), done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["config.yaml", "api_key"])
def test_nothing_is_overwritten(tmp_path, taken):
    (tmp_path / taken).write_text("mine\n")
    done = run(tmp_path, *GIVEN)
    assert done.exit_code != 0
    assert "overwritten" in done.output + str(done.exception)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(taken, "mine\n")]


def test_a_key_that_is_there_is_kept_where_none_is_given(tmp_path):
    (tmp_path / "api_key").write_text("K-mine\n")
    done = run(tmp_path, "--server", SERVER, "--modules", "4")
    assert done.exit_code == 0
    assert (tmp_path / "api_key").read_text() == "K-mine\n"


def test_what_the_package_put_there_is_no_config_yet(tmp_path):
    (tmp_path / "config.yaml").write_text(installed_config())
    (tmp_path / "config.yaml").chmod(0o640)
    (tmp_path / "api_key").touch(mode=0o600)
    assert run(tmp_path, *GIVEN).exit_code == 0
    assert (tmp_path / "config.yaml").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "api_key").read_text() == "K-secret\n"


@pytest.mark.parametrize("there", [True, False])
def test_a_disk_that_refuses_leaves_no_key_behind(tmp_path, monkeypatch, there):
    if there:
        (tmp_path / "api_key").touch(mode=0o600)
    before = [(file.name, file.read_text()) for file in tmp_path.iterdir()]
    place = init._place

    def refuse(path, *more):
        if path.name == "config.yaml":
            raise KeyboardInterrupt
        place(path, *more)

    monkeypatch.setattr(
        init, "_place", lambda path, content, mode, group="": refuse(path, content, mode, group)
    )
    assert run(tmp_path, *GIVEN).exit_code == 130
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == before


def test_for_the_service_the_key_is_where_its_credential_is():
    text = first_config(FirstAnswers(server=SERVER, modules=8), service=True)
    environment = {"CREDENTIALS_DIRECTORY": str(SYSTEM.parent)}
    config = load(text, file="", environment=environment, folder=SYSTEM.parent)
    assert config.onlinesim.api_key_file == SYSTEM.parent / "api_key"
    assert str(config.store) == "/var/lib/simbank-agent/simbank.db"
    assert [rule.path for rule in config.ports] == ["usb"]


def test_a_port_with_odd_characters_is_written_as_it_is():
    ports = [NewPort('/dev/serial/by-id/usb-"Ünit"#1', "a # b")]
    text = first_config(FirstAnswers(server="sandbox", modules=1, ports=ports), service=False)
    config = load(text, file="", environment={}, folder=Path("/"))
    assert [rule.path for rule in config.ports] == [ports[0].path]


@pytest.mark.parametrize(("ports", "told"), [((), True), (("--port", "/dev/ttyS1"), False)])
def test_that_no_usb_port_is_there_is_said_where_usb_ports_are_used(tmp_path, monkeypatch, ports, told):
    monkeypatch.setattr(init, "usb_serial_ports", list)
    done = run(tmp_path, *GIVEN, *ports)
    assert (done.exit_code, "No USB serial port" in done.stderr) == (0, told), done.stderr


@pytest.mark.parametrize(("text", "numbers"), [("", []), ("1-3,5", [1, 2, 3, 5]), ("2 4", [2, 4])])
def test_ports_are_chosen_by_their_numbers(text, numbers):
    assert list(init._numbers(text, 5)) == numbers


@pytest.mark.parametrize("text", ["0", "6", "x", "3-1", "1-", "-2", "1-9"])
def test_a_number_of_no_port_is_asked_again(text):
    with pytest.raises(ValueError, match="from 1 to 5"):
        list(init._numbers(text, 5))


def test_ports_that_were_found_are_shown_with_what_they_are(monkeypatch, tmp_path):
    place = UsbPlace("1-2", 0, vid="0403", pid="6011", product="Quad RS232")
    monkeypatch.setattr(
        init, "usb_serial_ports", lambda: [Port("/dev/ttyUSB0", place, by_path="/dev/by-path/a")]
    )
    done = run(tmp_path, "--server", "sandbox")
    assert "1  /dev/by-path/a  Quad RS232" in done.stderr
    assert "  modules: 1 " in (tmp_path / "config.yaml").read_text()


def typed(folder, *answers):
    """Run it on a terminal of its own; return its end and all that the terminal showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "agent", "init", "-c", str(folder / "config.yaml")])
    shown, waiting = b"", list(answers)
    while select.select([terminal], [], [], 60)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # it has ended
            break
        if waiting and shown.endswith(b": "):
            os.write(terminal, waiting.pop(0))
            shown += b"|"
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


# It asks about the ports of this machine first: what is typed below answers the questions where there are none.
@pytest.mark.slow
@pytest.mark.skipif(
    bool(list(Path("/dev").glob("ttyUSB*"))), reason="it would ask about the ports of this machine"
)
def test_on_a_terminal_it_asks_again_until_an_answer_is_good_and_never_shows_the_key(tmp_path):
    code, shown = typed(
        tmp_path,
        b"http://a.example\n",
        f"{SERVER}\n".encode(),
        b"two words\n",
        b"K-secret\n",
        b"none\n",
        b"4\n",
    )
    assert code == 0, shown
    assert "secret" not in shown
    assert (tmp_path / "api_key").read_text() == "K-secret\n"
    assert "  modules: 4 " in (tmp_path / "config.yaml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("last", "code"), [(b"\x03", 130), (b"\x04", 2)], ids=["Ctrl-C", "Ctrl-D"])
def test_who_gives_up_leaves_nothing(tmp_path, last, code):
    ended, _ = typed(tmp_path, f"{SERVER}\n".encode(), b"K-secret\n", last)
    assert ended in {code, -signal.SIGINT}
    assert list(tmp_path.iterdir()) == []
