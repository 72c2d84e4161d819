"""From a `Config` to running objects.

Responsible for making every part and handing each what it needs; the only file that knows all parts, and the last
that knows config.yaml. Must not do anything of its own: what runs is `service`.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent import __version__
from agent.bank import Bank, Pace
from agent.config import Config, ConfigError, OnStop, PathKind, Personal, Problem
from agent.connection import Connection, connect
from agent.dialogue import Dialogue
from agent.metrics import Metrics
from agent.notify import Notifier
from agent.numbering import Numbering
from agent.numbers import NumberBook
from agent.onlinesim.client import OnlinesimClient, Outcome, open_session
from agent.onlinesim.sandbox import Sandbox
from agent.picture import Picture
from agent.port_source import PortSource
from agent.reporter import Reporter
from agent.roster import NameClash, Roster
from agent.schedule import Mode, ReportPolicy
from agent.service import Rules, Service
from agent.sims_file import FileEntry, unreadable
from agent.sims_file import parse as parse_sims
from agent.simulation import Simulation
from agent.snapshot import AgentFacts, GuestRow, Words
from agent.status import StatusServer
from agent.store import Store
from agent.text_file import read_text
from agent.verdict import Memory, Policy, Recalled
from drivers.guest import Guests
from drivers.hotplug import Hotplug
from drivers.offload import offload
from drivers.wire import raise_descriptor_limit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from agent.onlinesim.messages import Message
    from agent.place import Place
    from agent.watcher import News

_log = logging.getLogger(__name__)

RECALL: Final = 600.0
"""Seconds after its last stop for which the agent trusts what was live then (DESIGN §4)."""
OPEN_STORE: Final = 10.0
"""Seconds for the disk; after that the agent goes on without."""
KEPT_WITHIN: Final = 1.0
"""Seconds a report waits for the disk to hold what it says, so that a kill right after it changes no date."""
SIMULATED_SLOTS_PER_MODULE: Final = 8


def boottime() -> float:
    """Seconds since the machine started, its sleep included: leases must not stop while it sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class KeptFirst:
    """A sender that lets the store catch up before each message."""

    def __init__(self, client: OnlinesimClient, store: Store) -> None:
        self._client = client
        self._store = store

    async def post(self, message: Message) -> Outcome:
        """Send one message, once the disk holds what it says, or does not come to it in time."""
        with contextlib.suppress(TimeoutError):
            await offload(lambda: self._store.kept(KEPT_WITHIN), name="store", timeout=KEPT_WITHIN + 0.5)
        return await self._client.post(message)


class Wiring:
    """Makes a `Service` of a `Config`, and new rules of a new one."""

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
        self._simulation: Simulation | None = None
        self._sandbox: Sandbox | None = None
        self._sandbox_url = ""
        self._dialogues: dict[str, Dialogue] = {}
        self._guests: Guests | None = None
        self._clash = ""
        """Which names clash since a port came; empty while none do."""

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
            await self._start_stand_ins(self._config, ends)
            self._session = await ends.enter_async_context(open_session())
            if for_guests:
                self._guests = Guests(self._config.guests.directory, clock=self._clock)
                ends.callback(self._guests.close)
            rules = await self._rules(self._config)
            yield self._assemble(rules, ends)

    def _assemble(self, rules: Rules, ends: contextlib.AsyncExitStack) -> Service:
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
        picture = Picture(
            bank=bank,
            reporter=reporter,
            facts=self._facts(self._config),
            entries=lambda: service.entries(bank.decision),
            guests=self._guest_row,
            notices=lambda: [*self._notices(), *service.notices()],
            dialogue=self._dialogue,
            clock=self._clock,
            wall=self._wall,
        )
        picture.history_of_day.restore(self._store.minutes)
        self._metrics = Metrics(picture.snapshot, clock=self._clock, version=__version__)
        status = self._config.status
        service = Service(
            bank=bank,
            reporter=reporter,
            picture=picture,
            store=self._store,
            status=StatusServer(
                picture,
                self._metrics.render,
                listen=status.listen,
                token=status.token.get_secret_value() if status.token is not None else None,
                clock=self._clock,
                wall=self._wall,
            ),
            metrics=self._metrics,
            notifier=Notifier(self._environment),
            clock=self._clock,
            wall=self._wall,
            withdraw=rules.withdraw,
            ussd=rules.ussd,
            reread=self._new_rules,
        )
        self._watch_for_ports(bank, ends)
        self._service = service
        return service

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

    async def _start_stand_ins(self, config: Config, ends: contextlib.AsyncExitStack) -> None:
        """Start the simulated bank and the sandbox where they are configured."""
        if config.simulated and self._simulation is None:
            self._simulation = Simulation()
            modules = config.bank.modules
            arguments = ("--modules", str(modules), "--slots", str(modules * SIMULATED_SLOTS_PER_MODULE))
            ends.push_async_callback(self._simulation.stop)
            await self._simulation.start(arguments)
        if config.onlinesim.sandboxed and self._sandbox is None:
            self._sandbox = Sandbox(modules=config.bank.modules, clock=self._clock)
            self._sandbox_url = await self._sandbox.serve()
            ends.push_async_callback(self._sandbox.close)

    async def _new_rules(self) -> Rules:
        """Read config.yaml again. What only a start can change is said and stays."""
        config = self._reread()
        at_start = [key for key in ("status", "store", "guests") if _differ(config, self._config, key)]
        if at_start:
            _log.warning("taken at a start only: restart the agent for %s", " and ".join(at_start))
        before = self._config
        if (config.onlinesim.sandboxed, config.simulated) != (before.onlinesim.sandboxed, before.simulated):
            raise ConfigError(
                [Problem(file="config.yaml", message="the sandbox and simulated ports need a restart")]
            )
        rules = await self._rules(config)
        await rules.roster()  # names clash only where the ports are there, so try them before they are taken
        if self._sandbox is not None:
            self._sandbox.market.modules = config.bank.modules
        self._config = config
        began = self._service.picture.facts.started_at
        self._service.picture.facts = replace(self._facts(config), started_at=began)
        for dialogue in self._dialogues.values():
            dialogue.personal = config.log.personal is Personal.FULL
        self._on_reload(config)
        return rules

    async def _rules(self, config: Config) -> Rules:
        entries = await self._sims_file(config)
        roster = Roster(
            tuple(config.ports),
            {usb: kind.value for usb, kind in config.usb.items()},
            given=self._store.places,
            imeis=self._store.imeis,
        )
        source = PortSource(config.ports, self._simulation)
        numbering = Numbering(NumberBook(config.sims, entries, rent=config.onlinesim.rent), self._store)
        bank = config.bank
        return Rules(
            roster=self._arranger(roster, source),
            whose=numbering.whose,
            policy=Policy(bank.modules, bank.settle, bank.lease, bank.registration_grace),
            pace=Pace(poll=bank.poll),
            sender=KeptFirst(await self.client(config), self._store),
            reports=ReportPolicy(
                heartbeat=config.onlinesim.heartbeat,
                mode=Mode(config.onlinesim.mode.value),
                test=config.onlinesim.test,
            ),
            withdraw=config.onlinesim.on_stop is OnStop.WITHDRAW,
            ussd=config.ussd,
        )

    def _arranger(self, roster: Roster, source: PortSource) -> Callable[[], Awaitable[Sequence[Place]]]:
        count: tuple[int, int] | None = None
        places: Sequence[Place] | None = None

        async def arrange() -> Sequence[Place]:
            nonlocal count, places
            found = await source.look()
            try:
                places = roster.arrange(found)
            except NameClash as clash:
                if places is None:
                    raise
                self._say_clash(str(clash))  # one newcomer must not stop those that have their names
                return places
            self._clash = ""
            self._store.number_places(roster.given)
            if self._guests is not None:
                self._guests.offer(place.name for place in places if place.share and place.enabled)
            if count != (len(found), len(places)):
                count = (len(found), len(places))
                if places:
                    _log.info("%d ports found, %d modules", *count)
                else:
                    _log.warning("no serial port found: plug the modems in; `simbank-agent check` tells more")
            return places

        return arrange

    def _say_clash(self, clash: str) -> None:
        if clash != self._clash:
            self._clash = clash
            _log.error("ports that came or went are not taken: %s", clash)

    async def client(self, config: Config) -> OnlinesimClient:
        """Make a client for the configured server. Raises ConfigError for a key file that cannot be read."""
        if config.onlinesim.sandboxed:
            return OnlinesimClient(self._session, self._sandbox_url, None, wall=self._wall)
        return OnlinesimClient(
            self._session, config.onlinesim.server, await read_key(config), wall=self._wall
        )

    async def _sims_file(self, config: Config) -> Sequence[FileEntry]:
        path = config.sims_file
        self._bad_rows = 0
        if path is None:
            return ()
        try:
            text = await offload(lambda: read_text(path), name="sims_file", timeout=OPEN_STORE)
        except (OSError, UnicodeDecodeError) as why:
            raise ConfigError([unreadable(path, why, config.places)]) from why
        entries, problems = parse_sims(text, str(path))
        for problem in problems:
            _log.error("%s", problem)
        self._bad_rows = len(problems)
        return entries

    _bad_rows: int = 0

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

    def _notices(self) -> Sequence[Words]:
        notices = []
        if self._store.problem:
            notices.append(Words(en=self._store.problem, ru=f"Хранилище: {self._store.problem}"))
        if self._guests is not None and self._guests.problem:
            problem = self._guests.problem
            notices.append(
                Words(en=f"Ports are not shared: {problem}", ru=f"Порты не разделяются: {problem}")
            )
        if self._clash:
            notices.append(
                Words(
                    en=f"New ports are not taken: {self._clash}", ru=f"Новые порты не приняты: {self._clash}"
                )
            )
        if self._bad_rows:
            count = self._bad_rows
            notices.append(
                Words(
                    en=f"{count} bad rows in sims_file; `simbank-agent check` names them",
                    ru=f"В sims_file плохих строк: {count}; их назовёт `simbank-agent check`",
                )
            )
        return notices

    async def _connect(self, place: Place, address: str, news: News) -> Connection:
        return await connect(
            place,
            address,
            news,
            dialogue=self._dialogue(place.name),
            counts=self._metrics,
            clock=self._clock,
            answer_timeout=self._config.bank.answer_timeout,
            guest=lambda: self._guests.port(place.name) if self._guests is not None and place.share else None,
        )

    def _guest_row(self, name: str) -> GuestRow | None:
        port = self._guests.port(name) if self._guests is not None else None
        guest = port.presence if port is not None else None
        if guest is None:
            return None
        return GuestRow(since_at=guest.since_at, waited_s=guest.waited_s, held_us_s=guest.held_us_s)

    def _dialogue(self, name: str) -> Dialogue:
        if name not in self._dialogues:
            personal = self._config.log.personal is Personal.FULL
            self._dialogues[name] = Dialogue(clock=self._clock, wall=self._wall, personal=personal)
        return self._dialogues[name]

    def _watch_for_ports(self, bank: Bank, ends: contextlib.AsyncExitStack) -> None:
        hotplug = Hotplug(lambda _: bank.ports_changed())
        if any(rule.kind is not PathKind.SIMULATED for rule in self._config.ports):
            hotplug.start()
            ends.callback(hotplug.stop)
        if self._simulation is not None:
            self._simulation.on_change = bank.ports_changed


def spare_the_collector() -> None:
    """Let the garbage collector pass over what was imported, and come less often.

    It would walk through a hundred thousand objects that stay for ever, several times while a bank is first looked at.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def read_key(config: Config) -> str | None:
    """Return the API key from wherever it is configured. Raises ConfigError."""
    key = config.onlinesim.api_key
    if key is not None:
        return key.get_secret_value()
    path = config.onlinesim.api_key_file
    if path is None:
        return None
    try:
        text = (await offload(path.read_text, name="api_key_file", timeout=OPEN_STORE)).strip()
    except (OSError, UnicodeDecodeError, TimeoutError) as why:
        problem = Problem(file=str(path), message=f"the API key cannot be read: {why}")
        raise ConfigError([problem]) from why
    if not (text and text.isascii() and text.isprintable()):
        raise ConfigError(
            [Problem(file=str(path), message="the API key is empty or has letters outside ASCII")]
        )
    return text


def _differ(one: Config, other: Config, key: str) -> bool:
    return bool(getattr(one, key) != getattr(other, key))
