"""Debian's Firefox without a window, driven by WebDriver BiDi, which it speaks by itself (W3C, "WebDriver BiDi").

Debian has no geckodriver, and Playwright drives a Firefox of its own only.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp

KEYS: Final = {
    "Tab": "\ue004",
    "Enter": "\ue006",
    "Escape": "\ue00c",
    "ArrowRight": "\ue014",
    "Shift": "\ue008",
}
"""Keys that are no letters, as WebDriver writes them."""
PREFERENCES: Final = {
    "intl.accept_languages": "en-GB",
    "services.settings.server": "data:,#none/v1",
    "toolkit.telemetry.server": "",
}
_LISTENING: Final = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Firefox:
    """One tab. `complaints` is what its console said in the meantime."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._context = ""
        self.complaints: list[str] = []

    async def begin(self) -> None:
        """Begin a session with a tab of its own: in the first one the address bar has the focus, not the page."""
        await self._call("session.new", capabilities={})
        self._context = (await self._call("browsingContext.create", type="tab"))["context"]
        await self._call("session.subscribe", events=["log.entryAdded"])

    async def go(self, url: str) -> None:
        """Open a page, and wait until it is loaded."""
        await self._call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, or of its promise, as far as JSON can tell it."""
        answer = await self._call(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript expression is true."""
        await self.ask(
            f"new Promise(done => {{ const look = () => ({condition}) ? done() : setTimeout(look, 20); look(); }})"
        )

    async def press(self, *keys: str) -> None:
        """Press keys together, and let them go."""
        names = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": name} for name in names]
        actions += [{"type": "keyUp", "value": name} for name in reversed(names)]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        await self._call("input.performActions", context=self._context, actions=[keyboard])

    async def end(self) -> None:
        """Close the browser."""
        await self._call("browser.close")

    async def _call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json()
            if message.get("method") == "log.entryAdded" and message["params"]["level"] in {"error", "warn"}:
                self.complaints.append(str(message["params"]["text"]))
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]


@contextlib.asynccontextmanager
async def started_firefox(profile: Path) -> AsyncIterator[Firefox]:
    """Start it with a new profile in this folder, and end it."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        "firefox-esr", "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0",
        stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    try:
        address = await _address(process)
        ended = asyncio.create_task(
            process.communicate()
        )  # reads what else it says, lest it waits for a reader
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=0) as socket,
        ):
            firefox = Firefox(socket)
            await firefox.begin()
            yield firefox
            await firefox.end()
        await ended
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _address(process: Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := _LISTENING.search(line.decode()):
            return found[1]
    raise AssertionError("Firefox ended before it listened")
