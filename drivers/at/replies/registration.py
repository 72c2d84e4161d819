"""+CREG, +CGREG and +CEREG: whether the SIM is registered (3GPP TS 27.007 §7.2, docs/at-field-guide.md §7)."""

from __future__ import annotations

import re
from typing import Final

from drivers.observation import Registration

_LINE = re.compile(r"\+C[GE]?REG\s*:(.*)", re.IGNORECASE)
_STAT = re.compile(r"0{0,2}\d|0?1[01]")

_PRESENTATION = re.compile(r"[0-5]")

_MOST_SPECIFIC_FIRST: Final = (
    Registration.DENIED,
    Registration.EMERGENCY_ONLY,
    Registration.LOCAL_SERVICES_ONLY,
    Registration.SEARCHING,
    Registration.NOT_SEARCHING,
    Registration.UNKNOWN,
)
_SMS_ONLY: Final = (Registration.SMS_ONLY_HOME, Registration.SMS_ONLY_ROAMING)


def parse_registration(line: str) -> Registration | None:
    """The <stat> in one line of an answer; None for a line without one."""
    # An answer has <n>,<stat>[,…], a URC has <stat>[,<lac>,…] (docs/at-field-guide.md §7.4): a second field that
    # reads as a <stat> is one, since a <lac> is quoted or longer; without such a field the first is the <stat>.
    found = _LINE.match(line)
    if found is None:
        return None
    fields = [field.strip() for field in found[1].split(",")]
    if len(fields) == 1:
        return _stat(fields[0])
    second = _stat(fields[1])
    if second is not None:
        return second
    return _stat(fields[0]) if fields[1] else None  # `2,,` of the XU870 has none


def presentation(line: str) -> int | None:
    """The <n> of an answer, which URCs are switched on with; None for a line without one (3GPP TS 27.007 §7.2)."""
    found = _LINE.match(line)
    fields = [field.strip() for field in found[1].split(",")] if found is not None else []
    if len(fields) < 2 or _stat(fields[1]) is None or not _PRESENTATION.fullmatch(fields[0]):
        return None
    return int(fields[0])


def _stat(field: str) -> Registration | None:
    return Registration(int(field)) if _STAT.fullmatch(field) else None


def combine(
    cs: Registration | None, eps: Registration | None, ps: Registration | None = None
) -> Registration | None:
    """The registration that counts, of +CREG, +CEREG and +CGREG; None for a domain that is not known, or if none is.

    CS or EPS alone is enough. GPRS alone is not, except for SMS only; where it is all that is known, the registration
    is unknown. Of bad ones the most specific counts: denied, emergency, searching, idle, unknown.
    """
    for domain in (cs, eps):
        if domain is not None and domain.receives:
            return domain
    if ps in _SMS_ONLY:
        return ps
    if cs in {Registration.SEARCHING, Registration.UNKNOWN} and eps is Registration.DENIED:
        return cs  # barred from LTE all along, while the CS domain just searches
    known = {domain for domain in (cs, eps) if domain is not None}
    if not known and ps is not None:
        known = {Registration.UNKNOWN if ps.receives else ps}
    return next((stat for stat in _MOST_SPECIFIC_FIRST if stat in known), None)
