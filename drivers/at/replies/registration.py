"""+CREG, +CGREG, +CEREG and +C5GREG: whether the SIM is registered (3GPP TS 27.007 §7.2, field guide §7).

Responsible for finding <stat> in every form of these lines and for one word out of three domains. Must
not know for how long a registration is believed, nor which of the questions a module is asked.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.observation import Registration

_LINE = re.compile(r"\+C(?:5G|G|E)?REG\s*:(.*)", re.IGNORECASE)
_STAT = re.compile(r"0{0,2}\d|0?1[01]")

_WORST_FIRST: Final = (
    Registration.DENIED,
    Registration.EMERGENCY_ONLY,
    Registration.LOCAL_SERVICES_ONLY,
    Registration.SEARCHING,
    Registration.NOT_SEARCHING,
    Registration.UNKNOWN,
)
_SMS_ONLY: Final = (Registration.SMS_ONLY_HOME, Registration.SMS_ONLY_ROAMING)


def parse_registration(line: str, *, solicited: bool) -> Registration | None:
    """The <stat> of one line; None where it cannot be told.

    An answer has <n>,<stat>[,…], news has <stat>[,<lac>,…]: a second field that reads as a <stat> makes it an
    answer, even where it came as news, since a <lac> is quoted or longer. Without such a field the first is
    the <stat>, except in an answer (`solicited`) of several fields, whose <stat> is then missing.
    """
    form = _LINE.match(line)
    if form is None:
        return None
    fields = [field.strip() for field in form[1].split(",")]
    if len(fields) == 1:
        return _stat(fields[0])
    second = _stat(fields[1])
    if second is not None:
        return second
    if not any(fields[1:]) or (solicited and not fields[1]):
        return None  # `2,,` of the XU870: ask again
    return _stat(fields[0])


def _stat(field: str) -> Registration | None:
    return Registration(int(field)) if _STAT.fullmatch(field) else None


def combine(
    cs: Registration | None, eps: Registration | None, ps: Registration | None = None
) -> Registration | None:
    """One word out of +CREG, +CEREG and +CGREG; None for a domain that was not told, and for none told.

    CS or EPS alone is enough. GPRS alone is not, except for SMS only; where nothing else was told it leaves
    the registration unknown. Of bad ones the most telling wins: denied, emergency, searching, idle, unknown; but a
    SIM that LTE has barred all along, and whose CS domain just searches, is searching.
    """
    for domain in (cs, eps):
        if domain is not None and domain.receives:
            return domain
    if ps in _SMS_ONLY:
        return ps
    if cs in {Registration.SEARCHING, Registration.UNKNOWN} and eps is Registration.DENIED:
        return cs
    told = {domain for domain in (cs, eps) if domain is not None}
    if not told and ps is not None:
        told = {Registration.UNKNOWN if ps.receives else ps}
    return next((stat for stat in _WORST_FIRST if stat in told), None)
