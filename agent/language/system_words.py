"""What the system says of an error, in the words of the process's language or another."""

from __future__ import annotations

import os
from typing import Final

from agent.language.process import N_, _
from agent.language.translation import translation

_KNOWN: Final = (
    N_("address already in use"),
    N_("bad file descriptor"),
    N_("broken pipe"),
    N_("cannot assign requested address"),
    N_("connection refused"),
    N_("connection reset by peer"),
    N_("connection timed out"),
    N_("device or resource busy"),
    N_("disk quota exceeded"),
    N_("file exists"),
    N_("file name too long"),
    N_("file too large"),
    N_("host is down"),
    N_("input/output error"),
    N_("invalid argument"),
    N_("is a directory"),
    N_("name or service not known"),
    N_("network is down"),
    N_("network is unreachable"),
    N_("no address associated with hostname"),
    N_("no route to host"),
    N_("no space left on device"),
    N_("no such device"),
    N_("no such device or address"),
    N_("no such file or directory"),
    N_("not a directory"),
    N_("operation not permitted"),
    N_("permission denied"),
    N_("read-only file system"),
    N_("structure needs cleaning"),
    N_("temporary failure in name resolution"),
    N_("too many levels of symbolic links"),
    N_("too many open files"),
    N_("too many open files in system"),
)
"""The usual ones, as glibc has them, small: so they are sentences of the catalogue."""


def system_words(error: OSError, language: str = "en") -> str:
    """Return what the system says, without the numbers and addresses that Python adds."""
    number = error.errno or 0
    said = os.strerror(number) if number > 0 else error.strerror or str(error)
    return translation(language).gettext(said.lower())


def error_words(error: OSError) -> str:
    """Return what an error says of itself, which may be a text of ours, in the language of the process."""
    said = error.strerror or str(error)
    small = said.lower()  # as the catalogue has it; English stays as it is
    known = _(small)
    return said if known == small else known
