"""What `--install-completion` says, in the language of the process: typer has no catalogue for it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Final

from agent.language import N_, Retelling, current_language

_OPTION: Final = "--install-completion"
_said: Final = Retelling(
    N_("{shell} completion installed in {path}"),
    N_("Completion will take effect once you restart the terminal"),
    N_("Shell {shell} is not supported."),
)


@contextlib.contextmanager
def completion_said_in_our_language(arguments: Sequence[str]) -> Iterator[None]:
    """Translate the lines that the block prints, where it installs the completion and the language is not English."""
    if current_language() == "en" or not any(one.startswith(_OPTION) for one in arguments):
        yield
        return
    lines = io.StringIO()
    try:
        with contextlib.redirect_stdout(lines):
            yield
    finally:
        for line in lines.getvalue().splitlines():
            print(_said(line, current_language()))
