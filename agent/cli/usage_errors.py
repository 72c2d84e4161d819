"""What is wrong with a command line, in the language of the process.

Click and pydantic know these sentences in English alone: typer has a copy of click without gettext. So each is known by
the text that it is made from; one that is not known stays English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from agent.cli.exit import Exit, fail
from agent.language import N_, Retelling, _, current_language

_TEXTS: Final = (
    N_("No such command {name}."),
    N_("No such command {name}. Did you mean {names}?"),
    N_("No such option: {option}"),
    N_("No such option: {option} (Possible options: {options})"),
    N_("Missing command."),
    N_("Missing argument {name}."),
    N_("Missing option {name}."),
    N_("Got unexpected extra argument(s) ({arguments})"),
    N_("Option {option} requires an argument."),
    N_("Option {option} does not take a value."),
    N_("Invalid value: {why}"),
    N_("Invalid value for {what}: {why}"),
    N_("Invalid value for {what}: Value error, {value} is not one of {possible}."),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be a valid integer, got a number with a fractional part"),
    N_("Input should be greater than or equal to {least}"),
    N_("Input should be less than or equal to {most}"),
)
_retold: Final = Retelling(*_TEXTS)


@contextmanager
def said_in_our_language() -> Iterator[None]:
    """Say what click finds wrong, where that is not English, and exit as click does: with 2."""
    try:
        yield
    except Exception as error:
        message = getattr(error, "format_message", None)
        if current_language() == "en" or message is None:
            raise
        text = message()
        context = getattr(error, "ctx", None)
        if context is not None and text == context.get_help():  # no error: it was called without arguments
            raise
        said = _("Error: {text}").format(text=_retold(text, current_language()))
        fail(Exit.USAGE, said if context is None else f"{_usage(context)}\n\n{said}")


def _usage(context: Any) -> str:
    hint = _("Try '{command} {option}' for help.")
    said = hint.format(command=context.command_path, option=context.help_option_names[0])
    return f"{context.get_usage()}\n{said}"
