"""The first look at every request: who asks, when it is its turn, and what is said to who may not read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from agent.status.access import Access, AccessPolicy, is_foreign_page
from agent.status.connection import connection_of
from agent.status.connections import Connections
from agent.status.login import Login, is_person, set_access
from agent.status.request_rate import RequestRate

LARGEST_BODY: Final = 4096
"""Bytes; the only body that is read is the login form."""
OPEN_FILES: Final = frozenset(
    f"/static/{name}" for name in ("login.css", "login.js", "theme.js", "favicon.svg")
)
"""What the login form needs: nothing about this bank is in it."""
_REFUSALS: Final = {
    Access.TOKEN_REQUIRED: (
        401,
        'Token required: open /?token=TOKEN, or send "Authorization: Bearer TOKEN".\n',
    ),
    Access.FOREIGN: (403, "Use a local name (localhost, 127.0.0.1), or set status.token in config.yaml.\n"),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Word = Callable[[], Awaitable[web.Response]]


class Gate:
    """Stands before every route of one server."""

    def __init__(
        self,
        token: str | None,
        words: Mapping[str, Word],
        connections: Connections,
        clock: Callable[[], float],
    ) -> None:
        """`words`: what is said to who has no token, by path."""
        self._access = AccessPolicy(token)
        self._words = words
        self._rate = RequestRate()
        self._login = Login(self._access, connections.wrong_token, clock) if token else None

    @web.middleware
    async def let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer, or let the handler of the path answer."""
        connection = connection_of(request)
        access = self._access.check(
            peer=request.remote,
            headers=request.headers,
            cookie=request.cookies.get(self._access.cookie_name),
            query_token=request.query.get("token") if request.path == "/" else None,
        )
        if self._access.has_token and access not in _REFUSALS:
            connection.proven = True
        await connection.begin(self._rate)
        if self._login is not None and request.path in self._login.POSTS and request.method == "POST":
            return await self._login.post(request, connection)
        if request.method not in {"GET", "HEAD"}:
            return self._no_such_method(request)
        if request.path != "/" and is_foreign_page(request.headers):
            access = Access.FOREIGN
        if access in _REFUSALS:
            return await self._refuse(request, handler, access)
        if self._login is not None and request.path == "/login":
            return self._login.done(request)
        response = await handler(request)
        if access is Access.ALLOWED_SET_COOKIE:
            set_access(response, self._access)
        return response

    def _no_such_method(self, request: web.Request) -> web.Response:
        posts = self._login is not None and request.path in self._login.POSTS
        return web.Response(
            status=405,
            headers={"Allow": "GET, HEAD, POST" if posts else "GET, HEAD"},
            text="Read-only server: GET and HEAD only.\n",
        )

    async def _refuse(self, request: web.Request, handler: Handler, access: Access) -> web.StreamResponse:
        if access is Access.TOKEN_REQUIRED:
            if request.path in self._words:
                return await self._words[request.path]()
            if request.path in OPEN_FILES:
                return await handler(request)
            if self._login is not None and is_person(request):
                return self._login.form(request)
        status, text = _REFUSALS[access]
        challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return web.Response(status=status, text=text, headers=challenge)
