"""SMS daemons live on a shared port for a while; the agent polls, SIMs come and go, and nothing is lost.

A few seconds each in `make test`; ten minutes each in `make shared-ports` (SIMBANK_CLIENT_SECONDS).
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter

import pytest
from daemons import daemon
from missing import need
from shared_bank import shared_bank
from starvation import starved

from drivers.at import gsm7
from drivers.simulator.lifecycle import DENIED, HOME

SECONDS = float(os.environ.get("SIMBANK_CLIENT_SECONDS", "6"))
AFTER = 40.0
"""Seconds for the daemon to finish what it was given; after a fault it waits itself."""

PROGRAMS = {"smstools": "smsd", "gammu-smsd": "gammu-smsd"}
ALL = ("pull", "pull quietly", "deny", "busy", "urcs")
SURVIVED = {"smstools": ALL, "gammu-smsd": ("deny",)}
"""gammu-smsd 1.42 stops for good at a SIM that goes, and at URCs it does not know, on a module of its own too."""


def text_of(message) -> str:
    """The text of an SMS-SUBMIT in the default alphabet (23.040 §9.2.2.2)."""
    if not message.pdu:
        return message.text
    pdu = bytes.fromhex(message.pdu)
    at = 1 + pdu[0]
    first = pdu[at]
    at += 2
    at += 2 + (pdu[at] + 1) // 2 + 2 + {0: 0, 2: 1}.get(first >> 3 & 3, 7)
    return gsm7.unpack(pdu[at + 1 :])[: pdu[at]]


async def shake(bank, name: str, faults: tuple[str, ...]) -> None:
    """One fault that an operator's day brings, and its end; the live set has to follow it both ways."""
    module = bank.modules[name]
    fault = random.choice(faults)
    if fault == "urcs":
        for n in range(20):
            module.send_urc("RING" if n % 2 else '+CIEV: "MESSAGE",1')
        return
    if fault == "busy":
        module.fault("busy", seconds=None)
        await asyncio.sleep(0.5)
        module.fault("busy", on=False)
        return
    if fault == "deny":
        module.life.set_network(DENIED)
    else:
        module.pull(quiet=fault != "pull")
    await followed(bank, name, live=False)
    module.life.set_network(HOME) if fault == "deny" else module.insert()
    await followed(bank, name, live=True)


async def followed(bank, name: str, *, live: bool) -> None:
    """Wait until the live set says so too; a SIM that came and went often has to settle longer each time."""
    began = time.monotonic()
    while (name in bank.live) is not live and not (live and bank.reason(name) == "settling"):
        took = time.monotonic() - began
        assert took < (15 if live else 6) + starved(), (
            f"{name} should be {'live' if live else 'out'} since {took:.1f} s: {bank.reason(name)}"
        )
        await asyncio.sleep(0.02)


@pytest.mark.timeout(SECONDS + AFTER + 60)
@pytest.mark.parametrize("kind", PROGRAMS)
async def test_a_daemon_sends_and_receives_everything_whatever_happens_beside(kind, tmp_path, client_sends):
    need(PROGRAMS[kind], kind)
    rounds = Counter()
    async with shared_bank(tmp_path, ("SIM800", "EC25"), client_sends=client_sends) as bank:
        module, waits, held = bank.modules["Port1"], [], []
        messages = module.state.messages
        async with daemon(kind, bank.path()) as program:
            end = time.monotonic() + SECONDS
            sent, received = [], []
            while time.monotonic() < end:
                sent.append(f"out{len(sent):04d} to the world")
                received.append(f"in{len(received):04d} from the world")
                program.send("+46701740009", sent[-1])
                if module.life.card is not None and len(messages.memories[messages.chosen[2]]) < 15:
                    # gammu-smsd has a hundred file names for one sender and one moment, and here it is always noon.
                    module.receive_message(f"+4670174{len(received):04d}", received[-1])
                else:
                    received.pop()
                if SECONDS > 30 and len(sent) % 4 == 0:
                    own = rounds["shaken"] % 2
                    await shake(bank, *(("Port1", SURVIVED[kind]) if own else ("Port2", ALL)))
                    rounds["shaken"] += 1
                for _ in range(20):
                    await asyncio.sleep(0.1)
                    client = bank.port().client
                    if client is not None:
                        waits.append(client.waited_s)
                        held.append(client.question_waited_s)
            last = time.monotonic() + AFTER
            while time.monotonic() < last and (
                len(messages.sent) < len(sent) or any(one not in program.received for one in received)
            ):
                await asyncio.sleep(0.2)
            arrived = Counter(map(text_of, messages.sent))
            log = program.log
            assert [one for one in sent if one not in arrived] == [], log[-3000:]
            assert set(arrived) == set(sent), "nothing else, and nothing mixed"
            assert [one for one in received if one not in program.received] == [], log[-3000:]
        bank.assert_ours_only_asks()
        if not rounds:
            bank.assert_nobody_fell()
        print(
            f"\n{kind}: {len(sent)} sent, {len(received)} received, {rounds['shaken']} faults;"
            f" the client waited at most {max(waits):.3f} s, we {max(held):.3f} s;"
            f" {bank.ours('Port1').count(13)} commands of ours, {bank.theirs('Port1').count(13)} of the client;"
            f" verdicts besides live: {dict(bank.fallen)}"
        )
