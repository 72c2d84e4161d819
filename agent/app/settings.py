"""From a `Config` to the `Settings` of a running agent, at its start and at every reload.

Responsible for reading what config.yaml points to, the sims_file and the API key, and for making of it all what the
running parts go by. Must not know what else those parts are made of, nor take anything into force: the wiring and
the service do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

import aiohttp

from agent.app.api_key import read_key
from agent.app.flush_first import FlushFirst
from agent.app.service import Settings
from agent.bank.bank import Pace
from agent.bank.inventory import Inventory
from agent.bank.port_source import PortSource
from agent.bank.roster import Roster
from agent.config import Config, ConfigError, OnStop
from agent.decision.verdict import Policy
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.numbers.sims_file import FileEntry, unreadable
from agent.numbers.sims_file import parse as parse_sims
from agent.numbers.text_file import read_text
from agent.onlinesim.client import OnlinesimClient
from agent.onlinesim.schedule import Mode, ReportPolicy
from agent.sandbox.stand_ins import StandIns
from agent.status.notices import Notices
from agent.store.store import Store
from drivers.offload import offload
from drivers.sharing import SharedPorts

_log = logging.getLogger(__name__)

READ_WITHIN: Final = 10.0
"""Seconds for the disk that holds the sims_file."""


class SettingsBuilder:
    """Makes rules over the parts of one running agent that outlive a reload."""

    def __init__(
        self,
        *,
        store: Store,
        session: aiohttp.ClientSession,
        stand_ins: StandIns,
        guests: SharedPorts | None,
        notices: Notices,
        wall: Callable[[], float],
    ) -> None:
        self._store = store
        self._session = session
        self._stand_ins = stand_ins
        self._guests = guests
        self._notices = notices
        self._wall = wall

    async def rules(self, config: Config) -> Settings:
        """Make the rules of a configuration. Raises ConfigError for a file it names that cannot be read."""
        bank, onlinesim = config.bank, config.onlinesim
        book = NumberBook(config.sims, await self._entries(config), rent=onlinesim.rent)
        return Settings(
            roster=self._arrangement(config).places,
            whose=Lookup(book, self._store).whose,
            policy=Policy(bank.modules, bank.settle, bank.lease, bank.registration_grace),
            pace=Pace(poll=bank.poll),
            sender=FlushFirst(await self.client(config), self._store),
            reports=ReportPolicy(
                heartbeat=onlinesim.heartbeat, mode=Mode(onlinesim.mode.value), test=onlinesim.test
            ),
            withdraw=onlinesim.on_stop is OnStop.WITHDRAW,
            ussd=config.ussd,
        )

    async def client(self, config: Config) -> OnlinesimClient:
        """Make a client for the configured server. Raises ConfigError for a key file that cannot be read."""
        if config.onlinesim.sandboxed:
            return OnlinesimClient(self._session, self._stand_ins.sandbox_url, None, wall=self._wall)
        return OnlinesimClient(
            self._session, config.onlinesim.server, await read_key(config), wall=self._wall
        )

    def _arrangement(self, config: Config) -> Inventory:
        roster = Roster(
            tuple(config.ports),
            {usb: kind.value for usb, kind in config.usb.items()},
            given=self._store.places,
            imeis=self._store.imeis,
            told=self._store.told,
            named=dict(self._store.names),
        )
        source = PortSource(config.ports, self._stand_ins.simulation)
        return Inventory(roster, source, store=self._store, guests=self._guests, on_clash=self._set_clash)

    def _set_clash(self, clash: str) -> None:
        self._notices.clash = clash

    async def _entries(self, config: Config) -> Sequence[FileEntry]:
        path = config.sims_file
        self._notices.bad_rows = 0
        if path is None:
            return ()
        try:
            text = await offload(lambda: read_text(path), name="sims_file", timeout=READ_WITHIN)
        except (OSError, UnicodeDecodeError) as why:
            raise ConfigError([unreadable(path, why, config.places)]) from why
        entries, problems = parse_sims(text, str(path))
        for problem in problems:
            _log.error("%s", problem)
        self._notices.bad_rows = len(problems)
        return entries
