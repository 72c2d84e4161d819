"""Logging in with a browser: the form for the token, what is posted with it, and logging out.

Every address that is told to the browser is relative: behind a proxy the page may be below a path that only the proxy
knows. The cookie has no Path for the same reason: a browser takes the one of the form's address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from agent.status.access import AccessPolicy, is_own_form
from agent.status.connection import Connection
from agent.status.login_form import Problem, accepted_language, login_form
from agent.status.login_tries import LoginTries

COOKIE_S: Final = 30 * 24 * 3600
FIELDS: Final = 8
"""More than the form has."""
_FORM: Final = "application/x-www-form-urlencoded"
_NEXT: Final = re.compile(r"[\w.~%/?&=+:,@!$'()*;-]{0,1000}", re.ASCII)
"""An address: no space, no control character."""
_PLAIN: Final = {"/", "/login", "/logout"}


class Login:
    """The form of one server, which has a token. `wrong` is called for each wrong token, `clock` gives seconds."""

    POSTS: Final = ("/login", "/logout")

    def __init__(self, access: AccessPolicy, wrong: Callable[[], None], clock: Callable[[], float]) -> None:
        self._access = access
        self._wrong = wrong
        self._clock = clock
        self._tries = LoginTries()

    def form(self, request: web.Request) -> web.Response:
        """Answer with the form, for somebody who asked for a page without the token."""
        path = request.path
        back = request.query.get("next", "") if path in _PLAIN else request.rel_url.raw_path_qs[1:]
        lang = accepted_language(request.query.get("lang"), request.headers.get("Accept-Language"))
        return _answer(request, lang, back)

    def done(self, request: web.Request) -> web.Response:
        """Answer somebody who asks for the form and has the token."""
        return _see(request.query.get("next", ""))

    async def post(self, request: web.Request, connection: Connection) -> web.Response:
        """Answer what was posted to one of `POSTS`."""
        if not is_own_form(request.headers):
            text = "Send this form from the page itself. Behind a proxy: pass the Host header on.\n"
            return web.Response(status=403, text=text)
        if request.path == "/logout":
            answer = _see("")
            answer.del_cookie(self._access.cookie_name, path="", httponly=True, samesite="Lax")
            return answer
        if request.content_type != _FORM:
            return web.Response(status=415, text=f"Send the token as {_FORM}.\n")
        with connection.receiving():
            body = await request.read()
        try:
            fields = dict(parse_qsl(body.decode("latin-1"), max_num_fields=FIELDS))
        except ValueError:
            return web.Response(status=400, text="This is not the login form.\n")
        return self._judge(request, connection.peer, fields)

    def _judge(self, request: web.Request, peer: str, fields: dict[str, str]) -> web.Response:
        lang, back = accepted_language(fields.get("lang"), None), fields.get("next", "")
        wait = self._tries.wait(peer, self._clock())
        if wait > 0:
            return _answer(request, lang, back, Problem(wait_s=wait))
        if not self._access.is_token(fields.get("token", "").strip()):
            self._tries.failed(peer, self._clock())
            self._wrong()
            return _answer(request, lang, back, Problem())
        answer = _see(back)
        # Seen by the browser, whatever is between: over https the cookie goes over nothing else.
        secure = request.headers.get("Origin", "").startswith("https:")
        set_access(answer, self._access, secure=secure)
        return answer


def set_access(response: web.StreamResponse, access: AccessPolicy, *, secure: bool = False) -> None:
    """Let the browser in from now on. Lax: also where it follows a link to the page from elsewhere."""
    response.set_cookie(
        access.cookie_name,
        access.cookie,
        path="",
        max_age=COOKIE_S,
        httponly=True,
        samesite="Lax",
        secure=secure or None,
    )


def is_person(request: web.Request) -> bool:
    """Whether a browser asks for something to look at, and not a script or program."""
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return mode == "navigate" and "text/html" in request.headers.get("Accept", "")


def _see(back: str) -> web.Response:
    # Without a fragment, so that the browser keeps that of the address which the form was sent to.
    return web.Response(status=303, headers={"Location": f"./{_checked(back)}"})


def _answer(request: web.Request, lang: str, back: str, problem: Problem | None = None) -> web.Response:
    up = "../" * (urlsplit(request.rel_url.raw_path).path.count("/") - 1)
    headers = {"WWW-Authenticate": "Bearer", "Vary": "Accept, Accept-Language"}
    status = 401
    if problem is not None and problem.wait_s:
        status, headers = 429, {"Retry-After": str(problem.seconds)}
    text = login_form(lang=lang, up=up, back=_checked(back), problem=problem)
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def _checked(back: str) -> str:
    """Return an address below the page's own; "" for any other, also one with a step up."""
    steps_up = ".." in back.lower().replace("%2e", ".")
    return back if _NEXT.fullmatch(back) and not steps_up else ""
