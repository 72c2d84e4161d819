"""From config.yaml to a survey of the modules, for commands while no agent runs."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from agent.app.settings import READ_WITHIN, policy_of, read_sims
from agent.bank.inventory import Inventory
from agent.bank.survey import Survey
from agent.config import Config, Personal, Problem
from agent.numbers.lookup import Lookup
from agent.numbers.resolve import NumberBook
from agent.sandbox.stand_ins import start_simulation
from agent.store.store import Store
from drivers.offload import offload
from drivers.wire import raise_descriptor_limit

_log = logging.getLogger(__name__)


def _log_row(problem: Problem) -> None:
    _log.error("%s", problem)


@contextlib.asynccontextmanager
async def survey_of(
    config: Config, *, on_bad_row: Callable[[Problem], None] = _log_row
) -> AsyncIterator[Survey]:
    """Make a survey, and what it needs; the simulated bank ends with the block.

    Raises StoreInUse, SimulationFailed, OSError.
    """
    raise_descriptor_limit()
    async with contextlib.AsyncExitStack() as ends:
        store = await _read_store(config, ends)
        simulation = await start_simulation(config, ends)
        sims = await read_sims(config, store)
        for problem in sims.problems(config.sims_file, config.places) if config.sims_file else ():
            on_bad_row(problem)
        yield Survey(
            Inventory.of(config.ports, config.usb, simulation, store=store).places,
            Lookup(NumberBook(config.sims, sims.entries, rent=config.onlinesim.rent), store).find,
            policy_of(config),
            store,
            poll=config.bank.poll,
            answer_timeout=config.bank.answer_timeout,
            personal=config.log.personal is Personal.FULL,
        )


async def _read_store(config: Config, ends: contextlib.AsyncExitStack) -> Store:
    path = config.store_file
    try:
        store = await offload(
            lambda: Store(path, read_only=True),
            name="read store",
            timeout=READ_WITHIN,
            dispose=Store.close,
        )
    except TimeoutError:
        _log.error("the disk of %s does not answer: names and numbers of earlier runs are missing here", path)
        store = Store(None)
    ends.callback(store.close)
    return store
