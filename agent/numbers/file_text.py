"""The text of a sims_file in the encodings that spreadsheets write, and why one cannot be read."""

from __future__ import annotations

import codecs
import errno
from dataclasses import dataclass
from typing import Final

from agent.language import N_, _

MOST_BYTES: Final = 2 * 1024 * 1024
"""Some 60,000 rows, which take five seconds."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How .xlsx, .ods and .xls begin."""
_SAVE: Final = N_("save it as CSV UTF-8")
_RESTORE: Final = N_("restore it, or let `simbank-agent sims --write` write it again")
_CYRILLIC: Final = frozenset(map(chr, range(0x410, 0x450))) | frozenset("Ёё")


class UnreadableFile(Exception):
    """The file as a whole cannot be read: `reason`, for the catalogue, and what to do in the process's language."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def now_empty() -> UnreadableFile:
    """A file that had rows: an editor or a power cut emptied it."""
    return UnreadableFile(
        N_("it is empty, and it had rows before"),
        _(_RESTORE),
    )


def why_unreadable(why: OSError | TimeoutError, name: str) -> UnreadableFile:
    """Return why the disk did not give a file; `name` is its path as a shell takes it."""
    if isinstance(why, FileNotFoundError):
        return UnreadableFile(N_("there is no such file"), _(_RESTORE))
    if isinstance(why, PermissionError):
        hint = _("give the agent's user the right to read it: `ls -l {file}`")
        return UnreadableFile(N_("permission denied"), hint.format(file=name))
    if isinstance(why, TimeoutError) and why.errno is None:
        return UnreadableFile(N_("the disk does not answer"), _("see `sudo dmesg`"))
    reason = _KINDS.get(why.errno or 0) or (why.strerror or str(why)).lower()
    return UnreadableFile(reason, _("name a CSV file there"))


_KINDS: Final = {
    errno.EISDIR: N_("it is a folder"),
    errno.EINVAL: N_("it is a device, a pipe or a socket"),
    errno.EFBIG: N_("it is larger than 2 MB"),
}


@dataclass(frozen=True, slots=True)
class FileText:
    """The text, with its byte order mark, and the codec for text that is added to it."""

    text: str
    codec: str


def decode(content: bytes) -> FileText:
    """Return the text of a file: UTF-8, UTF-16 or UTF-32 with their marks, and the code pages of Windows and DOS.

    A character that the encoding does not have becomes U+FFFD; digits and separators are the same in all of them.
    Raises UnreadableFile for what is no text.
    """
    if content.startswith(_WORKBOOKS):
        raise UnreadableFile(N_("it is a workbook of a spreadsheet"), _(_SAVE))
    codec = next((codec for mark, codec in _MARKS if content.startswith(mark)), None) or _unmarked(content)
    text = content.decode(codec, "replace")
    if "\0" in text:
        raise UnreadableFile(N_("it is not text"), _(_SAVE))
    return FileText(text, codec)


def _unmarked(content: bytes) -> str:
    """The codec of a file without a mark."""
    if b"\0" in content[:2]:
        return "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged <= sum(char > "\x7f" for char in text) - damaged:
        return "utf-8"
    # Russian Windows saves CSV in its code page 1251, and "CSV (MS-DOS)" in 866; others in 1252.
    return max(("cp1251", "cp866", "cp1252"), key=lambda codec: _likelihood(content.decode(codec, "replace")))


def _likelihood(text: str) -> int:
    """How many letters look right: Cyrillic ones not beside Latin ones, lower case after the first of a word."""
    points, before = 0, " "
    for char in text:
        if char in _CYRILLIC:
            odd = _is_latin(before) or (char.isupper() and before.islower())
            points += -2 if odd else 2
        elif _is_latin(char):
            points -= 2 if before in _CYRILLIC else 0
        elif not char.isascii():
            points += 1 if char.isalpha() and _is_latin(before) else -1
        before = char
    return points


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()
