"""`run`: the agent itself, with its log and its first lines."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable

from agent import __version__
from agent.app.log import set_up
from agent.app.wiring import Wiring
from agent.cli import process
from agent.cli.exit import Exit, fail
from agent.config import Config, Personal
from agent.language import _, use_language

_log = logging.getLogger(__name__)


def set_up_log(config: Config) -> None:
    """Configure logging from `log` and `language` in config.yaml; from now on the process speaks the log's language."""
    use_language("ru" if config.language == "ru" else "en")
    log = config.log
    set_up(
        level=log.level.value,
        form=log.format.value,
        personal=log.personal is Personal.FULL,
        environment=os.environ,
    )


def run(config: Config, reread: Callable[[], Config]) -> None:
    """Run until SIGINT or SIGTERM; `reread` reads config.yaml again after SIGHUP."""
    signal.signal(
        signal.SIGHUP, signal.SIG_IGN
    )  # config.yaml was read just now; the service handles it later
    set_up_log(config)
    for warning in config.warnings:
        _log.warning("%s", warning)
    process.run(_run(config, reread))


async def _run(config: Config, reread: Callable[[], Config]) -> None:
    wiring = Wiring(config, reread=reread, environment=os.environ, set_up_log=set_up_log)
    async with wiring.service() as service:
        _greet(config, service.status.url)
        try:
            await service.run()
        except OSError as why:
            if problem := _listen_problem(why):
                fail(Exit.TRY_LATER, problem.format(address=config.status.listen))
            raise


def _listen_problem(why: OSError) -> str:
    if why.errno == errno.EADDRINUSE:
        return _(
            "{address} is in use: end the other agent or program; or change status.listen in config.yaml"
        )
    if isinstance(why, socket.gaierror) or why.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
        return _(
            "{address} is not an address of this machine now: wait for it; or change status.listen in config.yaml"
        )
    return ""


def _greet(config: Config, page: str) -> None:
    _log.info("simbank-agent %s, page at %s", __version__, page)
    if config.onlinesim.sandboxed:
        _log.warning(
            "reports go to the sandbox: nothing is sold; set onlinesim.server in config.yaml to sell"
        )
    else:
        _log.info("reports go to %s", config.onlinesim.server)
