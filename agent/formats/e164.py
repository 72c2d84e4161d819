"""Telephone numbers in international form (ITU-T E.164). The only file that uses phonenumbers."""

from __future__ import annotations

import re

import phonenumbers

_WRITTEN = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
"""E.164 §6.2.1 allows 15 digits; no country has fewer than seven, calling code included."""

_LONGEST_CALLING_CODE = 3


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


def region_of(code: int) -> str | None:
    """Return the main country of a calling code; None if it belongs to none (870, 882, …) or does not exist."""
    region = phonenumbers.region_code_for_country_code(code)
    return None if region in {"ZZ", "001"} else region
