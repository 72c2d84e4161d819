"""+CSQ: signal strength (3GPP TS 27.007 §8.5, docs/at-field-guide.md §8)."""

from __future__ import annotations

from drivers.at.replies.fields import fields, number, prefix_and_rest


def parse_signal(line: str) -> int | None:
    """The signal in dBm; None where it is not known, and for any other line."""
    prefix, rest = prefix_and_rest(line)
    if prefix != "+CSQ":
        return None
    # Codes above 31, which some firmware gives, could not be verified.
    rssi = number(fields(rest)[0], 31)
    return None if rssi is None else -113 + 2 * rssi
