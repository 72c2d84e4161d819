"""README.ru.md says what README.md says."""

from __future__ import annotations

import re

from tests.docs.pages import README, README_RU, Page, quoted

ENGLISH, RUSSIAN = Page(README), Page(README_RU)
WORDS = re.compile(r"#.*$", re.MULTILINE)


def test_the_headings_are_as_many_and_of_the_same_levels():
    assert [level for level, _ in ENGLISH.headings] == [level for level, _ in RUSSIAN.headings]


def test_the_examples_are_the_same_but_for_their_comments():
    def examples(page):
        return [(code.language, re.sub(r" +\n", "\n", WORDS.sub("", code.text))) for code in page.codes]

    assert examples(ENGLISH) == examples(RUSSIAN)


def test_all_that_is_typed_stands_in_both():
    def typed(page):
        return {text for text in quoted(page.prose) if re.fullmatch(r"[!-~… ]+", text)}

    assert typed(ENGLISH) == typed(RUSSIAN)


def test_the_links_lead_to_the_same_places():
    def files(page):
        links = [link for link in page.links if not link.startswith("#") and "README" not in link]
        return [link.replace(".ru.md", ".md") for link in links]  # a page that there is in Russian too

    assert files(ENGLISH) == files(RUSSIAN)


def test_the_tables_have_as_many_rows():
    def rows(page):
        return [block.count("\n") for block in re.findall(r"(?m)(?:^\|.*\n)+", page.text)]

    assert rows(ENGLISH) == rows(RUSSIAN)
