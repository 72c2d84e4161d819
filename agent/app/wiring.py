"""From a `Config` to running objects.

Responsible for making every part and handing each what it needs, and for what a reload changes in them; the only
file that knows all parts, and the last that knows config.yaml. Must not do anything of its own: what runs is
`service`.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Final

from agent import __version__
from agent.app.service import Service, Settings
from agent.app.settings import SettingsBuilder
from agent.app.systemd import SystemdNotifier
from agent.bank.at_log import AtLog
from agent.bank.bank import Bank
from agent.bank.connection import Connection, connect
from agent.bank.place import Place
from agent.bank.watcher import News
from agent.config import Config, PathKind, Personal
from agent.decision.verdict import Memory, Recalled
from agent.onlinesim.client import open_session
from agent.onlinesim.reporter import Reporter
from agent.sandbox.stand_ins import StandIns
from agent.status.metrics import Metrics
from agent.status.notices import Notices
from agent.status.server import StatusServer
from agent.status.snapshot import AgentFacts, SharedPortRow
from agent.status.view import StatusView
from agent.store.store import Store
from drivers.offload import offload
from drivers.ports.hotplug import Hotplug
from drivers.sharing import SharedPorts
from drivers.wire import raise_descriptor_limit

_log = logging.getLogger(__name__)

RECALL: Final = 600.0
"""Seconds after its last stop for which the agent trusts what was live then (docs/design.md §4)."""
OPEN_STORE: Final = 10.0
"""Seconds for the disk; after that the agent goes on without."""


def boottime() -> float:
    """Seconds since the machine started, its sleep included: leases must not stop while it sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Wiring:
    """Makes a `Service` of a `Config`."""

    def __init__(
        self,
        config: Config,
        *,
        reread: Callable[[], Config],
        environment: Mapping[str, str],
        on_reload: Callable[[Config], None] = lambda _: None,
        clock: Callable[[], float] = boottime,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`on_reload` hears of each configuration that was read again and taken."""
        self._config = config
        self._reread = reread
        self._on_reload = on_reload
        self._environment = environment
        self._clock = clock
        self._wall = wall
        self._stand_ins = StandIns(clock)
        self._dialogues: dict[str, AtLog] = {}
        self._guests: SharedPorts | None = None

    @contextlib.asynccontextmanager
    async def service(self, *, for_guests: bool = True) -> AsyncIterator[Service]:
        """Make everything; what was started on the way ends with the block.

        Without `for_guests` shared ports are only asked, and offered to nobody.
        Raises ConfigError, StoreInUse, SimulationFailed, OSError.
        """
        raise_descriptor_limit()
        spare_the_collector()
        async with contextlib.AsyncExitStack() as ends:
            self._store = await self._open_store(ends)
            await self._stand_ins.start(self._config, ends)
            session = await ends.enter_async_context(open_session())
            if for_guests:
                self._guests = SharedPorts(self._config.shared_ports.directory, clock=self._clock)
                ends.callback(self._guests.close)
            self._notices = Notices(
                not_kept=lambda: self._store.problem,
                not_shared=lambda: self._guests.problem if self._guests is not None else "",
            )
            self._rulebook = SettingsBuilder(
                store=self._store,
                session=session,
                stand_ins=self._stand_ins,
                guests=self._guests,
                notices=self._notices,
                wall=self._wall,
            )
            yield self._assemble(await self._rulebook.rules(self._config), ends)

    def _assemble(self, rules: Settings, ends: contextlib.AsyncExitStack) -> Service:
        bank = Bank(
            roster=rules.roster,
            connect=self._connect,
            whose=rules.whose,
            policy=rules.policy,
            pace=rules.pace,
            clock=self._clock,
            memory=Memory(recalled=self._recalled()),
            on_decision=lambda decision: service.decided(decision),
        )
        reporter = Reporter(
            rules.sender,
            rules.reports,
            self._clock,
            self._wall,
            random.random,
            newest=lambda: service.newest(),
            on_report=lambda report: service.reported(report),
        )
        view = StatusView(
            bank=bank,
            reporter=reporter,
            facts=self._facts(self._config),
            entries=lambda: service.entries(bank.decision),
            guests=self._guest_row,
            notices=lambda: self._notices.current(outage=service.outage),
            dialogue=self._dialogue,
            clock=self._clock,
            wall=self._wall,
        )
        view.history_of_day.restore(self._store.minutes)
        self._metrics = Metrics(view.snapshot, clock=self._clock, version=__version__)
        service = Service(
            bank=bank,
            reporter=reporter,
            view=view,
            store=self._store,
            status=self._status(view),
            metrics=self._metrics,
            notifier=SystemdNotifier(self._environment),
            clock=self._clock,
            wall=self._wall,
            withdraw=rules.withdraw,
            ussd=rules.ussd,
            reread=self._reread_rules,
        )
        self._watch_for_ports(bank, ends)
        self._service = service
        return service

    def _status(self, view: StatusView) -> StatusServer:
        status = self._config.status
        return StatusServer(
            view,
            self._metrics.render,
            listen=status.listen,
            token=status.token.get_secret_value() if status.token is not None else None,
            clock=self._clock,
            wall=self._wall,
        )

    async def _open_store(self, ends: contextlib.AsyncExitStack) -> Store:
        path = self._config.store_file
        try:
            store = await offload(
                lambda: Store(path, wall=self._wall),
                name="open store",
                timeout=OPEN_STORE,
                put_away=Store.close,
            )
        except TimeoutError:
            _log.error("the disk of %s does not answer: nothing will survive a restart", path)
            store = Store(None, wall=self._wall)
        ends.callback(store.close)
        return store

    async def _reread_rules(self) -> Settings:
        """Read config.yaml again. What only a start can change is said and stays."""
        config = self._reread()
        at_start = [key for key in ("status", "store", "shared_ports") if _differ(config, self._config, key)]
        if at_start:
            _log.warning("taken at a start only: restart the agent for %s", " and ".join(at_start))
        self._stand_ins.refuse_others(config)
        rules = await self._rulebook.rules(config)
        await rules.roster()  # names clash only where the ports are there, so try them before they are taken
        self._stand_ins.follow(config)
        self._config = config
        began = self._service.view.facts.started_at
        self._service.view.facts = replace(self._facts(config), started_at=began)
        for dialogue in self._dialogues.values():
            dialogue.personal = config.log.personal is Personal.FULL
        self._on_reload(config)
        return rules

    def _recalled(self) -> dict[str, Recalled]:
        """What was live at the last stop, if that is not long ago."""
        if not 0 <= self._wall() - self._store.alive_at <= RECALL:
            return {}
        until = self._clock() + RECALL
        return {module: Recalled(iccid, until) for module, iccid in self._store.live.items()}

    def _facts(self, config: Config) -> AgentFacts:
        return AgentFacts(
            version=__version__,
            started_at=self._clock(),
            sandbox=config.onlinesim.sandboxed,
            mode=config.onlinesim.mode.value,
            test=config.onlinesim.test,
        )

    async def _connect(self, place: Place, address: str, news: News) -> Connection:
        return await connect(
            place,
            address,
            news,
            at_log=self._dialogue(place.name),
            counts=self._metrics,
            clock=self._clock,
            answer_timeout=self._config.bank.answer_timeout,
            shared_port=lambda: (
                self._guests.port(place.name) if self._guests is not None and place.share else None
            ),
        )

    def _guest_row(self, name: str) -> SharedPortRow | None:
        port = self._guests.port(name) if self._guests is not None else None
        guest = port.presence if port is not None else None
        if guest is None:
            return None
        return SharedPortRow(since_at=guest.since_at, waited_s=guest.waited_s, held_us_s=guest.held_us_s)

    def _dialogue(self, name: str) -> AtLog:
        if name not in self._dialogues:
            personal = self._config.log.personal is Personal.FULL
            self._dialogues[name] = AtLog(clock=self._clock, wall=self._wall, personal=personal)
        return self._dialogues[name]

    def _watch_for_ports(self, bank: Bank, ends: contextlib.AsyncExitStack) -> None:
        hotplug = Hotplug(lambda _: bank.ports_changed())
        if any(rule.kind is not PathKind.SIMULATED for rule in self._config.ports):
            hotplug.start()
            ends.callback(hotplug.stop)
        if self._stand_ins.simulation is not None:
            self._stand_ins.simulation.on_change = bank.ports_changed


def spare_the_collector() -> None:
    """Let the garbage collector pass over what was imported, and come less often.

    It would walk through a hundred thousand objects that stay for ever, several times while a bank is first looked at.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _differ(one: Config, other: Config, key: str) -> bool:
    return bool(getattr(one, key) != getattr(other, key))
