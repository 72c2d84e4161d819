"""How help is written: whole sentences for commands, and arguments by their plain names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup


class WholeSentences(TyperGroup):
    """Click would cut the descriptions of commands with three dots where a line is short."""

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write each command with the whole first line of its help."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, (command.help or "").split("\n")[0]) for name, command in self.commands.items()]
            )


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


class PlainCommand(TyperCommand):
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
