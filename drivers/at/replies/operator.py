"""+COPS?: the name or code of the serving network, for people (3GPP TS 27.007 §7.3, docs/at-field-guide.md §8)."""

from __future__ import annotations

import re

from drivers.at.replies.fields import ucs2

_LINE = re.compile(r"\+COPS\s*:\s*\d+\s*,\s*\d*\s*,(.*)", re.IGNORECASE | re.DOTALL)
_ACCESS = re.compile(r",\s*\d{1,2}\s*$")
_TRAILING = "".join(map(chr, [*range(0x21), 0x22, 0x40, *range(0x7F, 0x100)]))


def parse_operator(line: str) -> str | None:
    """The long name, short name or digits, whichever the module prints; None for none."""
    # Quotes may be missing or single, "@", control and high bytes may trail, and it may be UCS2 in hex.
    found = _LINE.match(line)
    if found is None:
        return None
    name = _ACCESS.sub("", found[1]).lstrip(' "').rstrip(_TRAILING)
    wide = ucs2(name) if len(name) >= 8 else None
    name = (wide or name).strip()
    return None if not name or name.lower() == "unknown" else name
