"""The parts of an information line: prefix, comma-separated fields, numbers, hex (docs/at-field-guide.md §1.1)."""

from __future__ import annotations

import re

_PREFIXED = re.compile(r"\s*([+^!#$%*]?[A-Za-z][A-Za-z0-9]*)\s*:\s*(.*)", re.DOTALL)


def prefix_and_rest(line: str) -> tuple[str, str]:
    """`+CPIN:READY` as ("+CPIN", "READY"), the prefix in upper case; ("", line) without a prefix."""
    found = _PREFIXED.fullmatch(line)
    return (found[1].upper(), found[2].strip()) if found else ("", line.strip())


def fields(text: str) -> list[str]:
    """The comma-separated fields, each without blanks and quotes, even unbalanced ones."""
    return [field.strip().strip('"').strip() for field in text.split(",")]


def number(field: str, most: int = 65_535) -> int | None:
    """A decimal number of ASCII digits up to `most`, else None."""
    if not field or len(field) > 6 or not (field.isascii() and field.isdigit()):
        return None
    value = int(field)
    return value if value <= most else None


def octets(field: str) -> bytes | None:
    """The octets of a hex string, else None."""
    try:
        return bytes.fromhex(field) if field and field.isalnum() else None
    except ValueError:
        return None


def ucs2(field: str) -> str | None:
    """The text of UCS2 in hex, as modules send it under CSCS="UCS2"; None for anything else."""
    data = octets(field) if len(field) % 4 == 0 else None
    if data is None:
        return None
    text = data.decode("utf-16-be", errors="replace").rstrip("\0\uffff")
    return (
        text if text and all(c.isprintable() or c in "\r\n" for c in text) and "\ufffd" not in text else None
    )
