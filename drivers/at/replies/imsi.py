"""+CIMI: the IMSI (3GPP TS 23.003 §2.2, docs/at-field-guide.md §5)."""

from __future__ import annotations

import re
from typing import Final

# ITU-T E.212: 200 to 799 are countries; 901 is international, 991 for trials, 999 for private networks, and 001 for
# test networks (3GPP TS 36.508 §4.9).
_SHARED_AND_PRIVATE: Final = frozenset({"001", "901", "991", "999"})
_LINE = re.compile(r'(?P<prefix>\+CIMI\s*:|<IMSI>\s*:)?\s*"?(?P<digits>[0-9]{6,15})"?\s*', re.IGNORECASE)


def parse_imsi(line: str) -> str | None:
    """The IMSI in a line; else None."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    digits = found["digits"]
    if found["prefix"] is None and len(digits) < 14:
        return None  # a shorter number could be anything
    return digits if 200 <= int(digits[:3]) <= 799 or digits[:3] in _SHARED_AND_PRIVATE else None


def told_digits(line: str) -> str | None:
    """The digits of an answer that has the form of an IMSI but is none, such as a placeholder; else None."""
    found = _LINE.fullmatch(line.strip())
    return found["digits"] if found is not None and parse_imsi(line) is None else None
