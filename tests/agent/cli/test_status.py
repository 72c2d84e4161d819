from __future__ import annotations

import json
import socket

import pytest
from aiohttp import web

from agent.cli.status import show_status
from agent.config import ConfigError, Problem, Status

FOUND = {"modules": [], "cap": 3, "live": 0, "banners": [], "last_report": None, "next_heartbeat_s": None}
BROKEN = ConfigError([Problem(file="config.yaml", line=2, column=1, message="is broken")])
FORBIDDEN = PermissionError(13, "Permission denied", "/etc/simbank-agent/config.yaml")


@pytest.fixture
async def address():
    """Where something answers as an agent does."""

    async def status(_request):
        return web.json_response(FOUND)

    app = web.Application()
    app.router.add_get("/api/v1/status", status)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (BROKEN, ["config.yaml:2:1: is broken", "the running agent keeps its previous configuration"]),
        (FORBIDDEN, ["no permission to read /etc/simbank-agent/config.yaml; showing the agent at http://"]),
    ],
)
async def test_the_agent_is_shown_and_what_is_wrong_with_config_yaml_said_beside(
    address, capsys, wrong, words
):
    await show_status(Status(listen=address), wrong, as_json=True, watch=False)
    out, err = capsys.readouterr()
    assert json.loads(out) == FOUND
    assert all(word in err for word in words)


@pytest.mark.parametrize("wrong", [BROKEN, FORBIDDEN])
async def test_without_an_agent_what_is_wrong_with_config_yaml_is_the_answer(wrong):
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(type(wrong)) as raised:
        await show_status(Status(listen=nobody), wrong, as_json=False, watch=False)
    assert raised.value is wrong
