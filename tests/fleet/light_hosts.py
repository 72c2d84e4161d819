"""Many hosts of a fleet in one process: each beats and tells its numbers as an agent does, without modules.

Run as a process of its own: `light_hosts.py PORT HOSTS NUMBERS LEASE KEY`. Each line on stdin is a command: `change N`
takes one number of host N away or gives it back, `all` does so on every host, `quit` ends it. Each is answered with a
line of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
import time

from agent.fleet.answers import EngineAway
from agent.fleet.engine import Engine
from agent.fleet.words import Beat, Claimed, HostSet, Stage, claimed
from agent.formats.engine_url import parse
from agent.onlinesim.messages import NumberEntry

FIRST_NUMBER = 46_700_000_000
JOIN_AT_ONCE = 10


class LightHost:
    """One host."""

    def __init__(self, index: int, port: int, numbers: int, lease: float, key: str) -> None:
        self.name = f"light-{index}"
        self._index, self._lease, self._key, self._numbers = index, lease, key, numbers
        self._engine = Engine(parse(f"redis://127.0.0.1:{port}"), "main", name=self.name)
        self._run = secrets.token_hex(8)
        self._seq = self._version = 0
        self._lacks = False

    def changed_number(self) -> str:
        """The number that comes and goes."""
        return f"+{FIRST_NUMBER + self._index * 1000}"

    async def change(self) -> dict[str, object]:
        """Take the number away, or give it back, and tell."""
        self._lacks = not self._lacks
        at = time.monotonic()
        await self.tell()
        return {"at": at, "number": self.changed_number(), "lacks": self._lacks}

    async def tell(self) -> None:
        """Tell the set of now."""
        self._version += 1
        first = 1 if self._lacks else 0
        claims = tuple(self._claim(number) for number in range(first, self._numbers))
        held = HostSet(host=self.name, run=self._run, version=self._version, key=self._key, claims=claims)
        text = held.text()
        while True:
            with contextlib.suppress(EngineAway):  # a thousand hosts of one process starve each other
                await self._engine.tell(self.name, self._run, self._beat(), text)
                return

    async def beats(self) -> None:
        """Beat for ever."""
        renew = self._lease / 6
        await asyncio.sleep(renew * (self._index % 997) / 997)
        while True:
            with contextlib.suppress(EngineAway):
                await self._engine.turn(self.name, self._run, "", self._beat(), "")
            await asyncio.sleep(renew)

    def _beat(self) -> str:
        self._seq += 1
        return Beat(
            run=self._run,
            seq=self._seq,
            version=self._version,
            stage=Stage.RUNNING,
            modules=self._numbers,
            live=self._numbers - self._lacks,
            lease=self._lease,
            may_lead=False,
        ).text()

    def _claim(self, number: int) -> Claimed:
        entry = NumberEntry(
            number=f"+{FIRST_NUMBER + self._index * 1000 + number}",
            country_id=46,
            operator=24001,
            date_start=1_795_000_000,
            port_id=f"Port{number + 1}",
            rent=0,
        )
        return claimed(self.name, entry, f"{self._index * 1000 + number:024x}")


async def main(port: int, count: int, numbers: int, lease: float, key: str) -> None:
    """Be all of them until the keyboard ends."""
    hosts = [LightHost(index, port, numbers, lease, key) for index in range(count)]
    for first in range(0, count, JOIN_AT_ONCE):
        await asyncio.gather(*(host.tell() for host in hosts[first : first + JOIN_AT_ONCE]))
    beating = [asyncio.ensure_future(host.beats()) for host in hosts]
    print(json.dumps({"ready": count}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while (line := (await reader.readline()).decode().split()) and line[0] != "quit":
        if line[0] == "change":
            answer = await hosts[int(line[1])].change()
        else:
            began = time.monotonic()
            await asyncio.gather(*(host.change() for host in hosts))
            answer = {"at": began, "took": time.monotonic() - began}
        print(json.dumps(answer), flush=True)
    for task in beating:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]))
