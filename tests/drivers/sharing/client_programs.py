"""A program that opens a shared port: this one, or an ordinary user's."""

from __future__ import annotations

import os
from multiprocessing import get_context

NOBODY = 65534


class Program:
    """A descriptor on a terminal."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def write(self, data):
        """Write what goes."""
        return os.write(self.descriptor, data)

    def write_all(self, data):
        """Write in pieces; BlockingIOError when no more goes."""
        for at in range(0, len(data), 1000):
            os.write(self.descriptor, data[at : at + 1000])

    def read(self):
        """What is there now."""
        try:
            return os.read(self.descriptor, 65536)
        except BlockingIOError:
            return b""

    def close(self):
        """Leave."""
        os.close(self.descriptor)


def open_as_ordinary_user(path, group=None):
    """How it goes for an ordinary user, in that group besides, to open a terminal: "opened", or the error's name."""
    context = get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_try_to_open, args=(theirs, path, group))
    child.start()
    said = ours.recv()
    child.join()
    return said


def _try_to_open(pipe, path, group):
    if os.getuid() == 0:
        os.setgroups([group] if group is not None else [])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))
    except OSError as error:
        pipe.send(type(error).__name__ if error.errno != 16 else "EBUSY")
    else:
        pipe.send("opened")
