"""What Onlinesim says of one number: the answer to checkNumber (docs/onlinesim.md) as a value.

Pure. An answer that does not fit the description is `UNKNOWN`, never guessed.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from agent.onlinesim import failure_texts as texts
from agent.onlinesim.outcome import shorten

MOST: Final = Decimal(10**12)
"""No number has failed so often or earned so much; whatever is larger is not what the description means."""
_SERVICES_SHOWN: Final = 50
_TEXT_SHOWN: Final = 60
_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)


class NumberStatus(enum.StrEnum):
    """Onlinesim's `status` of a number."""

    WORKING = "working"
    QUEUED = "queued"
    """Placed, and not available yet."""
    NOT_ON_ACCOUNT = "not_on_account"
    SPENT = "spent"
    """It was rented successfully before and earns no more: the SIM has to be replaced."""
    UNKNOWN = "unknown"
    """A deprecated or undocumented status, or an answer that does not fit the description."""


_STATUSES: Final = {
    1: NumberStatus.WORKING,
    2: NumberStatus.QUEUED,
    4: NumberStatus.NOT_ON_ACCOUNT,
    6: NumberStatus.SPENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAnswer:
    """What Onlinesim says of one number; None is not said."""

    status: NumberStatus
    failed: int | None = None
    """Operations in which no message came (`errors`)."""
    banned: bool | None = None
    """True after three failed operations; lifted every 24 hours. The API does not say when."""
    banned_services: tuple[str, ...] = ()
    income: Decimal | None = None
    """Roubles that the number has earned (`sum`)."""
    rent: bool | None = None
    """Whether the account may offer numbers for rent: not whether this number is rented."""
    placed: str | None = None
    """When the number was placed, as Onlinesim writes it, with its time zone (`created_at`)."""
    detail: str = ""
    """What is wrong with an answer of unknown status."""


class Misfit(ValueError):
    """An answer that does not fit the description; its text names what does not."""


def read_number(body: bytes, number: str) -> NumberAnswer:
    """Return what an accepted answer to checkNumber (200, `response` 1) says of `number`, which may have its plus."""
    try:
        return _read(read_object(body), number)
    except Misfit as why:
        return NumberAnswer(status=NumberStatus.UNKNOWN, detail=str(why))


def read_object(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of an answer, with fractions as Decimal. Raises Misfit."""
    try:
        answer = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, ArithmeticError):  # ArithmeticError: an exponent of twenty digits
        raise Misfit(texts.NOT_JSON) from None
    if not isinstance(answer, dict):
        raise Misfit(texts.NO_OBJECT)
    return answer


def amount(value: object, name: str) -> Decimal:
    """Return an amount of money, given as a number or as text such as "75.76". Raises Misfit."""
    is_text = isinstance(value, str) and _AMOUNT.fullmatch(value)
    if is_text or isinstance(value, Decimal) or _is_integer(value):
        found = Decimal(str(value))
        if -MOST < found < MOST:
            return found
    raise Misfit(texts.NO_AMOUNT.format(name=name))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _read(answer: Mapping[str, Any], number: str) -> NumberAnswer:
    about = answer.get("number")
    if about is not None and (not isinstance(about, str) or about.lstrip("+") != number.lstrip("+")):
        raise Misfit(texts.ANOTHER_NUMBER)
    code = answer.get("status")
    if not isinstance(code, int) or isinstance(code, bool):
        raise Misfit(texts.NO_INTEGER.format(name="status"))
    status = _STATUSES.get(code, NumberStatus.UNKNOWN)
    if status is not NumberStatus.NOT_ON_ACCOUNT and about is None:
        raise Misfit(texts.NAMELESS)
    earned = answer.get("sum")
    return NumberAnswer(
        status=status,
        failed=_count(answer.get("errors")),
        banned=_flag(answer, "banned"),
        banned_services=_services(answer.get("banned_service")),
        income=None if earned is None else amount(earned, "sum"),
        rent=_flag(answer, "rent"),
        placed=_moment(answer.get("created_at")),
        detail=texts.UNKNOWN_STATUS.format(code=code) if status is NumberStatus.UNKNOWN else "",
    )


def _count(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST:
        raise Misfit(texts.NO_COUNT.format(name="errors"))
    return value


def _flag(answer: Mapping[str, Any], name: str) -> bool | None:
    value = answer.get(name)
    if value is not None and not isinstance(value, bool):
        raise Misfit(texts.NO_FLAG.format(name=name))
    return value


def _services(value: object) -> tuple[str, ...]:
    # PHP writes an object without members as an empty list.
    if value is None or value == []:
        return ()
    if not isinstance(value, dict):
        raise Misfit(texts.FIELD_NO_OBJECT.format(name="banned_service"))
    names = [shorten(name)[:_TEXT_SHOWN] for name in value]
    return tuple(sorted(filter(None, names))[:_SERVICES_SHOWN])


def _moment(value: object) -> str | None:
    if value is None:
        return None
    date = value.get("date") if isinstance(value, dict) else None
    zone = value.get("timezone", "") if isinstance(value, dict) else None
    if not isinstance(date, str) or not isinstance(zone, str) or not _MOMENT.match(date):
        raise Misfit(texts.NO_DATE.format(name="created_at"))
    return f"{date[:19]} {shorten(zone)[:_TEXT_SHOWN]}".rstrip()


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
