"""The mains fail."""

from __future__ import annotations

import time
from typing import Final

from account import Report
from bank import MODULES, SINGLES
from world import World, differences, names_of, require

_IN_FLIGHT_S: Final = 2.0
"""What comes so soon after the end was sent before it: no guest boots and no agent starts within this."""
_SWAP_TAKES_S: Final = 8.0
"""About as long as a swapped SIM takes to be reported in a slow guest; a random moment lies within."""


def mains_fail(world: World) -> str:
    """The mains fail while SIMs are swapped: what Onlinesim was told is what it is told again, but for cards that went.

    Every other time just after the report of a swapped SIM, when the disk has had the least time; else at any moment.
    """
    figures = []
    for turn in range(world.mains):
        moment = _swap(world, just_reported=turn % 2 == 0)
        world.machine.mains_fail()
        ended = time.time()
        for device in world.bank.devices:
            device.plugged = False
        booted = world.machine.boot(plug=lambda: world.bank.plug_everything(world.chance))
        again = ended + _IN_FLIGHT_S
        first = world.account.wait_for(lambda entries: bool(entries), since=again, timeout=300)
        told = [report for report in world.account.reports() if report.at <= again][-1]
        _require_the_same(world, told, first)
        world.names |= names_of(world.all_live(again))
        figures.append(f"{moment}: {first.at - ended:.0f} s ({booted:.0f} s to boot)")
    return f"each time the first list after the boot was the last one before; {', '.join(figures)}"


def _swap(world: World, *, just_reported: bool) -> str:
    """Swap a SIM, wait for the moment at which the mains are to fail, and say which it is."""
    module = f"Port{world.chance.randrange(4, 4 + SINGLES)}"
    old, began = world.bank.number(module), time.time()
    world.bank.do(f"swap {module}")
    if not just_reported:
        wait = world.chance.uniform(0, _SWAP_TAKES_S)
        time.sleep(wait)
        return f"{wait:.1f} s after a swap"
    new = world.bank.number(module)
    world.account.wait_for(
        lambda entries: new in entries and old not in entries and len(entries) == MODULES, since=began
    )
    wait = world.chance.uniform(0, 1)
    time.sleep(wait)
    return f"{wait:.1f} s after a report of one"


def _require_the_same(world: World, told: Report, first: Report) -> None:
    """What was told and is still in the bank must be told again as it was, and nothing that is not in the bank."""
    held = world.bank.numbers()
    stayed = {number: entry for number, entry in told.entries.items() if number in held}
    again = {number: entry for number, entry in first.entries.items() if number in told.entries}
    require(again == stayed, f"told {differences(stayed, again)}")
    require(first.entries.keys() <= held, f"not in the bank: {set(first.entries) - held}")
