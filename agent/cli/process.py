"""How a command prints and ends: errors as one line, a reader that is gone, Ctrl-C."""

from __future__ import annotations

import errno
import gc
import io
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from agent import __version__
from agent.cli.exit import Exit, fail
from agent.language import _

T = TypeVar("T")


@contextmanager
def handle_errors() -> Iterator[None]:
    """Report expected errors as one message and an exit code; bugs keep their traceback.

    If the reader of stdout is gone, as in `| head -1`, the exit code is 0.
    """
    try:
        with _flushed():
            yield
    except PermissionError as why:
        reason = (_reason_of(why) or os.strerror(errno.EACCES)).lower()
        text = _("{file}: {reason}; run it with sudo, or see `ls -l`")
        fail(Exit.PERMISSION, text.format(file=why.filename or _("this"), reason=reason))
    except BrokenPipeError:
        raise SystemExit(int(Exit.GOOD)) from None
    except OSError as why:
        if why.filename is None and why.errno != errno.ENOSPC:
            raise
        where = why.filename or _("output")
        fail(Exit.PROBLEM, f"{where}: {_reason_of(why)}")
    except Exception as error:
        from agent.cli.errors import code_and_message  # noqa: PLC0415  half a second on a small machine

        ending = code_and_message(error)
        if ending is None:
            raise
        fail(*ending)


def _reason_of(why: OSError) -> str:
    from agent.language.system_words import error_words  # noqa: PLC0415  a tenth of what `--version` imports

    return error_words(why)


@contextmanager
def exit_with(code: int) -> Iterator[None]:
    """Exit with `code` after the block, even if the reader of stdout is gone."""
    with suppress(BrokenPipeError), _flushed():
        yield
    raise SystemExit(code)


@contextmanager
def _flushed() -> Iterator[None]:
    """Flush stdout after the block. Raises BrokenPipeError if its reader is gone, also from within click and rich."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # click and rich turn it into exit code 1
            _detach_stdout()
            raise end.__context__ from None
        raise
    except OSError:
        _detach_stdout()
        raise


def _detach_stdout() -> None:
    """Discard what is still buffered: the interpreter would try to write it again when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def prepare_streams() -> None:
    """Replace streams that were closed, and let no character fail that the terminal's encoding lacks."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # It takes the closed descriptor, which the next port or the store would get.
            setattr(sys, name, Path(os.devnull).open("r+", encoding="utf-8"))  # noqa: SIM115  open to the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def print_version() -> None:
    """Print the program's name and version."""
    print(f"simbank-agent {__version__}")


def print_data(text: str) -> None:
    """Print what programs read: UTF-8 in every locale, flushed."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def allow_interrupt() -> None:
    """Let Ctrl-C raise KeyboardInterrupt from now on (see agent/__main__.py); an ignored one stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, which may take long; Ctrl-C cancels it and raises KeyboardInterrupt."""
    gc.enable()  # see agent/__main__.py
    import asyncio  # noqa: PLC0415  as long as all of `--version`

    from agent.app.event_loop import new_event_loop  # noqa: PLC0415  it needs asyncio

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.get_loop()  # a half-made event loop would leave a traceback, so Ctrl-C counts only from here
        allow_interrupt()
        return runner.run(work)
