"""Telephone numbers in international form (ITU-T E.164). The only file that uses phonenumbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import phonenumbers

from agent.formats.number_fault import Fault, Objection
from agent.formats.written_number import Written, may_be_day

_WRITTEN = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
"""E.164 §6.2.1 allows 15 digits; no country has fewer than seven, calling code included."""

_LONGEST_CALLING_CODE = 3
_TOO_SHORT = 5
"""So few digits are a date of a spreadsheet or a running number, but for the mobile numbers of very small countries."""


def calling_code(number: str) -> int | None:
    """Return the country calling code of `number` ("+46…"), None if no country has such a code.

    No calling code is a prefix of another, so Onlinesim's country_id is known even for numbers outside any numbering
    plan.
    """
    if not number.startswith("+"):
        return None
    for length in range(1, _LONGEST_CALLING_CODE + 1):
        code = number[1 : 1 + length]
        known = code.isascii() and code.isdigit() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        if known and len(code) == length:
            return int(code)
    return None


def is_international(number: str) -> bool:
    """Return whether `number` is a `+` and seven to fifteen digits that begin with a calling code."""
    return _WRITTEN.fullmatch(number) is not None and calling_code(number) is not None


def is_possible(number: str) -> bool:
    """Return whether the numbering plan of its country has numbers of this length."""
    return international(number, None) is not None


def is_assigned(number: str) -> bool:
    """Return whether the range of `number` is in the published lists, which lack the newest ranges: a doubt at most."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def as_written(written: Written) -> str | Objection:
    """Return what somebody wrote with its plus, digit for digit, in E.164 form.

    No numbering plan is asked, but for a zero in brackets: +46 (0)70 has none, +39 (0)6 keeps it.
    """
    number = f"+{written.digits}"
    if not is_international(number):
        return Objection(Fault.CALLING_CODE)
    both = {number, f"+{written.with_zero}"}
    literal = [one for one in both if len(both) > 1 and _read(one[1:], None) == one]
    return _whole(_chosen(literal) if literal else number, written, as_written)


def told(written: Written) -> str | Objection:
    """Return a number that was told with its plus, in E.164 form.

    It may be longer than the plan of its country has subscribers' numbers, as those of machines are, but not shorter.
    """
    number = as_written(written)
    if isinstance(number, Objection):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return Objection(Fault.IMPOSSIBLE)
    as_mobile = phonenumbers.is_possible_number_for_type_with_reason(
        parsed, phonenumbers.PhoneNumberType.MOBILE
    )
    if as_mobile == phonenumbers.ValidationResult.TOO_LONG:
        return number
    return _read(number[1:], None) or Objection(Fault.IMPOSSIBLE)


def without_plus(written: Written, region: str) -> str | Objection:
    """Return a number without its plus in E.164 form, for a SIM of this country.

    It is read both ways, as a national number and with its country code (behind 00 too). Where these are two numbers,
    the only mobile one counts, else the only possible one.
    """
    code = code_of(region)
    readings = _national(written.with_zero, region)
    readings |= _with_code(written.digits, code) | _with_code(written.with_zero, code)
    is_day = may_be_day(written.digits)
    if is_day or len(written.digits) <= _TOO_SHORT:
        readings = set(filter(_is_mobile, readings))
    if is_day and not readings:
        return Objection(Fault.DATE)
    return _whole(_chosen(readings), written, lambda shorter: without_plus(shorter, region))


def with_country_code(written: Written, regions: Sequence[str]) -> str | Objection:
    """Return the number that digits without a plus are if they carry the code of one of these countries, or 00.

    For a SIM of whose country there is a doubt: no country's code is added. The number must be a mobile one, and the
    digits no national mobile number of these countries besides.
    """
    texts = {written.digits, written.with_zero}
    national = {one for region in regions for one in _national(written.with_zero, region)}
    carried = {one for text in texts for code in map(code_of, regions) for one in _with_code(text, code)}
    if written.digits.startswith("00"):
        carried = {one for text in texts for one in _with_code(text, 0)}
    likely = carried if written.digits.startswith("00") else set(filter(_is_mobile, carried))
    if len(likely) == 1 and not any(map(_is_mobile, national - carried)):
        return _whole(likely.pop(), written, lambda shorter: with_country_code(shorter, regions))
    return Objection(Fault.TWO_COUNTRIES if len(regions) > 1 else Fault.NO_COUNTRY)


def is_filling(number: str) -> bool:
    """Return whether a number, with its plus or without, is nothing but zeros or one digit repeated.

    A calling code and a trunk zero may stand before them.
    """
    digits = number.removeprefix(f"+{calling_code(number)}").removeprefix("+")
    return any(len(set(rest)) <= 1 for rest in (number.removeprefix("+"), digits, digits.removeprefix("0")))


def _national(digits: str, region: str) -> set[str]:
    """The number that the digits are when dialled in a country, its own trunk or international prefix taken off."""
    try:
        parsed = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return set()
    guessed = parsed.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN
    number = _read(f"{code_of(region)}{digits}", None) if guessed else _read(digits, region)
    return {number} if number is not None else set()


def _with_code(digits: str, code: int) -> set[str]:
    """The number that the digits are behind a plus, if they begin with the country's code, or with 00 and any code."""
    if digits.startswith("00"):
        number = _read(digits[2:], None)
    else:
        number = _read(digits, None) if digits.startswith(str(code)) else None
    return {number} if number is not None else set()


def _read(digits: str, region: str | None) -> str | None:
    return international(digits if region else f"+{digits}", region)


def _chosen(readings: Iterable[str]) -> str | Objection:
    readings = set(readings)
    likely = set(filter(_is_mobile, readings)) or readings
    if len(likely) == 1:
        return likely.pop()
    return Objection(Fault.DOUBT if likely else Fault.IMPOSSIBLE)


def _whole(
    number: str | Objection, written: Written, read_as: Callable[[Written], str | Objection]
) -> str | Objection:
    """The number, unless it is a mobile one only without the last group of digits: 8123 4567-001, 090-1234-5678 2."""
    if isinstance(number, Objection) or not written.last_group or is_assigned(number):
        return number
    shorter = read_as(replace(written, digits=written.digits[: -written.last_group], last_group=0))
    return Objection(Fault.SEVERAL) if isinstance(shorter, str) and _is_mobile(shorter) else number


def _is_mobile(number: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    return kind in {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def international(text: str, region: str | None) -> str | None:
    """Return `text` in E.164 form, None if it cannot be a subscriber's number.

    `region` (ISO 3166 alpha-2) is the country of a national number. The number must be "possible", not "valid": the
    lists of ranges lack the newest ones. A local number without its area code is not possible: nobody abroad could
    send to it.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE or number.extension:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if is_international(written) else None


def code_of(region: str) -> int:
    """Return the calling code of a country (ISO 3166 alpha-2); 0 for one that has none."""
    return int(phonenumbers.country_code_for_region(region))


def region_of(code: int) -> str | None:
    """Return the main country of a calling code; None if it belongs to none (870, 882, …) or does not exist."""
    region = phonenumbers.region_code_for_country_code(code)
    return None if region in {"ZZ", "001"} else region
