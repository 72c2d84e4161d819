"""Each Russian document says what its English twin says, and leads a Russian reader to Russian pages."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, Code, Page
from tests.docs.twins import CYRILLIC, TWINS, first_difference, links_of, table_sizes, typed, unannounced

PAIRS = [pytest.param(Page(ours), Page(theirs), id=theirs.name) for ours, theirs in TWINS.items()]
FOR_OPERATORS = {"README", "alerts", "fleet", "operations", "shared-ports", "troubleshooting", "what-it-asks"}
TOP = 12
"""Lines within which a document names its twin."""


def test_what_an_operator_needs_is_there_in_russian():
    assert {path.stem for path in TWINS} >= FOR_OPERATORS
    assert [path.name for path in TWINS if not path.exists()] == []


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_each_names_the_other_at_its_top(english, russian):
    for page, other in ((english, russian), (russian, english)):
        assert f"]({other.path.name})" in "\n".join(page.text.splitlines()[:TOP])


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_the_headings_are_as_many_and_of_the_same_levels(english, russian):
    assert [level for level, _ in english.headings] == [level for level, _ in russian.headings]


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_the_examples_are_the_same(english, russian):
    assert len(english.codes) == len(russian.codes)
    pairs = zip(english.codes, russian.codes, strict=True)

    assert [different for one, other in pairs if (different := first_difference(one, other))] == []


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_all_that_is_typed_stands_in_both(english, russian):
    assert typed(english) == typed(russian)


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_the_links_lead_to_the_same_places(english, russian):
    assert links_of(english) == links_of(russian)


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_the_tables_have_as_many_rows(english, russian):
    assert table_sizes(english) == table_sizes(russian)


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_a_link_to_an_english_page_says_so(english, russian):
    assert english.path in TWINS
    assert unannounced(russian) == []


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_a_link_leads_to_the_page_of_the_readers_language(english, russian):
    def strays(page, others):
        return [
            link for link in page.links if (page.path.parent / link.partition("#")[0]).resolve() in others
        ]

    assert strays(english, TWINS.values()) == [russian.path.name]
    assert strays(russian, TWINS) == [english.path.name]


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_the_russian_page_is_in_russian(english, russian):
    assert english.path.name == russian.path.name.replace(".ru.", ".")
    latin = [text for _, text in russian.headings[1:] if not CYRILLIC.search(text)]

    assert {*latin} <= {text for _, text in english.headings}
    assert all(CYRILLIC.search(block) for block in russian.prose.split("\n\n") if len(block) > 400)


def test_a_difference_is_noticed():
    def code(text):
        return Code("console", "", text, 1)

    ours = code("stop  # now\nbox |   two hosts |\n")
    assert first_difference(ours, code("stop  # сейчас\nbox | две машины |\n")) == ""
    assert first_difference(ours, code("start\nbox | две машины |\n")) == "start"
    assert first_difference(ours, code("stop\nbag | две машины |\n")) == "bag | две машины |"
    assert first_difference(ours, code("stop\n")) == "console, 1 lines"


def test_the_readme_leads_to_every_russian_page():
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in Page(ROOT / "README.ru.md").links}

    assert {*TWINS.values()} - {ROOT / "README.ru.md"} <= linked
