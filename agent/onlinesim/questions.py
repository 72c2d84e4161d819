"""The requests that only read: checkNumber and takeOffNumbers (docs/onlinesim.md), each with its shape as data.

Despite its name takeOffNumbers takes nothing off: it is a GET, and its description only speaks of information.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from agent.onlinesim.messages import Carrier, Shape


@dataclass(frozen=True, kw_only=True)
class CheckNumber:
    """What Onlinesim knows of one number."""

    method: ClassVar[str] = "checkNumber"
    shape: ClassVar[Shape] = Shape("GET", "/checkNumber", Carrier.QUERY)
    answer_limit: ClassVar[int] = 64 * 1024
    body: ClassVar[None] = None

    number: str
    """With its plus."""

    @property
    def query(self) -> Mapping[str, str]:
        """The number."""
        return {"number": self.number}


@dataclass(frozen=True, kw_only=True)
class TakeOffNumbers:
    """The numbers of the account that are online, with their income."""

    method: ClassVar[str] = "takeOffNumbers"
    shape: ClassVar[Shape] = Shape("GET", "/takeOffNumbers", Carrier.QUERY)
    answer_limit: ClassVar[int] = 16 * 1024 * 1024
    """About 80 bytes a number."""
    body: ClassVar[None] = None

    least: int = 0
    """Only numbers that have earned so many roubles; the API's own default is 50."""

    @property
    def query(self) -> Mapping[str, str]:
        """The filter."""
        return {"sum": str(self.least)}


Question = CheckNumber | TakeOffNumbers
