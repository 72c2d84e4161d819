"""What `check` finds: a level, a fact and its fix; the list for the terminal and the JSON of them."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from rich.console import Group
from rich.text import Text

from agent.formats.printable import printable, to_json
from agent.language import N_, _, ngettext


class Level(enum.StrEnum):
    """How much a finding matters to a run."""

    OK = "ok"
    WARNING = "warning"
    """The agent runs, but not as its operator may expect."""
    PROBLEM = "problem"
    """It prevents a good run, or costs numbers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` names the thing in a word or two, `text` is the fact, `fix` what to do or type (empty: nothing).

    `what` is in English, and one of NAMES or a name that is no word of a language; the others are in the process's.
    """

    level: Level
    what: str
    text: str
    fix: str = ""


NAMES: Final = frozenset({
    N_("API key"),
    N_("USB"),
    N_("account"),
    N_("alerts"),
    N_("clock"),
    N_("descriptors"),
    N_("files"),
    N_("fleet"),
    N_("labels"),
    N_("modules"),
    N_("numbers"),
    N_("permission"),
    N_("port"),
    N_("ports"),
    N_("store"),
})  # fmt: skip
"""What is checked, as far as it has another name in another language."""
_MARKS: Final = {Level.OK: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.PROBLEM: ("✗", "bold red")}
_PLAIN_MARKS: Final = {Level.OK: "ok", Level.WARNING: "! ", Level.PROBLEM: "x "}


def good(what: str, text: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(Level.OK, what, text)


def warning(what: str, text: str, fix: str) -> Finding:
    """A thing that may surprise."""
    return Finding(Level.WARNING, what, text, fix)


def problem(what: str, text: str, fix: str) -> Finding:
    """A thing that prevents a good run."""
    return Finding(Level.PROBLEM, what, text, fix)


def some(names: Iterable[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    given = list(names)
    rest = len(given) - most
    if rest <= 0:
        return ", ".join(given)
    text = ngettext("{names} and {n} more", "{names} and {n} more", rest)
    return text.format(names=", ".join(given[:most]), n=rest)


def listing(findings: Sequence[Finding], *, ascii_only: bool = False) -> Group:
    """The list for a rich console: a mark and the fact, the fix below it, and a line that sums it up."""
    return Group(*(_entry(finding, ascii_only=ascii_only) for finding in findings), _summary(findings))


def as_json(findings: Sequence[Finding]) -> str:
    """One JSON object: `problems` and `warnings` (counts), `findings` (level, what, text, fix)."""
    counts = Counter(found.level for found in findings)
    summary = {
        "problems": counts[Level.PROBLEM],
        "warnings": counts[Level.WARNING],
        "findings": [asdict(found) for found in findings],
    }
    return to_json(summary)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 where there is a problem, else 0."""
    return int(any(found.level is Level.PROBLEM for found in findings))


def _entry(finding: Finding, *, ascii_only: bool) -> Text:
    mark, style = _MARKS[finding.level]
    text = Text(f"{_PLAIN_MARKS[finding.level] if ascii_only else mark} ", style=style)
    text.append(f"{_(finding.what)}: ", style="bold not dim")
    text.append(printable(finding.text, keep="\n"), style="not bold default")
    if finding.fix:
        text.append(
            f"\n    {'->' if ascii_only else '→'} {printable(finding.fix, keep=chr(10))}",
            style="not bold cyan",
        )
    return text


def _summary(findings: Sequence[Finding]) -> Text:
    counts = Counter(found.level for found in findings)
    problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
    if not problems and not warnings:
        return Text("\n" + _("No problems found."), style="green")
    parts = []
    if problems:
        parts.append(ngettext("{n} problem", "{n} problems", problems).format(n=problems))
    if warnings:
        parts.append(ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings))
    return Text(f"\n{', '.join(parts)}.", style="bold red" if problems else "yellow")
