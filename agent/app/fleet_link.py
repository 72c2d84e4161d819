"""This host's part in a fleet: bank, reporter and store on one side, the other hosts on the other."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent.app.settings import Settings
from agent.bank.bank import Bank
from agent.config import Config
from agent.config.fleet_checks import host_name
from agent.decision.verdict import Decision
from agent.fleet.engine import Engine
from agent.fleet.fence import FencedSender
from agent.fleet.host import Fleet
from agent.fleet.mark import RequestMark
from agent.fleet.own import OwnSim
from agent.fleet.settings import FleetSettings
from agent.fleet.standing import standing_of
from agent.onlinesim.client import OnlinesimClient
from agent.onlinesim.messages import NumberEntry
from agent.onlinesim.number_asker import NumberAsker
from agent.onlinesim.report import Report
from agent.onlinesim.reporter import Reporter
from agent.store.store import Store

MARK: Final = "fleet-request"
"""The file that tells the next run of a request during which this one was ended."""
WITHDRAWN_WITHIN: Final = 2.0
"""Seconds for the list without this host, before it stops."""
_LOOK_EVERY: Final = 0.02


def fleet_settings(config: Config, machine: str) -> FleetSettings | None:
    """Return how this host takes part in a fleet, None where there is none."""
    fleet = config.fleet
    if fleet is None:
        return None
    address, port = config.status.address
    anywhere = address in {"0.0.0.0", "::", ""}
    shown = machine if anywhere else f"[{address}]" if ":" in address else address
    return FleetSettings(
        redis=fleet.url,
        account=fleet.account,
        host=host_name(fleet, machine),
        modules=fleet.modules,
        lead=fleet.lead,
        lease=fleet.lease,
        acks=fleet.acks,
        ca_file=fleet.ca_file,
        bank_modules=config.bank.modules,
        page="" if config.status.local else f"http://{shown}:{port}/",
    )


@dataclass(slots=True, kw_only=True)
class FleetLink:
    """What happens here is told to the fleet, and what happens there to the parts of this agent."""

    bank: Bank
    store: Store
    clock: Callable[[], float]
    on_change: Callable[[], None]
    fleet: Fleet = field(init=False)
    _reporter: Reporter = field(init=False)
    _asker: NumberAsker = field(init=False)
    _asks: bool = False
    _stopping: bool = False
    _run: str = field(default_factory=lambda: os.urandom(8).hex())

    def make(
        self, settings: Settings, environment: Mapping[str, str], *, timed: Callable[[float], None]
    ) -> None:
        """Make the fleet; `timed` takes the seconds of each command to the engine. Reads the disk."""
        mine = fleet_settings(settings.config, socket.gethostname())
        if mine is None:  # pragma: no cover  # made only for a host of a fleet
            raise ValueError("config.yaml has no fleet")
        client = settings.client
        standing = standing_of(
            mine,
            run=self._run,
            last_run=self.store.fleet_run,
            key=client.seal(client.account),
            seal=client.seal,
            chance=random.random,
        )
        runtime = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        folder = Path(runtime) if runtime else settings.config.store_file.parent
        name = f"simbank-{mine.host}"
        engine = Engine(mine.redis, mine.account, name=name, ca_file=mine.ca_file, timed=timed)
        self.fleet = Fleet(
            standing,
            engine,
            self,
            mark=RequestMark(folder / MARK),
            clock=self.clock,
            chance=random.random,
        )

    def attach(self, reporter: Reporter, asker: NumberAsker, settings: Settings) -> None:
        """Know who reports and who asks; until this host leads, another one does both."""
        self._reporter, self._asker = reporter, asker
        self._asks = settings.questions.every is not None
        reporter.stand_aside()

    @property
    def leads(self) -> bool:
        """Whether this host reports for all."""
        return self.fleet.leads

    def sender(self, client: OnlinesimClient) -> FencedSender:
        """Return a sender that sends only while this host may speak."""
        return FencedSender(client, self.fleet.fence)

    def offer(self, decision: Decision, entries: tuple[NumberEntry, ...]) -> None:
        """Set what is live; `entries` are those of the decision, in its order."""
        if not self._stopping:
            live = zip(entries, decision.live.values(), strict=True)
            self.fleet.offer(OwnSim(entry, sim.iccid) for entry, sim in live)

    def offer_nothing(self) -> None:
        """Set that nothing is live."""
        if not self._stopping:
            self.fleet.offer(())

    def hold(self) -> None:
        """Set that what is live is not known."""
        if not self._stopping:
            self.fleet.offer(None)

    def payload(self) -> tuple[NumberEntry, ...]:
        """Return the list of all on the host that speaks, else this host's own part."""
        listed = self.fleet.current()
        if listed is not None:
            return listed
        held = self.fleet.standing.own.held
        return () if held is None else held.claims

    def reported(self, report: Report) -> None:
        """Take a finished request to Onlinesim."""
        self.fleet.reported(report)

    def apply(self, settings: Settings, *, same_account: bool) -> None:
        """Take new settings; those under `fleet` wait for a restart."""
        client = settings.client
        self._asks = settings.questions.every is not None
        self.fleet.set_modules(settings.config.bank.modules)
        if not same_account:
            self.fleet.rekey(client.seal(client.account), client.seal)

    async def run(self) -> None:
        """Take part until cancelled."""
        await self.fleet.run()

    async def leave(self) -> bool:
        """Withdraw this host's numbers; return whether that is left to the reporter: nobody else is there."""
        self._stopping = True
        speaks = self.leads
        if not await self.fleet.leave():
            return speaks
        end = self.clock() + WITHDRAWN_WITHIN
        while speaks and self.clock() < end and not self._reporter.idle_for():  # noqa: ASYNC110  once, at the end
            await asyncio.sleep(_LOOK_EVERY)
        return False

    async def stop(self, *, withdraw: bool) -> None:
        """Say the last words to the engine."""
        await self.fleet.stop(withdraw=withdraw)

    # What happens in the fleet.

    def lead(self, heard_at: float | None) -> None:
        """Report for the fleet from now on."""
        self._reporter.take_over(heard_at)
        self.list_changed()

    def stand_aside(self) -> None:
        """Leave the reports to another host."""
        self._reporter.stand_aside()
        self._asker.live(())
        self.on_change()

    def list_changed(self) -> None:
        """The list may be another than before."""
        entries = self.fleet.current()
        if entries is None:
            self._reporter.hold()
        else:
            self._reporter.offer(entries)
            if self._asks:
                self._asker.live(entry.number for entry in entries)
        self.on_change()

    def list_owed(self) -> None:
        """Send the whole list once more, at once."""
        self.list_changed()
        self._reporter.send_list()

    def refresh(self) -> None:
        """Decide about this host's modules now, and offer what is live."""
        if not self._stopping:
            self.bank.decide()

    def joined(self) -> None:
        """The engine has taken this run for the host's."""
        self.store.note_fleet_run(self._run)
