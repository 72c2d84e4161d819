"""The API of the agent that runs on this host, for commands that must not compete with it for the ports."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from agent.app.status_token import token_of
from agent.config import Status
from agent.language import _
from agent.language.system_words import error_words
from agent.store.lock import announced
from drivers.offload import offload

ANSWER_WITHIN: Final = 3.0
"""Seconds; the agent is on this machine."""


class TokenNeeded(Exception):
    """The agent wants its token, and has not got it; the text says how to give it."""


class RunningAgent:
    """Client of a running agent's API; `url` is where it answered, or is expected."""

    def __init__(self, status: Status, store: Path | None = None, language: str = "en") -> None:
        """`store`: the database, whose lock file has the agent's address, whatever config.yaml says by now.

        The sentences of its status are in `language`; English is for programs.
        """
        self._status_path = "/api/v1/status" + ("" if language == "en" else f"?lang={language}")
        host, port = status.address
        self.url = _reachable(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        listening = announced(store) if store is not None else ""
        self._candidates = dict.fromkeys([*filter(None, [_reachable(listening.rstrip("/"))]), self.url])
        token, self._no_token = _token(status)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, *, within: float = ANSWER_WITHIN) -> bytes | None:
        """Return the body of a response, None if no agent answers within so many seconds. Raises TokenNeeded."""
        url = self.url + path
        try:
            status, body = await offload(
                lambda: _fetched(url, self._headers, within), name="agent", timeout=within
            )
        except (HTTPException, OSError, ValueError):
            return None
        if status == 401:
            raise TokenNeeded(self._how())
        return body if status == 200 else None

    @property
    def gone(self) -> str:
        """What to say while it no longer answers."""
        return _("the agent at {url} no longer answers; waiting for it").format(url=self.url)

    async def status(self) -> dict[str, Any] | None:
        """Return the body of /api/v1/status, None if no agent answers. Raises TokenNeeded."""
        for url in self._candidates:
            self.url = url
            found = await self._status()
            if found is not None:
                self._candidates = {url: None}
                return found
        return None

    async def _status(self) -> dict[str, Any] | None:
        body = await self.get(self._status_path)
        try:
            found = json.loads(body) if body is not None else None
        except ValueError:
            return None
        return found if isinstance(found, dict) and "modules" in found and "cap" in found else None

    async def lines(self, path: str) -> AsyncIterator[str]:
        """Yield the lines of a streamed response; none if the agent answers with an error."""
        import aiohttp  # noqa: PLC0415  longer than all else that `status` needs

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_WITHIN)
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.get(self.url + path, timeout=timeout) as answer,
        ):
            if answer.status == 200:
                async for line in answer.content:
                    yield line.decode().rstrip("\n")

    def _how(self) -> str:
        refused = (
            _("the agent at {url} does not accept this token: {hints}")
            if self._headers
            else _("the agent at {url} asks for its token: {hints}")
        )
        hint = _(
            "give --token-file FILE, set $SIMBANK_TOKEN, or be a user who may read the agent's config.yaml"
        )
        return refused.format(url=self.url, hints="; ".join(filter(None, (self._no_token, hint))))


def _fetched(url: str, headers: Mapping[str, str], within: float) -> tuple[int, bytes]:
    """Return the status and the body of a response. Blocks; raises HTTPException, OSError, ValueError."""
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=within)
    try:
        connection.request("GET", f"{place.path}?{place.query}".rstrip("?"), headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _token(status: Status) -> tuple[str, str]:
    """Return the configured token, and why there is none although there should be one."""
    if status.token is not None:
        return status.token.get_secret_value(), ""
    if status.token_file is None:
        return "", ""
    try:
        return token_of(status.token_file), ""
    except OSError as why:
        return "", f"{status.token_file}: {error_words(why)}"
    except ValueError as why:
        return "", str(why)


def _reachable(url: str) -> str:
    """Replace the wildcard address by loopback."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
