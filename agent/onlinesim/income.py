"""What the numbers of an account have earned: the answer to takeOffNumbers (docs/onlinesim.md) as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from agent.onlinesim import failure_texts as texts
from agent.onlinesim.number_answer import Misfit, amount, read_object

_DIGITS: Final = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class NumberIncome:
    """One number that is online, with its income in roubles."""

    number: str
    """With a plus, which the answer leaves out."""
    country_id: int | None
    """E.164 country calling code."""
    income: Decimal


def read_income(body: bytes) -> Sequence[NumberIncome]:
    """Return the numbers of an accepted answer (200, `response` 1), most income first.

    Raises Misfit where it does not fit the description: half of a list would be a wrong sum.
    """
    rows = read_object(body).get("list")
    if not isinstance(rows, list):
        raise Misfit(texts.NO_LIST.format(name="list"))
    found = [_read(row, index) for index, row in enumerate(rows)]
    if len({one.number for one in found}) != len(found):
        raise Misfit(texts.TWICE)
    return sorted(found, key=lambda one: (-one.income, one.number))


def _read(row: Any, index: int) -> NumberIncome:
    where = f"list[{index}]"
    if not isinstance(row, dict):
        raise Misfit(texts.FIELD_NO_OBJECT.format(name=where))
    number = row.get("number")
    if not isinstance(number, str) or not _DIGITS.fullmatch(number.removeprefix("+")):
        raise Misfit(texts.NO_NUMBER.format(name=f"{where}.number"))
    return NumberIncome(
        number=f"+{number.removeprefix('+')}",
        country_id=_country(row.get("country"), where),
        income=amount(row.get("sum"), f"{where}.sum"),
    )


def _country(value: object, where: str) -> int | None:
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | str)
        or not re.fullmatch("[0-9]{1,3}", str(value))
    ):
        raise Misfit(texts.NO_COUNTRY.format(name=f"{where}.country"))
    return int(value)
