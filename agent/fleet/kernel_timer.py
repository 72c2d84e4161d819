"""A timer of the kernel that ends this process: it fires although the process is stopped, swapped out or suspended.

SIGKILL is the one signal that a stopped process obeys, and CLOCK_BOOTTIME the clock that counts suspends. Python has
no timer_create(2), so the C library is called.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

_ABSOLUTE = 1
_BY_SIGNAL = 0


class _Event(ctypes.Structure):
    """`struct sigevent`, 64 bytes."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("rest", ctypes.c_char * 64),
    )


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    """`struct itimerspec`."""

    _fields_ = (("interval", _Time), ("value", _Time))


class KernelTimer:
    """One timer of this process, disarmed. Raises OSError where the kernel or the C library has none."""

    def __init__(self) -> None:
        self._library = _library()
        self._timer = ctypes.c_void_p()
        event = _Event(signo=signal.SIGKILL, notify=_BY_SIGNAL)
        made = self._library.timer_create(time.CLOCK_BOOTTIME, ctypes.byref(event), ctypes.byref(self._timer))
        if made != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    @contextlib.contextmanager
    def armed(self, at: float) -> Iterator[None]:
        """End this process at this instant of CLOCK_BOOTTIME unless the block ends before. Raises OSError."""
        self._set(max(at, 0.001))
        try:
            yield
        finally:
            self._set(0.0)

    def close(self) -> None:
        """Give the timer back."""
        self._library.timer_delete(self._timer)

    def _set(self, at: float) -> None:
        seconds = int(at)
        value = _Time(seconds, int((at - seconds) * 1e9))
        setting = _Setting(_Time(0, 0), value)
        if self._library.timer_settime(self._timer, _ABSOLUTE, ctypes.byref(setting), None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _library() -> Any:
    for name in (None, "librt.so.1"):  # glibc has them in librt before 2.34
        with contextlib.suppress(OSError):
            library = ctypes.CDLL(name, use_errno=True)
            if hasattr(library, "timer_create"):
                return library
    raise OSError("the C library has no timer_create")
