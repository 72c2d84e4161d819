"""The requests of Onlinesim's reseller API v2 (docs/design.md §6). Fields are checked when a message is built."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Test = Literal["test1", "test2"]
"""test1: the server checks and saves nothing. test2: the server answers with our body."""

_NUMBER = r"^\+[0-9]{1,20}$"
"""E.164 allows 15 digits, but a configured number is sent as the operator wrote it, trunk zero included."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def body(self) -> bytes:
        """Return the request body: JSON in UTF-8; unknown fields are left out, never null."""
        return self.model_dump_json(exclude_none=True).encode()


class NumberEntry(_Shape):
    """One number that is live now."""

    number: str = Field(pattern=_NUMBER)
    country_id: int = Field(ge=1, le=999)
    """E.164 country calling code."""
    operator: int | None = Field(default=None, ge=0, le=99_999)
    """The first five digits of the IMSI."""
    date_start: int | None = Field(default=None, ge=0)
    """UNIX time at which this SIM was first placed; absent until the clock is plausible."""
    port_id: str = Field(min_length=1, max_length=100)
    rent: Literal[0, 1]


class SendNumbersOnline(_Shape):
    """The whole list of the numbers that are live now; it may be empty."""

    method: ClassVar[str] = "sendNumbersOnline"

    numbers: tuple[NumberEntry, ...]
    test: Test | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, values in (
            ("number", [entry.number for entry in self.numbers]),
            ("port_id", [entry.port_id for entry in self.numbers]),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"two entries have the same {what}")
        return self


class AddNumber(NumberEntry):
    """Adds one number: the same fields as an entry of the list."""

    method: ClassVar[str] = "addNumber"

    @classmethod
    def of(cls, entry: NumberEntry) -> AddNumber:
        """Return the message that adds this entry."""
        return cls.model_validate(entry.model_dump())

    @property
    def entry(self) -> NumberEntry:
        """The entry that this message adds."""
        return NumberEntry.model_validate(self.model_dump())


class RemoveNumber(_Shape):
    """Removes one number. The shape `{"number": "+…"}` is our reading: no public description shows it."""

    method: ClassVar[str] = "removeNumber"

    number: str = Field(pattern=_NUMBER)


class CheckWork(_Shape):
    """The heartbeat without a change. POST with `{}` is our reading: no public description shows it."""

    method: ClassVar[str] = "checkWork"


Message = SendNumbersOnline | AddNumber | RemoveNumber | CheckWork
