"""IMSIs (3GPP TS 23.003 §2.2, docs/at-field-guide.md §5).

Responsible for telling an IMSI from whatever else stands in its place. Must not know operators.
"""

from __future__ import annotations

import re

_LINE = re.compile(r'(?P<prefix>\+CIMI\s*:|<IMSI>\s*:)?\s*"?(?P<digits>[0-9]{6,15})"?\s*', re.IGNORECASE)


def parse_imsi(line: str) -> str | None:
    """The IMSI of a line, else None.

    A bare one needs 14 or 15 digits, since any shorter number could stand on a line of its own; the country
    (MCC) must be one that is given out: 200 to 799, or 901 for international cards.
    """
    form = _LINE.fullmatch(line.strip())
    if form is None:
        return None
    digits = form["digits"]
    if form["prefix"] is None and len(digits) < 14:
        return None
    country = int(digits[:3])
    return digits if 200 <= country <= 799 or country == 901 else None
