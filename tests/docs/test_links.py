"""Links between the documents lead somewhere, and files that they name exist."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ALL, DOCS, ROOT, Page, quoted

PATHS = re.compile(r"(?:agent|drivers|tests|udev|docs|monitoring|packaging)/[\w./-]*")
OF_TESTS = sorted((ROOT / "tests").rglob("*.md"))
MAY_BE_MADE = {"tests/agent/test_x.py"}
"""What a page names as a pattern."""


@pytest.mark.parametrize("path", [*ALL, *OF_TESTS], ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    broken = []
    for link in Page(path).links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in Page(target).anchors):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path):
    example = {code.label for code in Page(DOCS / "add-a-vendor.md").codes}
    named = {text for text in quoted(Page(path).prose) if PATHS.fullmatch(text)}

    assert {
        text for text in named - example - MAY_BE_MADE - {"agent/x.py"} if not (ROOT / text).exists()
    } == set()


def test_every_page_is_linked_from_the_readme_or_from_one_that_is():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        path = ahead.pop()
        if path in reached or path.suffix != ".md" or not path.exists():
            continue
        reached.add(path)
        ahead += [
            (path.parent / link.partition("#")[0]).resolve() for link in Page(path).links if ":" not in link
        ]

    assert set(DOCS.rglob("*.md")) <= reached


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_no_document_names_a_machine_or_a_person_at_work(path):
    assert re.findall(r"/home/\w+|/tmp/\w|localhost:\d{5}", Page(path).text) == []
