"""From a `Config` to the `Settings` of a running agent, at its start and at every reload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import aiohttp

from agent.app.alert_settings import AlertSettings, alert_language, read_alerts
from agent.app.api_key import read_key
from agent.bank.bank import PollIntervals
from agent.bank.inventory import Inventory
from agent.bank.port_source import PortEvents
from agent.bank.siblings import Siblings
from agent.config import Config
from agent.decision.verdict import Policy
from agent.fleet.settings import Times
from agent.language import _
from agent.numbers.file_text import why_unreadable
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.numbers.sims_file import SimsFile, as_before, read_sims_file
from agent.onlinesim.client import OnlinesimClient
from agent.onlinesim.number_round import RoundPolicy
from agent.onlinesim.schedule import Mode, ReportPolicy
from agent.sandbox.stand_ins import StandIns
from agent.status.notices import Notices
from agent.store.store import Store
from drivers.offload import offload
from drivers.sharing import SharedPorts

READ_WITHIN: Final = 10.0
"""Seconds for the disk that holds config.yaml and the sims_file."""

START_ONLY: Final = ("status", "store", "shared_ports", "fleet")
"""Keys of config.yaml that take effect at a start; a reload keeps their old values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a reload may change, read and checked, but not yet in force."""

    config: Config
    """The configuration as it will be in force: START_ONLY keys as they were at the start."""
    inventory: Inventory
    lookup: Lookup
    policy: Policy
    intervals: PollIntervals
    client: OnlinesimClient
    reports: ReportPolicy
    questions: RoundPolicy
    sims: SimsFile
    """What the sims_file gave; nothing where none is configured."""
    alerts: AlertSettings = field(default_factory=AlertSettings)
    after_restart: Sequence[str] = ()
    """START_ONLY keys that the file changed since the start."""


class SettingsBuilder:
    """Makes settings over the parts of one agent that outlive a reload. Changes nothing in them."""

    def __init__(
        self,
        *,
        read: Callable[[], Config],
        store: Store,
        session: aiohttp.ClientSession,
        stand_ins: StandIns,
        shared_ports: SharedPorts,
        notices: Notices,
        wall: Callable[[], float],
        refusal: Callable[[str], str] = lambda _number: "",
        environment: Mapping[str, str] = MappingProxyType({}),
        port_events: PortEvents | None = None,
    ) -> None:
        """`read` reads config.yaml; it may block. Raises ConfigError, OSError. `refusal`: see `Lookup`."""
        self._read = read
        self._store = store
        self._session = session
        self._stand_ins = stand_ins
        self._shared_ports = shared_ports
        self._notices = notices
        self._wall = wall
        self._refusal = refusal
        self._environment = environment
        self._port_events = port_events
        self._siblings = Siblings()

    async def reread(self, running: Config) -> Settings:
        """Read config.yaml again; `running` is in force. Raises ConfigError, NameClash, OSError."""
        try:
            config = await offload(self._read, name="config.yaml", timeout=READ_WITHIN)
        except TimeoutError:
            raise OSError(_("config.yaml cannot be read: the disk does not answer")) from None
        self._stand_ins.check(config)
        at_start = {key: getattr(running, key) for key in START_ONLY}
        changed = tuple(key for key in START_ONLY if getattr(config, key) != at_start[key])
        settings = await self.prepare(config.model_copy(update=at_start))
        await settings.inventory.check()
        return replace(settings, after_restart=changed)

    async def prepare(self, config: Config) -> Settings:
        """Make the settings of a configuration. Raises ConfigError for a key file that cannot be read."""
        onlinesim = config.onlinesim
        sims = await read_sims(config, self._store)
        return Settings(
            config=config,
            inventory=self._inventory(config),
            lookup=Lookup(
                NumberBook(config.sims, sims.entries, rent=onlinesim.rent), self._store, refusal=self._refusal
            ),
            policy=policy_of(config),
            intervals=PollIntervals(poll=config.bank.poll, answer_timeout=config.bank.answer_timeout),
            client=await self.client(config),
            reports=reports_of(config),
            questions=RoundPolicy(every=onlinesim.ask_numbers),
            sims=sims,
            alerts=await read_alerts(config.alerts, alert_language(config, self._environment)),
        )

    async def client(self, config: Config) -> OnlinesimClient:
        """Make a client for the configured server. Raises ConfigError for a key file that cannot be read."""
        if config.onlinesim.sandboxed:
            return OnlinesimClient(self._session, self._stand_ins.sandbox_url, None, wall=self._wall)
        key = await read_key(config)
        return OnlinesimClient(self._session, config.onlinesim.server, key, wall=self._wall)

    def _inventory(self, config: Config) -> Inventory:
        return Inventory.of(
            config.ports,
            config.usb,
            self._stand_ins.simulation,
            store=self._store,
            shared_ports=self._shared_ports,
            on_clash=self._notices.set_clash,
            on_few_descriptors=self._notices.set_few_descriptors,
            siblings=self._siblings,
            events=self._port_events,
        )


def reports_of(config: Config) -> ReportPolicy:
    """Return the numbers behind the reports; in a fleet the slowest takeover has to fit into the heartbeat."""
    onlinesim = config.onlinesim
    heartbeat, echo = onlinesim.heartbeat, None
    if config.fleet is not None:
        times = Times(config.fleet.lease)
        heartbeat, echo = min(heartbeat, times.longest_heartbeat), times.echo
    return ReportPolicy(heartbeat=heartbeat, mode=Mode(onlinesim.mode), test=onlinesim.test, echo=echo)


def policy_of(config: Config) -> Policy:
    """Return the numbers behind the decision."""
    bank = config.bank
    return Policy(
        cap=bank.modules,
        settle=bank.settle,
        lease=bank.lease,
        registration_grace=bank.registration_grace,
        fleet=config.fleet is not None,
    )


async def read_sims(config: Config, store: Store) -> SimsFile:
    """Read the sims_file; what cannot be read counts as it did when it was read last."""
    path = config.sims_file
    if path is None:
        return SimsFile()
    before = store.file_rows(path)
    try:
        return await offload(lambda: read_sims_file(path, before), name="sims_file", timeout=READ_WITHIN)
    except TimeoutError as why:
        return as_before(why_unreadable(why, str(path)), before)
