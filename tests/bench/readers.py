"""What the agent is measured against: programs that ask the same lines of the same modules and understand nothing.

python -m tests.bench.readers bare|gsmmodem PERIOD SPREAD LINE[,LINE] PORT…

`bare` is the least that a program in asyncio can do; `gsmmodem` is python-gsmmodem-new with its thread for each port.
Each port is asked every PERIOD seconds, the first times spread over SPREAD seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time


async def bare(port: str, lines: list[bytes], period: float, at: float) -> None:
    """Ask one port for ever."""
    loop = asyncio.get_running_loop()
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    got, answered = bytearray(), asyncio.Event()

    def read() -> None:
        got.extend(os.read(descriptor, 4096))
        if got.endswith(b"\r\nOK\r\n"):
            answered.set()

    loop.add_reader(descriptor, read)
    while True:
        await asyncio.sleep(at - loop.time())
        for line in lines:
            got.clear()
            answered.clear()
            os.write(descriptor, line)
            await answered.wait()
        at += period


async def bare_all(ports: list[str], lines: list[bytes], period: float, spread: float) -> None:
    """Ask all ports for ever."""
    at = asyncio.get_running_loop().time() + 0.5
    count = len(ports)
    await asyncio.gather(*(bare(p, lines, period, at + spread * n / count) for n, p in enumerate(ports)))


def gsmmodem(port: str, lines: list[bytes], period: float, at: float) -> None:
    """Ask one port for ever, in its thread."""
    from gsmmodem.serial_comms import SerialComms

    comms = SerialComms(port)
    comms.connect()
    while True:
        time.sleep(max(0.0, at - time.monotonic()))  # the rhythm that is compared; each port has its thread
        for line in lines:
            comms.write(line.decode())
        at += period


def gsmmodem_all(ports: list[str], lines: list[bytes], period: float, spread: float) -> None:
    """Ask all ports for ever."""
    at = time.monotonic() + 0.5
    for n, port in enumerate(ports):
        due = at + spread * n / len(ports)
        threading.Thread(target=gsmmodem, args=(port, lines, period, due), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    _, kind, _period, _spread, _lines, *_ports = sys.argv
    _asked = [line.encode() + b"\r" for line in _lines.split(",")]
    if kind == "bare":
        asyncio.run(bare_all(_ports, _asked, float(_period), float(_spread)))
    else:
        gsmmodem_all(_ports, _asked, float(_period), float(_spread))
