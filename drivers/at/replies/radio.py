"""+CFUN?: whether somebody switched the radio off (3GPP TS 27.007 §8.2, docs/at-field-guide.md §3.4).

Responsible for the number. Must not know what to do about it: nothing is ever switched.
"""

from __future__ import annotations

from drivers.at.replies.fields import fields, number, prefix_and_rest


def parse_cfun(line: str) -> int | None:
    """<fun>: 0 minimum, 1 full, 4 flight mode; None for the range that some ZTE print instead."""
    prefix, rest = prefix_and_rest(line)
    return number(fields(rest)[0], 127) if prefix == "+CFUN" else None
