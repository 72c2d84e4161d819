"""A scripted module with a Module at the other end of its link."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.module import Module
from drivers.observation import Observation
from tests.drivers.scripted_modules import MemoryLink, ScriptedModule, links_of, read_transcript

OTHER_ICCID = "8946120000005000990"
OTHER_IMSI = "240120000000990"
POLL_GAPS = range(5)
"""The questions of a short poll, between which something may happen."""


@dataclass
class Seen:
    """A scripted module, the link to it, and what it published."""

    script: ScriptedModule
    link: MemoryLink
    module: Module
    now: float = 100.0
    published: list[Observation] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """What reached it since the poll began."""
        return self.script.asked

    @property
    def questions(self) -> list[str]:
        """The commands of these lines, each link of a chain by itself."""
        return [link for line in self.asked for link in links_of(line)]

    async def poll(self) -> Observation:
        """Poll ten seconds later."""
        self.asked.clear()
        self.published.clear()
        self.now += 10.0
        return await self.module.poll(self.published.append)

    def swap(self, iccid: str = OTHER_ICCID, imsi: str = OTHER_IMSI) -> None:
        """Another SIM is in the EC25 now, without a number."""
        self.script.set_reply("AT+QCCID", f"+QCCID: {iccid}", "OK")
        self.script.set_reply("AT+CIMI", imsi, "OK")
        self.script.set_reply("AT+CNUM", "OK")
        self.script.set_reply("AT+CRSM=192,28480", "+CRSM: 106,130", "OK")


def see(family: str = "quectel-ec25", case: str = "", **options: object) -> Seen:
    script = ScriptedModule(read_transcript(family))
    script.becomes(case)
    link = MemoryLink(script)
    seen: Seen
    module = Module(family, link, clock=lambda: seen.now, **options)
    seen = Seen(script, link, module)
    link.on_urc = module.on_urc
    return seen


async def settled(family: str = "quectel-ec25", **options: object) -> Seen:
    """Identified, and polled once."""
    seen = see(family, **options)
    assert (await seen.poll()).complete
    return seen
