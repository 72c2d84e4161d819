"""Telephone numbers as people, spreadsheets and cards write them: which digits a text has, or why it is no one number.

The one reader for `sims`, `sims_file` and what modules tell. It knows no country: what the digits mean is in e164.py.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from agent.formats.number_fault import Fault, Objection

_MOST_DIGITS: Final = 15
"""E.164 §6.2.1, country calling code included."""
_MOST_DIALLED: Final = 19
"""The same behind an international prefix such as 00 or 0011."""
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_SAME: Final = {
    "\uff0b": "+",
    "\ufe62": "+",
    "\uff08": "(",
    "\uff09": ")",
    "\uff0e": ".",
    "\uff0f": "/",
    "[": "(",
    "]": ")",
}
_INVISIBLE_MARKS: Final = frozenset("\u034f\ufe0e\ufe0f")
"""Invisible, though their Unicode category is not that of format characters."""

_ROUNDED: Final = re.compile(r"\+?\d+(?:[.,]\d*)?e\+?\d+", re.IGNORECASE)
_WHOLE: Final = re.compile(r"(\+?\d{7,})[.,]0*")
"""A whole number that a program wrote with a decimal point."""
_DATE: Final = re.compile(
    r"(?:(?P<y1>\d{4})(?P<s1>[-./])(?P<a1>\d\d?)(?P=s1)(?P<b1>\d\d?)"
    r"|(?P<a2>\d\d?)(?P<s2>[-./ ])(?P<b2>\d\d?)(?P=s2)(?P<y2>\d{4}|(?<! )\d\d))(?:[ T]\d\d?[:.]\d\d.*)?"
)
_DAY_OF_SPREADSHEET: Final = re.compile(r"[3-5]\d{4}\.\d+")
"""Days since 1900, with the time of day: the years 1982 to 2064."""
_MONTH: Final = re.compile(r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-./](?:19|20)\d\d")
_PART: Final = re.compile(r"(?P<gap> ?[-./]? ?)(?:\((?P<inside>\d[\d -]{0,6})\)|(?P<plain>\d+))")
_LONGEST_BEFORE_BRACKETS: Final = 6
"""Digits before an area code in brackets: 00 380 (67), 8 10 46 (70)."""
_WHOLE_ALONE: Final = 9
"""A group of so many digits is a number by itself: what follows is not its end."""
_WHOLE_LOCALLY: Final = 7
"""The same where only one or two digits follow."""
_LONG: Final = 12
"""With so many digits, the last dash in 070-174 00 00-01 begins something else."""


@dataclass(frozen=True, slots=True)
class Written:
    """The digits of one number. `plus`: they begin with the country calling code, for they have a + in front.

    `bracketed_zero` is the place among `digits` of a zero that stood first in brackets behind a country code, as in
    +46 (0)70 and +46 (070); it is not one of them. -1 for none.
    """

    digits: str
    plus: bool
    bracketed_zero: int = -1
    last_group: int = field(default=0, compare=False)
    """Digits of the last group, 0 where there is only one: they may be an extension or the last digits of a second
    number."""

    def __str__(self) -> str:
        """Return it as `read` takes it, without what means nothing."""
        at = self.bracketed_zero
        digits = f"{self.digits[:at]}(0){self.digits[at:]}" if at > 0 else self.digits
        return f"+{digits}" if self.plus else digits

    @property
    def with_zero(self) -> str:
        """The digits with the zero that stood in brackets, where there is one."""
        at = self.bracketed_zero
        return f"{self.digits[:at]}0{self.digits[at:]}" if at > 0 else self.digits


def read(text: str) -> Written | Objection:
    """Return the number that all of `text` is.

    Blanks, dashes, dots, brackets and a slash behind the area code may group the digits.
    """
    plain = visible(text).strip()
    if whole := _WHOLE.fullmatch(plain):
        plain = whole[1]
    objection = _no_number(plain)
    if objection is not None:
        return objection
    plus = plain.startswith(("+", "(+"))
    plain = re.sub(r"^\+ ?|^\(\+ ?(\d{1,4})\)", r"\1", plain)
    if "+" in plain:
        return Objection(Fault.PLUS)
    written = _grouped(plain, plus=plus)
    if written is None:
        return Objection(Fault.SEVERAL)
    if not 4 <= len(written.digits) <= (_MOST_DIGITS if plus else _MOST_DIALLED):
        return Objection(Fault.LENGTH)
    return written


def visible(text: str) -> str:
    """Return `text` without characters that only steer its display, with plain blanks, dashes, digits and brackets."""
    return "".join(map(_plain, text))


def without_invisible(text: str) -> str:
    """Return `text` without characters that only steer its display."""
    return "".join(char for char in text if not _is_invisible(char))


def odd_character(text: str, allowed: str) -> str:
    """Return the first character that is neither a digit nor one of `allowed`, "" for none."""
    return next((char for char in text if char not in "0123456789" and char not in allowed), "")


def may_be_day(digits: str) -> bool:
    """Return whether eight digits are a day of the calendar written without gaps: 20261130, 30112026."""
    year_first = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return len(digits) == 8 and (_is_date(year_first) or _is_date(f"{digits[:2]}-{digits[2:4]}-{digits[4:]}"))


def _plain(char: str) -> str:
    if char.isascii() and char not in "\t\v\f\r\n":
        return _SAME.get(char, char)
    if char.isspace():
        return " "
    if char in _DASHES:
        return "-"
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if _is_invisible(char):
        return ""
    return _SAME.get(char, char)


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) == "Cf" or char in _INVISIBLE_MARKS


def _no_number(plain: str) -> Objection | None:
    if _ROUNDED.fullmatch(plain):
        return Objection(Fault.ROUNDED)
    if _is_date(plain):
        return Objection(Fault.DATE)
    odd = odd_character(plain, "+ -./()") or odd_character(plain[:1], "+(")
    return Objection(Fault.CHARACTER, odd) if odd else None


def _is_date(plain: str) -> bool:
    found = _DATE.fullmatch(plain)
    if found is None:
        return bool(_MONTH.fullmatch(plain) or _DAY_OF_SPREADSHEET.fullmatch(plain))
    year = found["y1"] or found["y2"]
    if len(year) == 4 and year[:2] not in {"19", "20"}:
        return False
    one, other = sorted((int(found["a1"] or found["a2"]), int(found["b1"] or found["b2"])))
    return 1 <= one <= 12 and 1 <= other <= 31


def _grouped(plain: str, *, plus: bool) -> Written | None:
    """The digits of a text of digits, gaps and brackets; None where the gaps are not those of one number."""
    groups: list[str] = []
    gaps: list[str] = []
    before, place, zero = "", 0, -1
    plain = re.sub(r" +", " ", plain).strip().removesuffix(".")
    plain = plain.replace("( ", "(").replace(" )", ")")
    while place < len(plain):
        part = _PART.match(plain, place)
        if part is None:
            return None
        place = part.end()
        group = re.sub(r"[ -]", "", part["plain"] or part["inside"])
        if part["inside"] and (len(before) > _LONGEST_BEFORE_BRACKETS or not plain[place:]):
            return None
        if (
            part["inside"]
            and before
            and (group == "0" or (group[0] == "0" and (plus or before.startswith("00"))))
        ):
            if zero >= 0:
                return None
            zero, group = len(before), group[1:]
            if not group:
                continue
        if groups:
            gaps.append(part["gap"].strip() or " ")
        groups.append(group)
        before += group
    if not _is_one(groups, gaps, plus=plus):
        return None
    return Written(before, plus, zero, last_group=len(groups[-1]) if gaps else 0)


def _is_one(groups: list[str], gaps: list[str], *, plus: bool) -> bool:
    """Whether groups of digits are the parts of one number, and not a number with something behind it."""
    digits = "".join(groups)
    if any(len(group) >= _WHOLE_ALONE for group in groups[:-1]):
        return False
    if len(groups) > 1 and len(groups[-1]) <= 2:
        if len(groups[-2]) >= _WHOLE_LOCALLY:
            return False
        even = len(gaps) > 1 and len(set(gaps)) == 1 and len(set(map(len, groups[:-1]))) == 1
        if gaps[-1] != " " and len(groups[-1]) == 1 and not even:
            return False
        if gaps[-1] != " " and gaps[-2:-1] == [" "] and len(digits) >= _LONG:
            return False
    if "/" in gaps and not _is_area_code(groups, gaps, plus=plus):
        return False
    halves = (("".join(groups[:at]), "".join(groups[at:])) for at in range(1, len(groups)))
    return plus or digits.startswith("00") or not any(_repeated(*half) for half in halves)


def _is_area_code(groups: list[str], gaps: list[str], *, plus: bool) -> bool:
    """Whether what stands before the one slash is an area code, and the number itself behind it."""
    at = gaps.index("/") + 1
    before, behind = "".join(groups[:at]), "".join(groups[at:])
    dialled = plus or before.startswith("00")
    short = len(before) <= 8 if dialled else len(before) <= 6 and before[0] == "0"
    return gaps.count("/") == 1 and short and len(behind) >= 4 and not _repeated(before, behind)


def _repeated(one: str, other: str) -> bool:
    """Whether these are two numbers of one place rather than the halves of one."""
    return min(len(one), len(other)) >= 6 and abs(len(one) - len(other)) <= 2 and one[:3] == other[:3]
