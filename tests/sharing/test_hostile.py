"""A client that means no good, or is broken: it harms itself at most."""

from __future__ import annotations

import asyncio
import os
import random
import re
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from shared_bank import shared_bank
from starvation import starved

from drivers.at.replies.number import parse_cnum_all
from drivers.sharing.directory import CHECK_EVERY


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


class Client:
    """A file descriptor on the shared port, and what was read from it."""

    def __init__(self, path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.heard = b""

    def write(self, data):
        """Write what goes, without waiting."""
        try:
            return os.write(self.descriptor, data)
        except BlockingIOError:
            return 0

    async def read(self, within=0.3):
        """Read until nothing has come for a while."""
        quiet = time.monotonic() + within
        said = b""
        while time.monotonic() < quiet:
            try:
                said += os.read(self.descriptor, 65536)
                quiet = time.monotonic() + within
            except BlockingIOError:
                await asyncio.sleep(0.005)
        self.heard += said
        return said

    async def ask(self, text, *, until=rb"(OK|ERROR[^\r]*|\r4)\r\n?|(?:^|[\r\n])0\r", within=60.0):
        """Write a line, and read up to its final result."""
        self.write(text.encode("latin-1") + b"\r")
        said = b""
        end = time.monotonic() + within
        while not re.search(until, said) and time.monotonic() < end:
            said += await self.read(0.03)
        return said

    def close(self):
        """Leave."""
        os.close(self.descriptor)


@asynccontextmanager
async def client_on(bank, name="Port1"):
    """Be a client, and wait until the agent has noticed that it has gone.

    Who passes the mark (root) and opens the port in the very moment in which another closes it is taken for that one.
    """
    client = Client(bank.path(name))
    try:
        yield client
    finally:
        client.close()
        await asyncio.sleep(2 * CHECK_EVERY)  # it may not even have noticed that it came
        async with asyncio.timeout(60):
            while bank.port(name).client is not None:
                await asyncio.sleep(0.002)


async def polls_go_on(bank, name="Port1", looks=4):
    """Assert that complete looks come at the usual pace, one in 200 ms: none takes two and a half times as long."""
    began = time.monotonic()
    for _ in range(looks):
        before = bank.service.bank.members[name].complete.at
        while bank.service.bank.members[name].complete.at == before:
            assert time.monotonic() - began < 0.5 * looks + starved(), "the module is not polled"
            await asyncio.sleep(0.005)


async def test_its_settings_are_its_own(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            assert await client.ask("AT") == b"AT\r\r\nOK\r\n", "a module echoes until it is told not to"
            assert await client.ask("ATE0") == b"ATE0\r\r\nOK\r\n"
            assert await client.ask("AT+CFUN=9") == b"\r\nERROR\r\n"
            await client.ask("AT+CMEE=2")
            assert await client.ask("AT+CMGR=19") == b"\r\n+CMS ERROR: invalid memory index\r\n"
            assert await client.ask("AT+CREG?") == b"\r\n+CREG: 0,1\r\n\r\nOK\r\n"
            assert await client.ask("AT+CMEE?") == b"\r\n+CMEE: 2\r\n\r\nOK\r\n"
            assert await client.ask("ATV0") == b"0\r"
            assert re.fullmatch(rb"\+CSQ: \d+,99\r\n0\r", await client.ask("AT+CSQ"))
            await client.ask("ATV1")
            await client.ask('AT+CSCS="UCS2"')
            await client.ask("AT+CMGF=1")
            await polls_go_on(bank)
            assert await client.ask("AT+CSCS?") == b'\r\n+CSCS: "UCS2"\r\n\r\nOK\r\n', "not undone by us"
            assert await client.ask("AT+CMGF?") == b"\r\n+CMGF: 1\r\n\r\nOK\r\n"
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_we_read_number_and_operator_in_the_clients_character_set(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            await client.ask("ATE0")
            plain = await client.ask("AT+COPS?")
            await client.ask('AT+CSCS="UCS2"')
            assert await client.ask("AT+COPS?") != plain
            member = bank.service.bank.members["Port1"]
            operator, number = member.complete.operator, member.resolution.number.text
            looked = member.complete.at
            for _ in range(8):  # the operator's name is asked in every sixth look
                member.watcher.poll_now()
                await asyncio.sleep(0.25)
            assert member.complete.at > looked
            assert (member.complete.operator, member.resolution.number.text) == (operator, number)
            said = (await client.ask("AT+CNUM")).decode().split("\r\n")[1]
            (told,) = parse_cnum_all([said])
            assert number.endswith(told.text[-8:])
        bank.assert_nobody_fell()


async def test_half_commands_floods_and_bodies_that_nobody_finishes(tmp_path, client_sends):
    chance = random.Random(6)
    junk = [
        b"A",
        b"AT+C",
        b"\x1b",
        b"\x1a",
        b"\r",
        b"\n\n",
        b"ATE1V0Q1",
        b"\x00\xff\x80",
        b"AT+CMGS=20\r",
        b"0011",
        b"+++",
    ]
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        for _ in range(25):
            async with client_on(bank) as client:
                for _ in range(chance.randrange(1, 6)):
                    client.write(chance.choice(junk) * chance.randrange(1, 4))
                    await asyncio.sleep(chance.choice([0, 0.002, 0.02]))
        async with client_on(bank) as client:
            client.write(b"AT+CSQ\r" * 500)
            said = await client.read(1.0)
            assert said.count(b"+CSQ:") > 300 or said.count(b"OK") > 300
        await polls_go_on(bank)
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_a_client_that_dies_in_a_body_frees_the_line_at_once(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        for _ in range(3):
            async with client_on(bank) as client:
                await client.ask("AT+CMGS=20", until=b"> ")
                client.write(b"0011000B")
            await polls_go_on(bank, looks=2)
        assert bank.modules["Port1"].state.messages.sent == []
        bank.assert_nobody_fell()


async def test_a_client_that_stops_in_a_body_frees_the_line_in_bounded_time(
    tmp_path, client_sends, monkeypatch
):
    monkeypatch.setattr("drivers.sharing.dialogue.BODY_TIMEOUT", 1.0)
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            await client.ask("AT+CMGS=20", until=b"> ")
            client.write(b"0011")
            await asyncio.sleep(1.5)
            await polls_go_on(bank)
            assert (await client.ask("AT")).endswith(b"OK\r\n")
        assert bank.modules["Port1"].state.messages.sent == []
        bank.assert_nobody_fell()


async def test_a_client_that_never_reads_costs_neither_memory_nor_a_poll(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), latency=0.0, client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            terminal = bank.port()._terminal
            while not terminal.dropped:
                client.write(b"AT+CGMI;+CGMM;+CGMR;+CSQ\r")
                await asyncio.sleep(0.0005)
            assert len(terminal._unread) <= 64 * 1024
            await polls_go_on(bank)
        async with client_on(bank) as client:
            assert (await client.ask("AT")).endswith(b"OK\r\n"), "the next client hears nothing of it"
            assert b"+CSQ" not in client.heard
        bank.assert_nobody_fell()


async def test_it_opens_and_closes_two_hundred_times(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        opened = open_descriptors()
        for turn in range(200):
            client = Client(bank.path())
            if turn % 3 == 0:
                client.write(b"AT+CSQ\r")
            if turn % 20 == 0:
                assert b"OK" in await client.ask("AT")
            client.close()
            await asyncio.sleep(0.003)
        await asyncio.sleep(0.5)
        assert open_descriptors() <= opened
        async with client_on(bank) as client:
            assert (await client.ask("AT")).endswith(b"OK\r\n")
        bank.assert_nobody_fell()


async def test_a_text_of_160_characters_goes_through_unchanged(tmp_path, client_sends):
    text = "".join(chr(65 + n % 26) for n in range(160))
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            await client.ask("AT+CMGF=1")
            await client.ask('AT+CMGS="+46701740009"', until=b"> ")
            assert b"+CMGS: 1" in await client.ask(text + "\x1a")
        (sent,) = bank.modules["Port1"].state.messages.sent
        assert (sent.address, sent.text) == ("+46701740009", text)


async def test_a_call_makes_us_pause_and_the_number_leaves_when_it_lasts_longer_than_the_lease(
    tmp_path, client_sends
):
    async with shared_bank(
        tmp_path, ("SIM800",), lease="2500ms", poll="100ms", client_sends=client_sends
    ) as bank:
        async with client_on(bank) as client:
            await client.ask("ATD*99#", until=b"CONNECT")
            said = len(bank.ours("Port1"))
            await asyncio.sleep(1.0)
            assert len(bank.ours("Port1")) == said, "not a byte of ours into a call"
            assert "Port1" in bank.live
            await asyncio.sleep(2.5)
            assert bank.service.bank.decision.verdicts["Port1"].reason == "silent", "never a guess"
            bank.modules["Port1"].hang_up()
            async with asyncio.timeout(60):
                while "Port1" not in bank.live:
                    await asyncio.sleep(0.02)
            while b"NO CARRIER" not in client.heard:
                await client.read()
        bank.assert_ours_only_asks()


async def test_a_restart_of_the_module_is_seen_by_both_and_harms_neither(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), speed=4, client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            await client.ask("ATE0V0")
            bank.modules["Port1"].reboot()
            async with asyncio.timeout(60):
                while "Port1" in bank.live:
                    await asyncio.sleep(0.02)
            async with asyncio.timeout(60):
                while "Port1" not in bank.live:
                    await asyncio.sleep(0.02)
            while b"RDY" not in client.heard:
                await client.read()
            assert await client.ask("AT+CSQ", until=b"OK\r\n") == (
                b"AT+CSQ\r\r\n+CSQ: %d,99\r\n\r\nOK\r\n" % bank.modules["Port1"].state.rssi
            ), "echo and words, as any module after its start"
        bank.assert_ours_only_asks()


async def test_after_a_reset_of_all_settings_by_the_client_ours_are_made_again(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        async with client_on(bank) as client:
            await client.ask("ATE0")
            assert (await client.ask("ATZ")).endswith(b"OK\r\n")
            assert await client.ask("AT") == b"AT\r\r\nOK\r\n"
            session = bank.modules["Port1"].ports[0].session
            assert (session.echo, session.settings["+CMEE"], session.settings["+CREG"]) == (False, "1", "2")
            await polls_go_on(bank)
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_an_unplugged_module_is_silence_and_the_replugged_one_answers_on_the_same_name(
    tmp_path, client_sends
):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        module = bank.modules["Port1"]
        async with client_on(bank) as client:
            assert await client.ask("AT")
            module.unplug()
            async with asyncio.timeout(60):
                while "Port1" in bank.live:
                    await asyncio.sleep(0.02)
            assert await client.ask("AT", within=0.5) == b""
            assert bank.port().client is not None, "its port is still there"


async def test_urcs_reach_both(tmp_path, client_sends):
    async with shared_bank(
        tmp_path, ("SIM800",), poll="60s", lease="200s", client_sends=client_sends
    ) as bank:
        module = bank.modules["Port1"]
        async with client_on(bank) as client:
            await client.ask("AT+CNMI=2,1,0,0,0")
            module.receive_message("+46701740001", "hello")
            while b'+CMTI: "SM",1' not in client.heard:
                await client.read()
            began = time.monotonic()
            module.pull()
            while "Port1" in bank.live:
                assert time.monotonic() - began < 30.0  # the next poll is later
                await asyncio.sleep(0.01)
            while b"+CPIN: NOT READY" not in client.heard:
                await client.read()
            assert b"+CREG" not in client.heard, "it did not ask for that"


@pytest.mark.parametrize("clients", [4])
async def test_a_client_waits_no_longer_than_one_question_and_we_no_longer_than_one_command(
    tmp_path, client_sends, clients
):
    """Threads that block, as programs do, one on each of several modules."""
    async with shared_bank(
        tmp_path, ("SIM800", "EC25", "SIM7600", "A7670")[:clients], latency=0.02, client_sends=client_sends
    ) as bank:
        stop = threading.Event()
        turns: list[float] = []

        def work(path):
            descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
            try:
                while not stop.is_set():
                    began = time.monotonic()
                    os.write(descriptor, b"AT+CSQ\r")
                    said = b""
                    while b"OK" not in said:
                        said += os.read(descriptor, 4096)
                    turns.append(time.monotonic() - began)
            finally:
                os.close(descriptor)

        threads = [
            threading.Thread(target=work, args=(bank.path(name),), daemon=True) for name in bank.modules
        ]
        for thread in threads:
            thread.start()
        async with asyncio.timeout(60):
            while len(turns) <= 200:
                await asyncio.sleep(0.02)
        for name in bank.modules:
            await polls_go_on(bank, name, looks=2)
            assert bank.port(name).client.waited_s < 0.5 + starved()
        stop.set()
        await asyncio.to_thread(lambda: [thread.join(5) for thread in threads])
        turns.sort()
        assert turns[len(turns) * 95 // 100] < 0.5 + starved()
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()
