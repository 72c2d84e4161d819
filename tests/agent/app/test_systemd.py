"""systemd hears what it asked for, and nobody else hears anything."""

from __future__ import annotations

import os
import socket

import pytest

from agent.app.systemd import SystemdNotifier


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5)
        yield ear, str(tmp_path / "notify")


def test_each_state_is_told_in_systemds_words(systemd):
    ear, address = systemd
    notifier = SystemdNotifier({"NOTIFY_SOCKET": address})
    for tell, words in (
        (notifier.ready, b"READY=1"),
        (lambda: notifier.status("64 of 64\nlive"), b"STATUS=64 of 64 live"),
        (notifier.stopping, b"STOPPING=1"),
        (notifier.alive, b"WATCHDOG=1"),
    ):
        tell()
        assert ear.recv(200) == words
    notifier.reloading()
    assert ear.recv(200).startswith(b"RELOADING=1\nMONOTONIC_USEC=")


def test_an_abstract_socket_works_too():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0simbank-test-{os.getpid()}")
        ear.settimeout(5)
        SystemdNotifier({"NOTIFY_SOCKET": f"@simbank-test-{os.getpid()}"}).ready()
        assert ear.recv(200) == b"READY=1"


def test_without_systemd_nothing_happens(tmp_path):
    SystemdNotifier({}).ready()
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


def test_the_watchdog_is_fed_twice_as_often_as_it_asks_and_only_by_its_process():
    assert SystemdNotifier({"WATCHDOG_USEC": "30000000"}).watchdog_every == 15
    assert SystemdNotifier({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).watchdog_every is None
    assert SystemdNotifier({}).watchdog_every is None
