"""The headers of every answer: what a browser may do with it, and that nobody keeps it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # No other host learns our addresses; no-referrer would take the Origin from our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "simbank-agent",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add them; for `Application.on_response_prepare`."""
    response.headers.update(_HEADERS)
