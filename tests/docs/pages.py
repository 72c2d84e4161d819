"""The documents as text that tests can ask: headings, code, tables, links.

Shared by the tests of the documents; reads Markdown as far as ours uses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
README_RU = ROOT / "README.ru.md"
DOCS = ROOT / "docs"
ALL = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@dataclass(frozen=True)
class Code:
    """A fenced block: its language, whatever stands behind that on the opening line, its text, and its line."""

    language: str
    label: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def codes(self) -> list[Code]:
        """Every fenced block, those within lists too."""
        found, lines, inside = [], [], None
        for number, line in enumerate(self.text.splitlines(), start=1):
            fence = re.match(r"( *)```(\S*) ?(.*)", line)
            if fence is not None and inside is None:
                inside, lines = (len(fence[1]), fence[2], fence[3], number), []
            elif fence is not None:
                indent, language, label, start = inside
                found.append(Code(language, label, "".join(f"{one[indent:]}\n" for one in lines), start))
                inside = None
            elif inside is not None:
                lines.append(line)
        return found

    @cached_property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return re.sub(r"(?ms)^ *```.*?^ *```$", "", self.text)

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading."""
        return [(len(marks), text) for marks, text in re.findall(r"(?m)^(#+) (.+)$", self.prose)]

    @cached_property
    def anchors(self) -> list[str]:
        """What a link to each heading of this page ends with."""
        return [anchor_of(text) for _, text in self.headings]

    @cached_property
    def links(self) -> list[str]:
        """The targets of all links and pictures."""
        return re.findall(r"\]\(([^)\s]+)\)", self.prose)

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next of its level or above."""
        level = next(level for level, text in self.headings if text == heading)
        below = self.text.split(f"{'#' * level} {heading}\n", 1)[1]
        return re.split(rf"(?m)^#{{1,{level}}} ", below, maxsplit=1)[0]

    def table(self, heading: str) -> list[list[str]]:
        """The rows of the first table in a section, without its head."""
        return next(iter(self.tables(heading)), [])

    def tables(self, heading: str) -> list[list[list[str]]]:
        """The rows of each table in a section, without its head."""
        found = re.findall(r"(?m)(?:^\|.*\n)+", self.section(heading) + "\n")
        return [
            [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines()[2:]]
            for table in found
        ]


def anchor_of(heading: str) -> str:
    """Return what a link to a heading ends with, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def quoted(text: str) -> set[str]:
    """Everything that stands in backticks."""
    return set(re.findall(r"`([^`]+)`", text))
