"""+CIMI: the IMSI (3GPP TS 23.003 §2.2, docs/at-field-guide.md §5)."""

from __future__ import annotations

import re

_LINE = re.compile(r'(?P<prefix>\+CIMI\s*:|<IMSI>\s*:)?\s*"?(?P<digits>[0-9]{6,15})"?\s*', re.IGNORECASE)


def parse_imsi(line: str) -> str | None:
    """The IMSI in a line; else None."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    digits = found["digits"]
    if found["prefix"] is None and len(digits) < 14:
        return None  # a shorter number could be anything
    mcc = int(digits[:3])
    return (
        digits if 200 <= mcc <= 799 or mcc == 901 else None
    )  # what the ITU has assigned; 901 is international
