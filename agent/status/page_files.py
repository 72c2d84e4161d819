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
_LOGOUT: Final = b'<form id="logout"'
_HIDDEN_LOGOUT: Final = _LOGOUT + b" hidden"


class PageFiles:
    """What stands in agent/status/web. `has_logout`: the page has a way to log out."""

    def __init__(self, *, has_logout: bool = False) -> None:
        self._files = {
            path.name: path.read_bytes() for path in resources.files("agent.status").joinpath("web").iterdir()
        }
        if has_logout:
            self._files["index.html"] = self._files["index.html"].replace(_HIDDEN_LOGOUT, _LOGOUT, 1)

    def response(self, name: str) -> web.Response:
        """Return a file as an answer. Raises HTTPNotFound."""
        body = self._files.get(name)
        kind = _TYPES.get(name[name.rfind(".") :])
        if body is None or kind is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type=kind, charset="utf-8")
