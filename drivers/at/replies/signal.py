"""Signal strength in dBm: +CSQ, +CESQ, ^HCSQ, ^RSSI (3GPP TS 27.007 §8.5, §8.69; field guide §8).

Responsible for codes to dBm. Must not know what is strong enough. Codes above 31 of +CSQ, which some firmware
gives, mean nothing that could be verified, and are not known.
"""

from __future__ import annotations

from drivers.at.replies.fields import fields, number, prefix_and_rest


def parse_signal(line: str) -> int | None:
    """dBm; None for unknown, and for any other line."""
    prefix, rest = prefix_and_rest(line)
    given = fields(rest)
    if prefix in {"+CSQ", "^RSSI"}:
        return _scaled(given[0], highest=31, lowest_dbm=-113, step=2)
    if prefix == "+CESQ":
        return _cesq(given)
    if prefix == "^HCSQ" and len(given) > 1:  # <mode>,<rssi>,…
        return _scaled(given[1], highest=96, lowest_dbm=-121, step=1)
    return None


def _cesq(given: list[str]) -> int | None:
    """<rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>: whichever of LTE, UMTS, GSM is known."""
    if len(given) < 6:
        return None
    for field, highest, lowest_dbm in ((given[5], 97, -141), (given[2], 96, -121), (given[0], 63, -111)):
        dbm = _scaled(field, highest=highest, lowest_dbm=lowest_dbm, step=1)
        if dbm is not None:
            return dbm
    return None


def _scaled(field: str, *, highest: int, lowest_dbm: int, step: int) -> int | None:
    value = number(field, highest)
    return None if value is None else lowest_dbm + step * value
