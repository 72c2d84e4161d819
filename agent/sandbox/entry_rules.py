"""What the API asks of the entries of a list, and of `test`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from agent.sandbox.api_request import Refused, Values, only

_NUMBER: Final = re.compile(r"\+[0-9]{1,20}", re.ASCII)
_REQUIRED: Final = ("number", "country_id", "rent")
_KNOWN: Final = (*_REQUIRED, "operator", "date_start", "port_id")


def check_entry(entry: Any, where: str) -> None:
    """Raise Refused, naming the field and never its value: reasons are logged, and numbers are personal."""
    if not isinstance(entry, dict):
        raise Refused(400, f"{where or 'body'} is not an object")
    only(entry, _KNOWN, where)
    for name in _REQUIRED:
        if name not in entry:
            raise Refused(400, f"{where}{name} is missing")
    check_number(entry["number"])
    if not _is_integer(entry.get("date_start", 0)) or entry.get("date_start", 0) < 0:
        raise Refused(400, "ERROR_DATE", html=True)
    for error in _errors(entry):
        raise Refused(400, f"{where}{error}")


def check_number(number: object) -> None:
    """Raise Refused with the API's own word for what is not a number with its plus."""
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise Refused(400, "NUMBER_FORMAT_ERROR", html=True)


def check_unique(entries: Sequence[Values]) -> None:
    """Raise Refused where two entries have the same number or port."""
    for name in ("number", "port_id"):
        # The API uses the number as port_id where that is left out.
        values = [entry.get(name, entry["number"]) for entry in entries]
        if len(set(values)) != len(values):
            raise Refused(400, f"two numbers have the same {name}")


def check_test(values: Values) -> None:
    """Raise Refused for a `test` that the API does not know."""
    # Not a set: `test` may be a list, which has no hash.
    if "test" in values and values["test"] not in ("test1", "test2"):
        raise Refused(400, "test is neither test1 nor test2")


def _errors(entry: Values) -> Iterator[str]:
    if not _is_integer(entry["country_id"]) or entry["country_id"] < 1:
        yield "country_id is not an integer from 1"
    if not _is_integer(entry["rent"]) or entry["rent"] not in {0, 1}:
        yield "rent is neither 0 nor 1"
    if "operator" in entry and (not _is_integer(entry["operator"]) or entry["operator"] < 0):
        yield "operator is not an integer"
    if "port_id" in entry and (
        not isinstance(entry["port_id"], str) or not 1 <= len(entry["port_id"]) <= 100
    ):
        yield "port_id is not a string of 1 to 100 characters"


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
