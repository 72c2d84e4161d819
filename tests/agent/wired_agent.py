"""An agent as it is wired for real, over simulated ports and the sandbox, within a test."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from agent.app.process_limits import boottime
from agent.app.wiring import Wiring
from agent.config import load

CONFIG = """
version: 1
bank:
  {{modules: {modules}, settle: {settle}, poll: 200ms, answer_timeout: {answer_timeout}, lease: 2s,
   registration_grace: 1s}}
onlinesim: {{heartbeat: 4m}}
ports: [{ports}]
status: {{listen: "127.0.0.1:0"}}
{more}
"""


def config(
    folder: Path,
    *,
    modules: int = 4,
    settle: str = "100ms",
    answer_timeout: str = "500ms",
    ports: str = "path: simulated",
    more: str = "",
):
    text = CONFIG.format(
        modules=modules, settle=settle, answer_timeout=answer_timeout, ports=f"{{{ports}}}", more=more
    )
    return load(text, file="config.yaml", environment={}, folder=folder)


@contextlib.asynccontextmanager
async def running(read, reread=None, *, clock=boottime, wall=time.time):
    wiring = Wiring(read, reread=reread or (lambda: read), environment={}, clock=clock, wall=wall)
    async with wiring.service() as service:
        await service.start()
        try:
            yield service, wiring
        finally:
            await service.stop()


def reports(wiring: Wiring) -> list[dict]:
    assert wiring._stand_ins.sandbox is not None
    return [json.loads(seen.body) for seen in wiring._stand_ins.sandbox.accepted]
