"""The other ends of real wires: pseudo-terminals, socat, TCP servers, ser2net."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
import time
import tty
from pathlib import Path

import pytest

TIMEOUT = 10.0


async def eventually(condition, within=TIMEOUT):
    """Wait until `condition()` is true, whatever the machine's pace."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "did not come true"
        await asyncio.sleep(0.002)


class FarEnd:
    """The module's side of a wire, on a descriptor of ours."""

    def __init__(self, address, descriptor, *, hang_up=None):
        self.address = address
        self.descriptor = descriptor
        self._hang_up = hang_up
        self._received = bytearray()
        self.connected = lambda: True
        os.set_blocking(descriptor, False)

    def send(self, data):
        """All of it, or an error: what does not fit is a fault of the test."""
        assert os.write(self.descriptor, data) == len(data)

    async def send_all(self, data):
        """As much as fits, until all is sent."""
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.descriptor, data) :]
            await asyncio.sleep(0)

    async def receive(self, count):
        """The next `count` bytes from our side."""

        def enough():
            with contextlib.suppress(OSError):  # nothing yet; or a pty whose other side nobody opened yet
                self._received += os.read(self.descriptor, 4096)
            return len(self._received) >= count

        await eventually(enough)
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def hang_up(self):
        """End what carries the bytes, as an unplugged cable does."""
        if self._hang_up is not None:
            self._hang_up()
        self.close()

    def close(self):
        """End this side."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


@contextlib.contextmanager
def pseudo_terminal():
    """A pty: its slave is the port, its master the module."""
    master, slave = os.openpty()
    tty.setraw(slave)
    far = FarEnd(os.ttyname(slave), master)
    os.close(slave)
    try:
        yield far
    finally:
        far.close()


@contextlib.contextmanager
def process(*command):
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@contextlib.contextmanager
def socat_pair(folder: Path):
    ours, theirs = folder / "ours", folder / "theirs"
    ends = [f"pty,rawer,link={end}" for end in (ours, theirs)]
    with process("socat", *ends) as running:
        until(lambda: ours.exists() and theirs.exists())
        descriptor = os.open(theirs, os.O_RDWR | os.O_NOCTTY)
        far = FarEnd(str(ours), descriptor, hang_up=running.kill)
        try:
            yield far
        finally:
            far.close()


@contextlib.contextmanager
def tcp_server():
    """A listening socket whose newest connection becomes the far end's descriptor."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        far = FarEnd(f"socket://127.0.0.1:{listener.getsockname()[1]}", os.open(os.devnull, os.O_RDWR))

        connections = []

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    os.dup2(connection.fileno(), far.descriptor)
                    os.set_blocking(far.descriptor, False)
                    connection.close()
                    connections.append(None)

        waiting = threading.Thread(target=accept, daemon=True)
        waiting.start()
        far.connected = lambda: connections
        try:
            yield far
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            waiting.join()
            far.close()


@contextlib.contextmanager
def ser2net(folder: Path, *, accepter: str, address: str):
    with pseudo_terminal() as far, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        configuration = folder / "ser2net.yaml"
        configuration.write_text(
            "connection: &module\n"
            f"  accepter: {accepter},127.0.0.1,{port}\n"
            f"  connector: serialdev,{far.address},115200n81,local\n"
        )
        with process("ser2net", "-n", "-u", "-c", str(configuration)) as running:
            until(lambda: _listens(port))
            far.address = address.format(port=port)
            far._hang_up = running.kill
            yield far


def _listens(port):
    """Whether somebody does, without connecting: ser2net takes one connection at a time."""
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return any(f":{port:04X} 00000000:0000 0A" in line for line in lines)


def until(condition):
    """As `eventually`, where no loop runs."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.005)


KINDS = {
    "pty": lambda folder: pseudo_terminal(),
    "socat": socat_pair,
    "tcp": lambda folder: tcp_server(),
    "ser2net-tcp": lambda folder: ser2net(folder, accepter="tcp", address="socket://127.0.0.1:{port}"),
    "ser2net-rfc2217": lambda folder: ser2net(
        folder, accepter="telnet(rfc2217),tcp", address="rfc2217://127.0.0.1:{port}?ign_set_control"
    ),
}


@pytest.fixture
async def no_leaks():
    """What a test opens it closes: descriptors, threads and tasks."""

    def held():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(asyncio.all_tasks())

    before = held()
    yield
    await eventually(lambda: all(now <= then for now, then in zip(held(), before, strict=True)))


@pytest.fixture(params=KINDS)
def far(request, tmp_path, no_leaks):
    """The far end of a wire of every kind."""
    with KINDS[request.param](tmp_path) as end:
        end.kind = request.param
        yield end


@pytest.fixture
def pty_far(no_leaks):
    with pseudo_terminal() as end:
        yield end
