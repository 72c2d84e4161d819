"""Believable SIMs and IMEIs: real network codes, ICCIDs with a Luhn digit, numbers of the right length."""

from __future__ import annotations

import random
from dataclasses import dataclass

from drivers.simulator.sim import NumberAt, Sim, luhn_digit


@dataclass(frozen=True, slots=True)
class Operator:
    """A network: `mobile` begins its numbers, `digits` follow; `trunk` is dialled before a national one."""

    name: str
    plmn: str
    country: str
    mobile: str
    digits: int
    trunk: str
    iccid_length: int = 20
    iccid_prefix: str = ""
    """An issuer's part with hex digits, for which no Luhn digit is defined (docs/at-field-guide.md §4.2)."""


OPERATORS = (
    Operator("Telia", "24001", "46", "70", 7, "0"),
    Operator("Telenor SE", "24008", "46", "73", 7, "0", 19),
    Operator("Telekom.de", "26201", "49", "1511", 7, "0", 19),
    Operator("vodafone UK", "23415", "44", "7700", 6, "0"),
    Operator("LMT", "24701", "371", "2", 7, "", 19),
    Operator("Orange PL", "26003", "48", "50", 7, ""),
    Operator("TELKOMSEL", "51010", "62", "811", 7, "0"),
    Operator("KPN NL", "20408", "31", "6", 8, "0", 19),
    Operator("MTS RUS", "25001", "7", "916", 7, "8"),
    Operator("CHINA MOBILE", "46002", "86", "138", 8, "", iccid_prefix="898602F9"),
    Operator("T-Mobile", "310260", "1", "202555", 4, "1", 19),
)


def issue(count: int, chance: random.Random, *, unknown: float = 0.0) -> list[Sim]:
    """Make `count` cards with distinct ICCIDs, IMSIs and numbers.

    Most have their number in +CNUM with country code, one in seven without, one in nine in EF_MSISDN only;
    `unknown` is the share (0 to 1) of cards without any.
    """
    cards: list[Sim] = []
    numbers: set[str] = set()
    while len(cards) < count:
        serial = len(cards) + 1
        operator = OPERATORS[chance.randrange(len(OPERATORS))]
        subscriber = operator.mobile + "".join(chance.choices("0123456789", k=operator.digits))
        if subscriber in numbers:
            # One network may run out of digits: draw another one.
            continue
        numbers.add(subscriber)
        cards.append(_card(operator, serial, subscriber, chance, unknown))
    return cards


def _card(operator: Operator, serial: int, subscriber: str, chance: random.Random, unknown: float) -> Sim:
    issuer = f"89{operator.country}{operator.plmn[3:]}"
    account = f"{chance.randrange(10**4):04}{serial:05}"
    body = issuer + account.zfill(operator.iccid_length - 1 - len(issuer))
    iccid = operator.iccid_prefix + account.zfill(12) if operator.iccid_prefix else body + luhn_digit(body)
    e164 = f"+{operator.country}{subscriber}"
    number_at = NumberAt.FILE_ONLY if serial % 9 == 4 else NumberAt.CNUM
    if chance.random() < unknown:
        number_at = NumberAt.NOWHERE
    return Sim(
        iccid=iccid,
        imsi=operator.plmn + f"{chance.randrange(10**4):04}{serial:06}"[-(15 - len(operator.plmn)) :],
        number=operator.trunk + subscriber if serial % 7 == 3 else e164,
        e164=e164,
        operator=operator.name,
        mnc_length=len(operator.plmn) - 3,
        number_at=number_at,
        alpha="Own" if serial % 3 else "",
    )


def imei(tac: str, chance: random.Random) -> str:
    """Make an IMEI: type, serial number, check digit (3GPP TS 23.003 §6.2.1)."""
    body = tac + f"{chance.randrange(10**6):06}"
    return body + luhn_digit(body)
