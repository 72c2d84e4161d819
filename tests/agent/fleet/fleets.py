"""Hosts of a fleet in one process, without modules: what is live is said by the test, and reports go nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random

from fake_modules import until
from real_processes import boottime

from agent.fleet.engine import Engine
from agent.fleet.host import Fleet
from agent.fleet.mark import RequestMark
from agent.fleet.own import OwnSim
from agent.fleet.settings import FleetSettings
from agent.fleet.standing import standing_of
from agent.formats.engine_url import parse
from agent.onlinesim.client import OnlinesimClient
from agent.onlinesim.messages import NumberEntry, SendNumbersOnline
from agent.onlinesim.outcome import Accepted
from agent.onlinesim.report import Report

LEASE = 3.0


def sim(module, number):
    entry = NumberEntry(number=f"+4670{number:07}", country_id=46, port_id=module, rent=0)
    return OwnSim(entry, f"8946120000{number:08}0")


class Host:
    """One host. `lists` has what it would have sent, `events` what it was told."""

    def __init__(self, folder, port, name, *, key="the-api-key", last_run="", **settings):
        self.name = name
        self.events = []
        self.lists = []
        self.live = [sim("Port1", sum(name.encode()))]
        self.runs = []
        client = OnlinesimClient(None, "https://onlinesim.test", key)
        self.settings = FleetSettings(
            **{
                "redis": parse(f"redis://127.0.0.1:{port}"),
                "account": "main",
                "host": name,
                "modules": None,
                "lead": True,
                "lease": LEASE,
                "acks": 0,
                "ca_file": None,
                "bank_modules": 4,
            }
            | settings
        )
        self.run = os.urandom(8).hex()
        standing = standing_of(
            self.settings,
            run=self.run,
            last_run=last_run,
            key=client.seal(client.account),
            seal=client.seal,
            chance=random.random,
        )
        (folder / name).mkdir(exist_ok=True)
        self.fleet = Fleet(
            standing,
            Engine(self.settings.redis, "main", name=name),
            self,
            mark=RequestMark(folder / name / "mark"),
            clock=boottime,
            chance=random.random,
        )
        self._task = None

    def start(self):
        self._task = asyncio.ensure_future(self.fleet.run())

    async def kill(self):
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            await self.fleet._conversation.close()

    async def stop(self, *, withdraw=False):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        await self.fleet.stop(withdraw=withdraw)

    def offer(self, *sims):
        self.live = None if sims == (None,) else list(sims)
        self.refresh()

    def sent(self):
        """Send what there is now, as the reporter would, and return the names of its ports."""
        entries = self.fleet.newest()
        if entries is None:
            return None
        names = sorted(entry.port_id for entry in entries)
        self.lists.append(names)
        return names

    def accept(self, outcome=None):
        """Have Onlinesim accept the list of now."""
        message = SendNumbersOnline(numbers=self.fleet.newest() or ())
        self.fleet.reported(
            Report(
                message=message,
                numbers=len(message.numbers),
                at=0.0,
                done_at=boottime(),
                took=0.0,
                outcome=outcome or Accepted(),
            )
        )

    def lead(self, heard_at):
        self.events.append("lead")

    def stand_aside(self):
        self.events.append("stand aside")

    def list_changed(self):
        self.fleet.current()

    def list_owed(self):
        self.events.append("owed")

    def refresh(self):
        self.fleet.offer(self.live)

    def joined(self):
        self.runs.append(self.run)


class Hosts:
    """All hosts of a test; every one that still runs is ended with the block."""

    def __init__(self, folder, redis):
        self.folder, self.redis = folder, redis
        self.all = []

    def host(self, name, *, start=True, **settings):
        made = Host(self.folder, self.redis.port, name, **settings)
        self.all.append(made)
        if start:
            made.start()
        return made

    async def leader(self, *, but=()):
        def leads():
            return next((host for host in self.all if host.fleet.leads and host not in but), None)

        await until(leads, within=30)
        return leads()

    async def sends(self, host, *names):
        await until(lambda: host.sent() == sorted(names), within=30)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for host in self.all:
            with contextlib.suppress(Exception):
                await host.kill()
            host.fleet.fence.close()
