"""A SIM card and its elementary files (ETSI TS 102 221, 3GPP TS 31.102): EF_ICCID, EF_IMSI, EF_AD, EF_MSISDN."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from drivers.simulator.encoding import swapped

MSISDN_RECORD = 28
"""Bytes of an EF_MSISDN record: 14 of name, then the 14 that are always there (3GPP TS 31.102 §4.2.26)."""


class Lock(enum.StrEnum):
    """What the card asks for before it can be used."""

    NONE = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"


class NumberAt(enum.StrEnum):
    """Where the card's own number can be found."""

    CNUM = "cnum"
    FILE_ONLY = "file_only"
    """In EF_MSISDN, but not in the module's +CNUM."""
    NOWHERE = "nowhere"


@dataclass(slots=True, eq=False)
class Sim:
    """One card. `number` is what is stored on it: "+46701740611", or national digits without a plus.

    `e164` is the number that the network has for the card, whatever is stored. `mnc_length` is byte 4 of
    EF_AD.
    """

    iccid: str
    imsi: str
    number: str
    e164: str
    operator: str = "Simulated"
    mnc_length: int = 2
    number_at: NumberAt = NumberAt.CNUM
    alpha: str = ""
    lock: Lock = Lock.NONE

    @property
    def plmn(self) -> str:
        """The home network: country and network code."""
        return self.imsi[: 3 + self.mnc_length]

    @property
    def type_of_number(self) -> int:
        """145 for a number with a plus, 129 for national digits (3GPP TS 24.008 §10.5.4.7)."""
        return 145 if self.number.startswith("+") else 129

    def file(self, identifier: int) -> str | None:
        """Hex contents of a transparent file (CRSM 176); None where the card has no such file."""
        match identifier:
            case 12258:
                return swapped(self.iccid.ljust(20, "F"))
            case 28423:
                return "08" + swapped("9" + self.imsi)
            case 28589:
                return f"000000{self.mnc_length:02X}"
            case _:
                return None

    def record(self, identifier: int, index: int) -> str | None:
        """Hex contents of a record (CRSM 178); None where there is no such record."""
        if identifier != 28480 or index != 1:
            return None
        if self.number_at is NumberAt.NOWHERE or not self.number:
            return "FF" * MSISDN_RECORD
        digits = self.number.lstrip("+")
        bcd = swapped(digits).ljust(20, "F")[:20]
        name = self.alpha.encode("ascii", "replace")[:14].hex().upper().ljust(28, "F")
        length = 1 + (len(digits) + 1) // 2
        return f"{name}{length:02X}{self.type_of_number:02X}{bcd}FFFF"


def luhn_digit(digits: str) -> str:
    """Return the check digit that makes `digits` pass Luhn's test (ITU-T E.118, 3GPP TS 23.003 annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
