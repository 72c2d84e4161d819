"""+CREG, +CGREG, +CEREG, +C5GREG: whether the SIM is registered (3GPP TS 27.007 §7.2, docs/at-field-guide.md §7)."""

from __future__ import annotations

import re
from typing import Final

from drivers.observation import Registration

_LINE = re.compile(r"\+C(?:5G|[GE])?REG\s*:(.*)", re.IGNORECASE)
_STAT = re.compile(r"0{0,2}[0-9]|0?1[01]")
_ANY_STAT = re.compile(r"[0-9]{1,3}")
_ODD_STAT = re.compile(r"[0-9]{2}")
_STAT_OF_A_URC: Final = (1, 5)
"""A first field that is rather a <stat>: n=1 has no place behind it, and n=5 is rare."""

_PRESENTATION = re.compile(r"[0-5]")

_MOST_SPECIFIC_FIRST: Final = (
    Registration.DENIED,
    Registration.EMERGENCY_ONLY,
    Registration.LOCAL_SERVICES_ONLY,
    Registration.SEARCHING,
    Registration.NOT_SEARCHING,
    Registration.UNKNOWN,
)
_STANDARD: Final = frozenset(map(int, Registration))
_IDLE: Final = (Registration.NOT_SEARCHING, Registration.UNKNOWN)
_SMS_ONLY: Final = (Registration.SMS_ONLY_HOME, Registration.SMS_ONLY_ROAMING)


def parse_registration(line: str) -> Registration | None:
    """What the <stat> in one line of an answer means, UNKNOWN outside the standard; None for a line without one."""
    stat = parse_stat(line)
    if stat is None:
        return None
    return Registration(stat) if is_standard(stat) else Registration.UNKNOWN


def is_standard(stat: int) -> bool:
    """Whether 3GPP TS 27.007 has this <stat>; some modules have more of them (docs/at-field-guide.md §7.1)."""
    return stat in _STANDARD


def parse_stat(line: str) -> int | None:
    """The <stat> in one line of an answer, whatever it is; None for a line without one."""
    # An answer has <n>,<stat>[,…], a URC has <stat>[,<lac>,…] (docs/at-field-guide.md §7.4): a second field that
    # reads as a <stat> is one, since a <lac> is quoted or longer; without such a field the first is the <stat>.
    found = _LINE.match(line)
    if found is None:
        return None
    fields = [field.strip() for field in found[1].split(",")]
    first = _small(fields[0], _ANY_STAT)
    if len(fields) == 1:
        return first
    second = _small(fields[1], _STAT)
    if second is None and len(fields) == 2:
        second = _small(fields[1], _ANY_STAT)  # no URC has two fields
    elif second is None and first not in _STAT_OF_A_URC:
        second = _small(fields[1], _ODD_STAT)
    if second is not None:
        return second
    return first if fields[1] else None  # `2,,` of the XU870 has none


def presentation(line: str) -> int | None:
    """The <n> of an answer, which URCs are switched on with; None for a line without one (3GPP TS 27.007 §7.2)."""
    found = _LINE.match(line)
    fields = [field.strip() for field in found[1].split(",")] if found is not None else []
    if len(fields) < 2 or not _STAT.fullmatch(fields[1]) or not _PRESENTATION.fullmatch(fields[0]):
        return None
    return int(fields[0])


def _small(field: str, form: re.Pattern[str]) -> int | None:
    return int(field) if form.fullmatch(field) else None


def combine(
    cs: Registration | None,
    eps: Registration | None,
    ps: Registration | None = None,
    nr: Registration | None = None,
) -> Registration | None:
    """The registration that counts, of all domains; None for one that is not known, or if none is known.

    CS, EPS or 5GS alone is enough. GPRS alone is not, except for SMS only; where it is all that is known, the
    registration is unknown. Of bad ones the most specific counts: denied, emergency, searching, idle, unknown.
    """
    for domain in (cs, eps, nr):
        if domain is not None and domain.receives:
            return domain
    if ps in _SMS_ONLY:
        return ps
    if nr is not None and (eps is None or eps in _IDLE):
        eps = nr  # a SIM barred from 5G may still find LTE
    if cs in {Registration.SEARCHING, Registration.UNKNOWN} and eps is Registration.DENIED:
        return cs  # barred from LTE all along, while the CS domain just searches
    known = {domain for domain in (cs, eps) if domain is not None}
    if not known and ps is not None:
        known = {Registration.UNKNOWN if ps.receives else ps}
    return next((stat for stat in _MOST_SPECIFIC_FIRST if stat in known), None)
