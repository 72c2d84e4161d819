"""The files of the page, read once."""

from __future__ import annotations

from importlib import resources
from typing import Final

from aiohttp import web

_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


class PageFiles:
    """What stands in agent/status/web."""

    def __init__(self) -> None:
        self._files = {
            path.name: path.read_bytes() for path in resources.files("agent.status").joinpath("web").iterdir()
        }

    def response(self, name: str) -> web.Response:
        """Return a file as an answer. Raises HTTPNotFound."""
        body = self._files.get(name)
        kind = _TYPES.get(name[name.rfind(".") :])
        if body is None or kind is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type=kind, charset="utf-8")
