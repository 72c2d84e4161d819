"""Words that a module sends, as text for people: names, models, operators, errors (docs/at-field-guide.md §8).

A line is latin-1 up to here, so that none is lost to its encoding; what it was meant to be is decided where it becomes
a value. What cannot be decided is not text.
"""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 120
"""Characters of one text; nothing that a module says of itself is longer."""

_CHINESE_NAMES: Final = ("中国", "中华", "中國", "中華")
_NOISE: Final = bytes([*range(0x20), 0x40, *range(0x7F, 0x100)])
"""What some firmware leaves behind a name: "@", control bytes, bytes above ASCII (asterisk-chan-dongle)."""
_CONTROLS: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
_LETTERS: Final = range(0xA0, 0xFF)


def decoded(line: str) -> str | None:
    """The text of a latin-1 line: ASCII, UTF-8, or GBK; None for bytes that could be several things."""
    # Bytes that are no UTF-8 may be Latin-1, cp1251, KOI8-R or GBK, and most of them are valid in all of these. GBK is
    # certain only by the words that Chinese operators' names begin with.
    if line.isascii():
        return without_controls(line)
    try:
        raw = line.encode("latin-1")
    except UnicodeEncodeError:
        return without_controls(line)  # it was decoded already
    try:
        return without_controls(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return _chinese(raw)


def decoded_name(line: str) -> str | None:
    """The same for a name with noise behind it, which is cut off."""
    text = decoded(line)
    if text is not None:
        return text.rstrip("@\ufffd ")
    raw = line.encode("latin-1", errors="ignore")
    bare = raw.rstrip(_NOISE)
    if len(bare) == len(raw) or raw[len(bare)] in _LETTERS:
        return None  # it may be the end of the name
    try:
        return without_controls(bare.decode("utf-8"))
    except UnicodeDecodeError:
        return _chinese(bare)


def _chinese(raw: bytes) -> str | None:
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError:
        return None
    beyond = text.lstrip("".join(map(chr, range(0x80))))
    return without_controls(text) if beyond.startswith(_CHINESE_NAMES) else None


def legible(line: str) -> str:
    """The same for an error's text, of which something has to be shown: at least its ASCII."""
    text = decoded(line)
    return text if text is not None else without_controls(line.encode("ascii", errors="ignore").decode())


def is_words(line: str) -> bool:
    """Whether a line is nothing but text: noise is not."""
    return line.isprintable() or (bool(decoded(line)) and not _CONTROLS.intersection(line))


def without_controls(text: str) -> str:
    """The text without what a terminal, page or log may act upon: controls, bidi and format characters; bounded.

    Letters of every script stay; line breaks and other white space become one blank each.
    """
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return "".join(kept)[:LONGEST]
