"""What the server keeps of one number beyond the list, and what checkNumber and takeOffNumbers say of it."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Final

from agent.sandbox.api_request import Values

BANNED_AFTER: Final = 3
"""Failed operations after which a number is banned."""
QUEUE_S: Final = 30.0
"""How long a number is queued after its placement. The description gives no time; this one is ours."""
_MOSCOW: Final = dt.timezone(dt.timedelta(hours=3), "Europe/Moscow")


class NumberStatus(enum.IntEnum):
    """`status` in the answer of checkNumber."""

    WORKING = 1
    QUEUED = 2
    DEPRECATED_3 = 3
    NOT_ON_ACCOUNT = 4
    DEPRECATED_5 = 5
    SPENT_BY_RENT = 6
    DEPRECATED_7 = 7


_TEXTS: Final = {
    NumberStatus.WORKING: "work",
    NumberStatus.QUEUED: "loading",
    NumberStatus.NOT_ON_ACCOUNT: "number not found",
    NumberStatus.SPENT_BY_RENT: "rent error",
}


@dataclass(slots=True, kw_only=True)
class NumberRecord:
    """One number that was on this account at least once. Everything but `id` may be changed from outside."""

    id: int
    entry: Values
    """The entry with which it was placed last."""
    placed_at: float = 0.0
    """On the server's clock."""
    placed_wall: float = 0.0
    """UNIX time."""
    status: NumberStatus | None = None
    """Instead of the status that follows from the list."""
    errors: int = 0
    """Failed operations."""
    sum: float = 0.0
    """Income in roubles."""
    balance: float = 0.0
    rent: bool | None = None
    used_service: dict[str, str] = field(default_factory=dict)
    banned_service: dict[str, str] = field(default_factory=dict)

    def check_number(self, *, on_sale: bool, now: float) -> Values:
        """Return the answer of checkNumber."""
        number = self.entry["number"]
        banned = self.errors >= BANNED_AFTER
        placed = dt.datetime.fromtimestamp(self.placed_wall, _MOSCOW)
        return status_of(number, self._status(on_sale=on_sale, now=now)) | {
            "id": self.id,
            "balance": self.balance,
            "country_id": self.entry["country_id"],
            "errors": self.errors,
            "port_id": self.entry.get("port_id", number),
            "sum": self.sum,
            "used_service": self.used_service,
            "banned_service": self.banned_service,
            "banned": banned,
            "reseller_id": 1,
            "rent": self.rent,
            "clearable": banned,
            "created_at": {
                "date": f"{placed:%Y-%m-%d %H:%M:%S.%f}",
                "timezone_type": 3,
                "timezone": "Europe/Moscow",
            },
        }

    def taken_off(self) -> Values:
        """Return its row in the answer of takeOffNumbers: every value is a string there."""
        return {
            "id": str(self.id),
            "number": self.entry["number"].removeprefix("+"),
            "sum": f"{self.sum:.2f}",
            "country": str(self.entry["country_id"]),
        }

    def _status(self, *, on_sale: bool, now: float) -> NumberStatus:
        if self.status is not None:
            return self.status
        if not on_sale:
            return NumberStatus.NOT_ON_ACCOUNT
        return NumberStatus.QUEUED if now - self.placed_at < QUEUE_S else NumberStatus.WORKING


def status_of(number: str, status: NumberStatus) -> Values:
    """Return what checkNumber answers even for a number that was never on this account."""
    text = _TEXTS.get(status, "deprecated")
    return {"response": 1, "number": number.removeprefix("+"), "status": int(status), "status_text": text}
