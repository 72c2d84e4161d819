"""+COPS?: the name or code of the serving network, for people (3GPP TS 27.007 §7.3, docs/at-field-guide.md §8)."""

from __future__ import annotations

import re

from drivers.at.replies.fields import octets, ucs2
from drivers.at.replies.text import decoded_name, without_controls

_LINE = re.compile(r"\+COPS\s*:\s*\d+\s*,\s*(?:\d+\s*)?,(.*)", re.IGNORECASE | re.DOTALL)
_ACCESS = re.compile(r",\s*\d{1,2}\s*$")


def parse_operator(line: str) -> str | None:
    """The long name, short name or digits, whichever the module prints; None for none, and for unreadable bytes."""
    # Quotes may be missing or single, "@", control and high bytes may trail, and it may be UCS2 in hex.
    found = _LINE.match(line)
    if found is None:
        return None
    name = _ACCESS.sub("", found[1]).strip(' "')
    if len(name) >= 8 and len(name) % 4 == 0 and octets(name) is not None:
        text = without_controls(ucs2(name) or "")
    else:
        text = decoded_name(name) or ""
    name = text.strip(' "')
    return None if not name or name.lower() == "unknown" else name
