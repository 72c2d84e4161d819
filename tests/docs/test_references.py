"""References to the documents resolve: `docs/NAME.md` is a file, and each `§N` behind it is one of its headings."""

from __future__ import annotations

import re
from functools import cache

from tests.docs.pages import ROOT, Page

ROOMS = ("agent", "drivers", "tests", "docs", "udev", "monitoring", "packaging")
WRITTEN = {".conf", ".js", ".md", ".py", ".rules", ".service", ".sh", ".toml", ".txt", ".yaml", ".yml"}
NAME = re.compile(r"\bdocs/((?:[\w-]+/)*[\w-]+\.md)")
GAP = r"[\s#*]*"
"""White space, line ends, and the comment marks of the next line."""
SECTION = rf"§(\d+(?:\.\d+)*)(?:,? point \d+)?(?:{GAP}\([^()]*\))?"
MORE = re.compile(rf"{GAP}{SECTION}(?:(?:[,;]|{GAP}(?:and|to|or)){GAP}{SECTION})*")
UNRESOLVED = {
    "an old name of docs/design.md": re.compile(r"\bDESIGN(?:\.md)?(?: §| \d|'s)"),
    "an old name of docs/at-field-guide.md": re.compile(r"(?i)(?<!AT )\bfield guide\b"),
    "a bare number": re.compile(r"#\d{6,}"),
}
EXAMPLES = {"tests/docs/test_references.py"}
"""Holds references that lead nowhere, on purpose."""


@cache
def texts() -> dict[str, str]:
    """Every text of the repository's rooms, by its path."""
    paths = [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in WRITTEN and path.is_file()
    ]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


@cache
def sections(page: str) -> frozenset[str]:
    """The numbers with which headings of a document begin: "4", "4.2"."""
    headings = Page(ROOT / "docs" / page).headings
    return frozenset(found[1] for _, text in headings if (found := re.match(r"(\d+(?:\.\d+)*)\b", text)))


def broken(text: str) -> list[str]:
    """What a text refers to and no document has."""
    found = []
    for name in NAME.finditer(text):
        if not (ROOT / "docs" / name[1]).is_file():
            found.append(name[0])
        elif (more := MORE.match(text, name.end())) is not None:
            numbers = re.findall(r"§(\d+(?:\.\d+)*)", more[0])
            found += [f"{name[0]} §{number}" for number in numbers if number not in sections(name[1])]
    return found


def test_every_reference_leads_to_a_heading():
    assert {
        path: bad for path, text in texts().items() if path not in EXAMPLES and (bad := broken(text))
    } == {}


def test_the_documents_are_cited_by_their_paths():
    assert [
        (path, what)
        for path, text in texts().items()
        if path not in EXAMPLES
        for what, pattern in UNRESOLVED.items()
        if pattern.search(text)
    ] == []


def test_a_broken_reference_is_noticed():
    assert broken("docs/design.md §4 and §99, docs/nowhere.md, docs/at-field-guide.md\n# §1.3 (x), §1.99") == [
        "docs/design.md §99", "docs/nowhere.md", "docs/at-field-guide.md §1.99",
    ]  # fmt: skip


def test_references_are_found_at_all():
    assert sum(len(NAME.findall(text)) for text in texts().values()) > 100
