"""`python -m drivers.simulator`: a simulated bank as a process of its own.

One JSON object per line on stdout: {"event": "ready", "ports": […]}, then "ports", "done" or "error"; "failed" comes
last, where the system refuses what a bank needs. Commands on stdin: `help` lists them. It ends with stdin unless
--keep, on `quit`, SIGTERM and SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Mapping
from typing import Any

from drivers.simulator.bank import SimulatedBank
from drivers.simulator.console import execute
from drivers.simulator.personality import load, names
from drivers.simulator.usb_tree import TREES


def _seconds(text: str) -> float | None:
    """Read 10ms, 0.5s, 0.5 or auto."""
    if text == "auto":
        return None
    try:
        value = float(text[:-2]) / 1000 if text.endswith("ms") else float(text.removesuffix("s"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration: 10ms, 0.5s or auto") from None
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError("a latency is 0 to 60 seconds")
    return value


def _mix(text: str) -> tuple[str, ...]:
    chosen = names() if text == "all" else tuple(name.strip() for name in text.split(","))
    for name in chosen:
        try:
            load(name)
        except KeyError:
            raise argparse.ArgumentTypeError(
                f"no personality {name!r}; there are {', '.join(names())}"
            ) from None
    return chosen


def arguments() -> argparse.ArgumentParser:
    """Describe the command line; but for --keep its names are parameters of SimulatedBank."""
    parser = argparse.ArgumentParser(
        prog="python -m drivers.simulator", description="a simulated SIM bank on ptys"
    )
    parser.add_argument("--modules", type=int, default=64, metavar="N")
    parser.add_argument("--slots", type=int, metavar="N", help="512, or one for each of more modules")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same cards")
    parser.add_argument(
        "--latency", type=_seconds, default=0.01, metavar="TIME", help="10ms; auto: each module's own"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="boot and registration X times faster"
    )
    parser.add_argument(
        "--mix", type=_mix, default=names(), metavar="NAME,…|all", help="personalities in turn"
    )
    parser.add_argument("--tree", choices=TREES, default="plain", help="USB places: bridges only, or mixed")
    parser.add_argument(
        "--unknown-numbers", type=float, default=0.0, metavar="SHARE", help="0 to 1: cards without one"
    )
    parser.add_argument("--boot", dest="booting", action="store_true", help="start with the modules booting")
    parser.add_argument("--wire-log", metavar="FILE", help="append everything that reaches a module")
    parser.add_argument("--links", metavar="DIR", help="keep symlinks DIR/Port1 … to the ports")
    parser.add_argument("--keep", action="store_true", help="go on when stdin ends")
    return parser


def _say(event: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


async def _serve(bank: SimulatedBank, *, keep: bool) -> None:
    """Run commands from stdin until it ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reader = asyncio.StreamReader()
    async with bank:
        _say({"event": "ready", "ports": bank.ports})
        await _connect_stdin(reader)
        listening = asyncio.create_task(_execute_all(bank, reader, stop, keep=keep))
        await stop.wait()
        listening.cancel()


async def _connect_stdin(reader: asyncio.StreamReader) -> None:
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty():
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    else:  # a plain file or /dev/null, which epoll does not take
        reader.feed_data(sys.stdin.buffer.read())
        reader.feed_eof()


async def _execute_all(
    bank: SimulatedBank, reader: asyncio.StreamReader, stop: asyncio.Event, *, keep: bool
) -> None:
    while line := await reader.readline():
        text = line.decode("utf-8", "replace").strip()
        if text == "quit":
            break
        for event in execute(bank, text) if text else ():
            _say(event)
    else:
        if keep:
            return
    stop.set()


def main() -> int:
    """Run a bank until `quit`, a signal or the end of stdin."""
    chosen = vars(arguments().parse_args())
    keep = chosen.pop("keep")
    try:
        bank = SimulatedBank(**chosen)
    except ValueError as problem:
        arguments().error(str(problem))
    try:
        asyncio.run(_serve(bank, keep=keep))
    except BrokenPipeError:  # whoever read our events is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as why:  # no pseudo-terminal is left, or the links cannot be made there
        about = f"{why.filename}: " if why.filename else ""
        _say({"event": "failed", "text": f"{about}{why.strerror or why}"})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
