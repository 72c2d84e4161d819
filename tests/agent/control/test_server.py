"""The control socket: who may use it, and that nothing that is sent there stops the agent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from as_nobody import NOBODY
from missing import only_root

from agent.control import server
from agent.control.client import NoControl, ask
from agent.control.messages import (
    Answer,
    ModulePlace,
    Request,
    answer_line,
    read_answer,
    read_request,
    request_line,
)
from agent.control.server import ControlServer, socket_path
from agent.store.lock import StoreLock, announced, announced_socket

RENAME = Request(task="rename", name="Port1", to=("left",), swap=True)


@pytest.fixture
async def control(tmp_path):
    """A control socket that answers with what it was asked for."""
    asked = []

    def do(request):
        asked.append(request)
        return Answer(lines=(f"{request.name} is now called {request.to[0]}",))

    listening = ControlServer(tmp_path / ".control", do)
    listening.asked = asked
    assert await listening.start() == tmp_path / ".control"
    yield listening
    await listening.stop()
    assert not listening.path.exists()


async def exchange(path: Path, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    with contextlib.suppress(ConnectionError):
        writer.write(sent)
        writer.write_eof()
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_what_is_written_is_read():
    answer = Answer(
        lines=("a",), modules=(ModulePlace(name="Port1", place="usb-1", ports=("/dev/x",)),), refused="no"
    )
    assert read_request(request_line(RENAME)) == RENAME
    assert read_answer(answer_line(answer)) == answer


async def test_a_request_is_done_and_answered(control):
    assert read_answer(await exchange(control.path, request_line(RENAME))).lines == (
        "Port1 is now called left",
    )
    assert control.asked == [RENAME]


async def test_only_its_own_user_can_open_the_socket(control):
    assert control.path.stat().st_mode & 0o777 == 0o600


@only_root("become another user")
async def test_another_user_gets_no_answer_even_where_the_mode_lets_him_in(control, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    control.path.chmod(0o666)
    program = (
        f"import os, socket; os.setgroups([]); os.setresgid(*[{NOBODY}] * 3); os.setresuid(*[{NOBODY}] * 3)\n"
        f"s = socket.socket(socket.AF_UNIX); s.connect({str(control.path)!r})\n"
        "print('connected')\n"
        f"try: s.sendall({request_line(RENAME)!r}); print(s.recv(100))\n"
        "except ConnectionError: print(b'')"
    )
    run = asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True)
    done = await run
    assert (done.stdout.split(), control.asked) == (["connected", "b''"], []), done.stderr


@pytest.mark.parametrize(
    "sent",
    [b"", b"{", b"null\n", b'{"task": "dial"}\n', b'{"task": 7}\n', b"[" * 9000 + b"\n", b"x" * 40_000, b"\xff\n",
     b'{"task": "rename", "to": 7}\n'],
)  # fmt: skip
async def test_what_is_no_request_is_refused_and_the_next_one_is_served(control, sent):
    answer = await exchange(control.path, sent)
    assert not answer or read_answer(answer).refused
    assert control.asked == []
    assert read_answer(await exchange(control.path, request_line(RENAME))).lines


async def test_who_says_nothing_is_hung_up_on_and_holds_up_nobody(control, monkeypatch):
    monkeypatch.setattr(server, "WITHIN", 0.1)
    silent = [await asyncio.open_unix_connection(control.path) for _ in range(server.AT_ONCE)]
    assert await exchange(control.path, request_line(RENAME)) == b""
    for reader, writer in silent:
        assert await reader.read() == b""
        writer.close()
    assert read_answer(await exchange(control.path, request_line(RENAME))).lines


async def test_the_socket_of_a_killed_agent_is_replaced_and_a_file_is_not(tmp_path):
    path = tmp_path / ".control"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    first = ControlServer(path, lambda _: Answer())
    assert await first.start() == path
    await first.stop()
    path.write_text("mine")
    assert await ControlServer(path, lambda _: Answer()).start() is None
    assert path.read_text() == "mine"


async def test_a_path_longer_than_a_socket_may_have_works(tmp_path):
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    store = deep / "simbank.db"
    listening = ControlServer(socket_path({}, store), lambda request: Answer(lines=(request.name,)))
    path = await listening.start()
    lock = StoreLock(store)
    lock.announce("http://127.0.0.1:1/", path)
    answer = await asyncio.to_thread(ask, store, RENAME)
    assert answer == Answer(lines=("Port1",))
    assert announced(store) == "http://127.0.0.1:1/"
    lock.release()
    await listening.stop()


def test_as_a_service_it_is_in_the_run_directory():
    assert socket_path({"RUNTIME_DIRECTORY": "/run/a:/run/b"}, Path("/x/s.db")) == Path("/run/a/.control")
    assert socket_path({}, Path("/x/s.db")) == Path("/x/.s.db.control")


def test_nobody_is_asked_where_no_agent_has_the_store(tmp_path):
    store = tmp_path / "simbank.db"
    assert ask(store, RENAME) is None
    lock = StoreLock(store)
    lock.announce("http://127.0.0.1:1/")
    assert announced_socket(store) is None
    with pytest.raises(NoControl, match="no control socket: stop it"):
        ask(store, RENAME)
    lock.announce("http://127.0.0.1:1/", tmp_path / ".control")
    with pytest.raises(NoControl, match="does not answer"):
        ask(store, RENAME)
    lock.release()
    assert ask(store, RENAME) is None
