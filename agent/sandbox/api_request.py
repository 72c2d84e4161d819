"""One HTTP request to the sandbox, and its answer: which methods there are, and how their values are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

METHODS: Final = {
    ("POST", "/api/resellers/sendNumbersOnline"): "sendNumbersOnline",
    ("POST", "/api/resellers/addNumber"): "addNumber",
    ("DELETE", "/api/resellers/removeNumber"): "removeNumber",
    ("GET", "/api/resellers"): "checkWork",
    ("GET", "/api/resellers/checkNumber"): "checkNumber",
    ("GET", "/api/resellers/takeOffNumbers"): "takeOffNumbers",
}
"""The methods of the API by HTTP verb and path."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived. `path` is without the query; `authorization` is the header's value."""

    verb: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    authorization: str | None = None

    @property
    def method(self) -> str:
        """The method's name, "" where the API has none of this verb and path."""
        return METHODS.get((self.verb, self.path), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, and the body: a value for JSON, or a bare word that goes out as text/html."""

    status: int
    content: Any
    html: bool = False


class Refused(Exception):
    """The request is refused."""

    def __init__(self, status: int, reason: str, *, html: bool = False) -> None:
        super().__init__(reason)
        self.answer = Answer(status, reason if html else {"response": reason}, html)


def read_body(request: Request) -> Values:
    """Return the JSON object that the request carries. Raises Refused."""
    if request.query:
        raise Refused(400, f"{request.method} takes no query")
    try:
        body = json.loads(request.body.decode())
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body is not a JSON object")
    return body


def read_query(request: Request, *known: str) -> Values:
    """Return the parameters of a request without a body. Raises Refused."""
    if request.body:
        raise Refused(400, f"{request.method} takes no body")
    values = dict(request.query)
    if len(values) != len(request.query):
        raise Refused(400, "a parameter is there twice")
    only(values, known, "")
    return values


def only(values: Values, known: tuple[str, ...], where: str) -> None:
    """Raise Refused for a field that the API does not know."""
    for name in values:
        if name not in known:
            raise Refused(400, f"{where}{name[:40]} is unknown")
