"""`simbank-agent run` with the times of a fleet made shorter than config.yaml allows, and a mark of its host.

Responsible for that alone; everything else is the agent as operators run it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

HOST_HEADER = "X-Test-Host"


def shorten(lease: float, **times: float) -> None:
    """Have this process's agent use a shorter lease, and constants of `agent.fleet` by name, such as REQUEST."""
    from agent.app import settings
    from agent.cli import config_file

    loaded = config_file._loaded

    def with_lease(*given: Any) -> Any:
        config = loaded(*given)
        fleet = config.fleet.model_copy(update={"lease": lease})
        return config.model_copy(update={"fleet": fleet})

    config_file._loaded = with_lease
    import agent.app.fleet_link  # noqa: F401  it imports every file of the fleet

    if window := times.get("WINDOW"):
        settings.ReportPolicy = partial(settings.ReportPolicy, window=window)

    ours = [module for name, module in sys.modules.items() if name.startswith("agent.fleet.")]
    for name, value in times.items():
        holders = [module for module in ours if hasattr(module, name)]
        if not holders:
            raise AttributeError(f"no file of agent.fleet has {name}")
        for module in holders:
            setattr(module, name, value)


def mark(host: str) -> None:
    """Have each request to Onlinesim say which host sent it."""
    from agent.app import wiring

    opened = wiring.open_session

    def marked(*given: Any, **named: Any) -> Any:
        session = opened(*given, **named)
        session.headers[HOST_HEADER] = host
        return session

    wiring.open_session = marked


def prepared(host: str, lease: float, times: Mapping[str, float], before: Callable[[], None] | None) -> None:
    """Do all of it; `before` is a hook of the test's own, run in the agent's process."""
    mark(host)
    shorten(lease, **times)
    if before is not None:
        before()
