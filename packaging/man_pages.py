"""Manual pages of every command, made from the command line itself: `man_pages.py FOLDER [LANGUAGE]`.

simbank-agent.1 has what is common, simbank-agent-COMMAND.1 each command. Standard roff of man(7), nothing more.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from agent import __version__
from agent.cli.app import app
from agent.cli.exit import Exit
from agent.cli.help import records, usage_pieces
from agent.language import N_, _, use_language

PROGRAM = "simbank-agent"
EXIT_CODES = {
    Exit.GOOD: N_("success"),
    Exit.PROBLEM: N_("a problem was found; the output names it"),
    Exit.USAGE: N_("wrong usage"),
    Exit.TRY_LATER: N_("try later: something is in use by another agent, or Onlinesim does not answer"),
    Exit.PERMISSION: N_("permission denied"),
    Exit.CONFIG: N_("config.yaml has errors"),
}
FILES = {
    "/etc/simbank-agent/config.yaml": N_("the configuration of the service"),
    "/etc/simbank-agent/api_key": N_("its API key, which only root can read"),
    "/var/lib/simbank-agent/simbank.db": N_("what must survive a restart"),
    "/run/simbank-agent": N_("shared ports, and the socket of rename, move and forget"),
    "/usr/share/doc/simbank-agent": N_("README, docs, alert rules and a dashboard"),
}
ENVIRONMENT = {
    "SIMBANK_CONFIG": N_("path of config.yaml"),
    "SIMBANK_TOKEN": N_("the token of the running agent"),
    "LC_ALL, LC_MESSAGES, LANG": N_("the language: English or Russian; the first of them that is set counts"),
    "NO_COLOR": N_("no colours"),
}


def escaped(text: str) -> str:
    """Return a text as roff prints it: no line of it is a request, and a dash is one that can be copied.

    Letters stay what they are: the index of man looks for the word NAME of each language.
    """
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    shown = (char if char.isascii() or char.isalpha() else f"\\[u{ord(char):04X}]" for char in plain)
    lines = "".join(shown).split("\n")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def heading(name: str, title: str) -> list[str]:
    """Return the head of a page."""
    upper, what = name.upper().replace("-", "\\-"), _("SIM bank agent")
    return [
        f'.TH {upper} 1 "" "{PROGRAM} {__version__}" "{what}"',
        *section(_("NAME")),
        f"{escaped(name)} \\- {escaped(title.rstrip('.'))}",
    ]


def section(title: str, *lines: str) -> list[str]:
    """Return a section."""
    return [f".SH {title}", *lines]


def terms(title: str, rows: Mapping[str, str]) -> list[str]:
    """Return a section of terms and what they mean, nothing without rows."""
    page = section(title) if rows else []
    for term, meaning in rows.items():
        page += [".TP", f".B {escaped(term)}", escaped(meaning)]
    return page


def translated(rows: Mapping[Any, str]) -> dict[str, str]:
    """Return a table of this file in the language of the pages."""
    return {str(int(key)) if isinstance(key, Exit) else key: _(text) for key, text in rows.items()}


def page_of(name: str, command: Any) -> str:
    """Return the page of one command."""
    context = typer.Context(command, info_name=name)
    text = inspect.cleandoc(command.help or "")
    first, _newline, more = _(text).partition("\n")
    usage = " ".join(usage_pieces(command, context))
    page = heading(f"{PROGRAM}-{name}", first)
    page += section(_("SYNOPSIS"), f".B {PROGRAM} {name}", escaped(usage))
    page += section(_("DESCRIPTION"), escaped(f"{first}\n{more.strip()}".strip()))
    page += terms(_("ARGUMENTS"), dict(records(command, context, "argument")))
    page += terms(_("OPTIONS"), dict(records(command, context, "option")))
    page += section(_("SEE ALSO"), f".BR {PROGRAM} (1)")
    return "\n".join(page) + "\n"


def main_page(group: Any) -> str:
    """Return the page of the program."""
    context = typer.Context(group, info_name=PROGRAM)
    text = inspect.cleandoc(group.help)
    page = heading(PROGRAM, _(text))
    page += section(_("SYNOPSIS"), f".B {PROGRAM}", escaped(" ".join(usage_pieces(group, context))))
    page += section(
        _("DESCRIPTION"), escaped(_(text)), ".PP", escaped(_("Each command has a page of its own."))
    )
    lines = {name: (one.help or "").split("\n")[0] for name, one in group.commands.items()}
    commands = {f"{PROGRAM}-{name}(1)": _(line) for name, line in lines.items()}
    page += terms(_("COMMANDS"), commands) + terms(_("OPTIONS"), dict(records(group, context, "option")))
    page += terms(_("EXIT STATUS"), translated(EXIT_CODES))
    page += terms(_("ENVIRONMENT"), translated(ENVIRONMENT)) + terms(_("FILES"), translated(FILES))
    return "\n".join(page) + "\n"


def pages(language: str = "en") -> dict[str, str]:
    """Return every page by the name of its file."""
    use_language(language)
    group: Any = typer.main.get_command(app)
    made = {f"{PROGRAM}-{name}.1": page_of(name, one) for name, one in group.commands.items()}
    return {f"{PROGRAM}.1": main_page(group), **made}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in pages(*sys.argv[2:]).items():
        (folder / file).write_text(text, encoding="utf-8")
