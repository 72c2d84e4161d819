"""Manual pages of every command, made from the command line itself: `man_pages.py FOLDER`.

simbank-agent.1 has what is common, simbank-agent-COMMAND.1 each command. Standard roff of man(7), nothing more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from agent import __version__
from agent.cli.app import app
from agent.cli.exit import Exit

PROGRAM = "simbank-agent"
EXIT_CODES = {
    Exit.GOOD: "success",
    Exit.PROBLEM: "a problem was found; the output names it",
    Exit.USAGE: "wrong usage",
    Exit.TRY_LATER: "try later: something is in use by another agent, or Onlinesim does not answer",
    Exit.PERMISSION: "permission denied",
    Exit.CONFIG: "config.yaml has errors",
}
FILES = {
    "/etc/simbank-agent/config.yaml": "the configuration of the service",
    "/etc/simbank-agent/api_key": "its API key, which only root can read",
    "/var/lib/simbank-agent/simbank.db": "what must survive a restart",
    "/run/simbank-agent": "shared ports, and the socket of rename, move and forget",
    "/usr/share/doc/simbank-agent": "README, docs, alert rules and a dashboard",
}
ENVIRONMENT = {
    "SIMBANK_CONFIG": "path of config.yaml",
    "SIMBANK_TOKEN": "the token of the running agent",
    "NO_COLOR": "no colours",
}


def escaped(text: str) -> str:
    """Return a text as roff prints it: no line of it is a request, and a dash is one that can be copied."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    lines = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in plain).split("\n")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def heading(name: str, title: str) -> list[str]:
    """Return the head of a page."""
    return [
        f'.TH {name.upper().replace("-", chr(92) + "-")} 1 "" "{PROGRAM} {__version__}" "SIM bank agent"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(title.rstrip('.'))}",
    ]


def terms(title: str, rows: dict[str, str]) -> list[str]:
    """Return a section of terms and what they mean, nothing without rows."""
    page = [f".SH {title}"] if rows else []
    for term, meaning in rows.items():
        page += [".TP", f".B {escaped(term)}", escaped(meaning)]
    return page


def parameters(command: Any, context: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return the arguments and the options of a command, with their help."""
    arguments: dict[str, str] = {}
    options: dict[str, str] = {}
    for one in command.get_params(context):
        record = one.get_help_record(context)
        if record is not None:
            (options if one.param_type_name == "option" else arguments)[record[0]] = record[1]
    return arguments, options


def page_of(name: str, command: Any) -> str:
    """Return the page of one command."""
    context = typer.Context(command, info_name=name)
    first, _, more = (command.help or "").partition("\n")
    arguments, options = parameters(command, context)
    usage = " ".join(command.collect_usage_pieces(context))
    page = [*heading(f"{PROGRAM}-{name}", first), ".SH SYNOPSIS", f".B {PROGRAM} {name}", escaped(usage)]
    page += [".SH DESCRIPTION", escaped(f"{first}\n{more.strip()}".strip())]
    page += [*terms("ARGUMENTS", arguments), *terms("OPTIONS", options)]
    page += [".SH SEE ALSO", f".BR {PROGRAM} (1)"]
    return "\n".join(page) + "\n"


def main_page(group: Any) -> str:
    """Return the page of the program."""
    context = typer.Context(group, info_name=PROGRAM)
    _, options = parameters(group, context)
    page = [*heading(PROGRAM, group.help), ".SH SYNOPSIS", f".B {PROGRAM}", "[OPTIONS] COMMAND [ARGS]..."]
    page += [".SH DESCRIPTION", escaped(group.help), ".PP", "Each command has a page of its own."]
    commands = {
        f"{PROGRAM}-{name}(1)": (one.help or "").split("\n")[0] for name, one in group.commands.items()
    }
    page += terms("COMMANDS", commands) + terms("OPTIONS", options)
    page += terms("EXIT STATUS", {str(int(code)): text for code, text in EXIT_CODES.items()})
    page += terms("ENVIRONMENT", ENVIRONMENT) + terms("FILES", FILES)
    return "\n".join(page) + "\n"


def pages() -> dict[str, str]:
    """Return every page by the name of its file."""
    group: Any = typer.main.get_command(app)
    made = {f"{PROGRAM}-{name}.1": page_of(name, one) for name, one in group.commands.items()}
    return {f"{PROGRAM}.1": main_page(group), **made}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in pages().items():
        (folder / file).write_text(text, encoding="utf-8")
