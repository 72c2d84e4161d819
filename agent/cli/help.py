"""How help is written: in the language of the process, whole sentences for commands, arguments by their plain names.

Help texts stand in English where options and commands are defined; what puts them into the catalogue reads them there
(tests/language/command_line.py). Metavariables such as FILE stay, as in the documents.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from agent.cli.completion import completion_said_in_our_language
from agent.cli.usage_errors import said_in_our_language
from agent.language import N_, _

_SECTIONS = (("argument", N_("Arguments")), ("option", N_("Options")))
_USAGE_PIECES = (N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
"""What click writes for them."""


def usage_pieces(command: Any, ctx: Any) -> list[str]:
    """Return what stands behind the command in its usage."""
    return [_(piece) if piece in _USAGE_PIECES else piece for piece in command.collect_usage_pieces(ctx)]


def records(command: Any, ctx: Any, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each "argument" or "option" with its help."""
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx) if parameter.param_type_name == kind else None
        if record is not None:
            name, text = record
            help_text = parameter.help or ""
            more = text.removeprefix(help_text)  # its default and its range
            yield name, _(help_text) + more.replace("default:", _("default:"))


class InOurLanguage:
    """How a command writes its help; before click's class, whose methods these are."""

    help: str | None

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the line of usage."""
        formatter.write_usage(ctx.command_path, " ".join(usage_pieces(self, ctx)), _("Usage: "))

    def format_help_text(self, _ctx: Any, formatter: Any) -> None:
        """Write what the command is for."""
        formatter.write_paragraph()
        text = inspect.cleandoc(self.help or "")
        with formatter.indentation():
            formatter.write_text(_(text))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        for kind, title in _SECTIONS:
            if rows := list(records(self, ctx, kind)):
                with formatter.section(_(title)):
                    formatter.write_dl(rows)


class WholeSentences(InOurLanguage, TyperGroup):
    """Click would cut the descriptions of commands with three dots where a line is short."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  click's signature
        """Write each command with the whole first line of its help."""
        first_lines = {name: (one.help or "").split("\n")[0] for name, one in self.commands.items()}
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, text in first_lines.items()])

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the options before the command."""
        with said_in_our_language(), completion_said_in_our_language(args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Read what comes behind the command, and run it."""
        with said_in_our_language():
            return super().invoke(ctx)


class PlainArgument(TyperArgument):
    """NAME, [NAME] where it may be left out; typer would write {NAME} and "NAME <str>"."""

    def get_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002  click's signature
        """Return it as the line of usage has it."""
        name = self.metavar or str(self.name).upper()
        return [(name if self.required else f"[{name}]") + ("..." if self.nargs != 1 else "")]

    def get_help_record(self, ctx: Any) -> tuple[str, str] | None:
        """Return its name and its help."""
        record = super().get_help_record(ctx)
        return (self.metavar or str(self.name).upper(), self.help or "") if record is not None else None


class PlainCommand(InOurLanguage, TyperCommand):
    """A command whose arguments are `PlainArgument`s."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):
                parameter.__class__ = PlainArgument


class Commands(typer.Typer):
    """A Typer whose commands are `PlainCommand`s."""

    def command(self, name: str | None = None, **options: Any) -> Callable[..., Any]:
        """Register a command."""
        return super().command(name, cls=PlainCommand, **options)


def help_texts(group: Any) -> Sequence[str]:
    """Return each help text of a program and its commands, as often as it is there."""
    context = typer.Context(group)
    found = []
    for command in (group, *group.commands.values()):
        found += [command.help, *(parameter.help for parameter in command.get_params(context))]
    return [text for text in found if text]
