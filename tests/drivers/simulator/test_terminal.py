import asyncio
import fcntl
import os
import resource
import termios

import pytest

from drivers.simulator.pty_watch import PtyWatch
from drivers.simulator.terminal import TIOCGEXCL, Terminal


@pytest.fixture
async def terminal():
    with PtyWatch() as pty_watch:
        got = []
        terminal = Terminal(pty_watch, got.append, lambda: got.append("left"))
        terminal.got = got
        yield terminal
        terminal.close()


async def settle():
    for _ in range(3):
        await asyncio.sleep(0.005)


def exclusive(fd):
    return bool(int.from_bytes(fcntl.ioctl(fd, TIOCGEXCL, bytes(4)), "little"))


async def test_bytes_pass_unchanged_in_both_directions(terminal, opened):
    client = opened(terminal.path)
    every = bytes(range(256))
    client.write(every)
    while len(b"".join(terminal.got)) < len(every):
        await settle()
    assert b"".join(terminal.got) == every
    terminal.write(every)
    assert await client.until(lambda got: len(got) == 256) == every


async def test_what_nobody_listens_to_is_lost(terminal, opened):
    assert terminal.write(b"unheard") == 0
    client = opened(terminal.path)
    await client.hears_nothing()


async def test_a_client_that_never_reads_costs_a_bounded_buffer(terminal, opened):
    client = opened(terminal.path)
    asyncio.get_running_loop().remove_reader(client.fd)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = sum(terminal.write(b"x" * 4096) for _ in range(5000))
    assert sent < 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5000  # KiB; 20 MB were offered
    asyncio.get_running_loop().add_reader(client.fd, client._read)


async def test_clients_may_come_and_go(terminal, opened):
    for text in (b"one", b"two"):
        client = opened(terminal.path)
        client.write(text)
        await settle()
        client.close()
        await settle()
    assert terminal.got == [b"one", "left", b"two", "left"]


async def test_a_client_leaves_nothing_behind_for_the_next(terminal, opened):
    client = opened(terminal.path)
    asyncio.get_running_loop().remove_reader(client.fd)
    terminal.write(b"unread")
    fcntl.ioctl(client.fd, termios.TIOCEXCL)
    attributes = termios.tcgetattr(client.fd)
    attributes[3] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(client.fd, termios.TCSANOW, attributes)
    asyncio.get_running_loop().add_reader(client.fd, client._read)
    asyncio.get_running_loop().remove_reader(client.fd)
    client.close()
    await settle()
    client = opened(terminal.path)
    await client.hears_nothing()
    assert not exclusive(client.fd)
    assert not termios.tcgetattr(client.fd)[3] & (termios.ECHO | termios.ICANON)


async def test_a_client_that_opens_while_another_leaves_keeps_its_mark(terminal, opened):
    first = opened(terminal.path)
    await settle()
    first.close()
    second = opened(terminal.path)
    fcntl.ioctl(second.fd, termios.TIOCEXCL)
    await settle()
    assert exclusive(second.fd)
    fcntl.ioctl(second.fd, termios.TIOCNXCL)


async def test_an_answer_reaches_a_client_that_wrote_as_soon_as_it_opened():
    with PtyWatch() as pty_watch:
        terminal = Terminal(pty_watch, lambda data: terminal.write(data), lambda: None)
        fd = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(fd, b"ping")
        await settle()
        assert os.read(fd, 10) == b"ping"
        os.close(fd)
        terminal.close()


async def test_two_clients_that_opened_at_once_are_both_served(opened):
    with PtyWatch() as pty_watch:
        terminal = Terminal(pty_watch, lambda data: terminal.write(data), lambda: None)
        first, second = opened(terminal.path), opened(terminal.path)  # seen as one open
        await settle()
        first.close()
        await settle()
        fcntl.ioctl(second.fd, termios.TIOCEXCL)
        second.write(b"ping")
        await second.hears("ping")
        assert exclusive(second.fd)
        second.close()
        await settle()
        assert not terminal.is_open
        terminal.close()


async def test_what_a_client_wrote_before_it_left_is_answered_to_nobody(opened):
    with PtyWatch() as pty_watch:
        got = []

        def answer(data):
            got.append(data)
            terminal.write(data)

        terminal = Terminal(pty_watch, answer, lambda: None)
        client = opened(terminal.path)
        client.write(b"ping")
        client.close()
        await settle()
        assert got == [b"ping"]
        await opened(terminal.path).hears_nothing()
        terminal.close()


async def test_a_new_terminal_avoids_a_path():
    with PtyWatch() as pty_watch:
        first = Terminal(pty_watch, lambda _: None, lambda: None)
        path = first.path
        first.close()
        second = Terminal(pty_watch, lambda _: None, lambda: None, avoid=path)
        assert second.path != path
        second.close()


async def test_the_clients_rate_is_known(terminal, opened):
    client = opened(terminal.path)
    attributes = termios.tcgetattr(client.fd)
    attributes[4] = attributes[5] = termios.B57600
    termios.tcsetattr(client.fd, termios.TCSANOW, attributes)
    assert terminal.baudrate == 57600
