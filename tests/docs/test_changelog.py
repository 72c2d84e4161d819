"""CHANGELOG.md: its newest version is the program's, and its sections are the agreed ones."""

from __future__ import annotations

import re

from agent import __version__
from tests.docs.pages import ROOT, Page

PAGE = Page(ROOT / "CHANGELOG.md")
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_newest_version_is_that_of_the_program():
    newest = next(text for level, text in PAGE.headings if level == 2)

    assert newest.split()[0] == __version__


def test_each_version_has_a_date_or_is_unreleased():
    versions = [text for level, text in PAGE.headings if level == 2]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \((unreleased|\d{4}-\d\d-\d\d)\)", text) for text in versions)


def test_the_sections_are_the_agreed_ones():
    assert {text for level, text in PAGE.headings if level == 3} <= SECTIONS
