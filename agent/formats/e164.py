"""Telephone numbers in international form (ITU-T E.164).

Responsible for what counts as a number with its calling code, and for turning a national number into one. The
only file that knows phonenumbers. Must not know SIMs, nor where a number comes from.
"""

from __future__ import annotations

import re

import phonenumbers

_WRITTEN = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
"""E.164 §6.2.1 allows 15 digits; no country has subscribers with fewer than seven, calling code included."""

_LONGEST_CALLING_CODE = 3


def calling_code(number: str) -> int | None:
    """The country calling code at the head of `number` ("+46…"), None where no country has such a code.

    Calling codes are free of prefixes of each other, so the digits after it do not matter: what Onlinesim
    calls country_id is known for numbers that no numbering plan lists.
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
    """Whether `number` is a `+` and seven to fifteen digits that begin with a calling code, nothing else."""
    return _WRITTEN.fullmatch(number) is not None and calling_code(number) is not None


def is_possible(number: str) -> bool:
    """Whether the numbering plan of its country knows numbers of this length."""
    return international(number, None) is not None


def is_assigned(number: str) -> bool:
    """Whether the published lists know the range of `number`. The newest ranges are missing there: a doubt at most."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def international(text: str, region: str | None) -> str | None:
    """`text` in E.164 form, None where it cannot be a number of one subscriber.

    `region` (ISO 3166 alpha-2) is the country of a number that is written nationally. "Possible" is asked,
    not "valid": the lists of number ranges are older than the newest ranges. A local number without its area
    is not possible, because nobody abroad could send to it.
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
    """The main country of a calling code; None where it belongs to none (870, 882, …) or does not exist."""
    region = phonenumbers.region_code_for_country_code(code)
    return None if region in {"ZZ", "001"} else region
