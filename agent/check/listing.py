"""Findings as a list on the terminal, and as JSON.

Responsible for how they look. Must not know what they mean.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Group
from rich.text import Text

from agent.check.finding import Finding, Level, counted

_MARKS: Final = {Level.OK: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.PROBLEM: ("✗", "bold red")}
_PLAIN_MARKS: Final = {Level.OK: "ok", Level.WARNING: "! ", Level.PROBLEM: "x "}


def listing(findings: Sequence[Finding], *, ascii_only: bool = False) -> Group:
    """Make the list, for a console of rich: a mark, the fact, and below it the mend; last a line that sums it up."""
    return Group(*(_entry(finding, ascii_only=ascii_only) for finding in findings), _summary(findings))


def as_json(findings: Sequence[Finding]) -> str:
    """Make one JSON object of them."""
    listed = [
        {"level": found.level.value, "what": found.what, "text": found.text, "mend": found.mend}
        for found in findings
    ]
    counts = Counter(found.level for found in findings)
    summary = {"problems": counts[Level.PROBLEM], "warnings": counts[Level.WARNING], "findings": listed}
    return json.dumps(summary, ensure_ascii=False)


def exit_code(findings: Sequence[Finding]) -> int:
    """Give 1 where there is a problem, else 0."""
    return int(any(found.level is Level.PROBLEM for found in findings))


def _entry(finding: Finding, *, ascii_only: bool) -> Text:
    mark, style = _MARKS[finding.level]
    text = Text(f"{_PLAIN_MARKS[finding.level] if ascii_only else mark} ", style=style)
    text.append(f"{finding.what}: ", style="bold not dim")
    text.append(finding.text, style="not bold default")
    if finding.mend:
        text.append(f"\n    {'->' if ascii_only else '→'} {finding.mend}", style="not bold cyan")
    return text


def _summary(findings: Sequence[Finding]) -> Text:
    counts = Counter(found.level for found in findings)
    problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
    if not problems and not warnings:
        return Text("\nNothing stands in the way.", style="green")
    parts = [counted(count, word) for count, word in ((problems, "problem"), (warnings, "warning")) if count]
    return Text(f"\n{', '.join(parts)}.", style="bold red" if problems else "yellow")
