"""Every text for people is in the catalogues, and every text there has its Russian. After a change: `make texts`."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from agent.language.translation import DOMAINS
from tests.language.catalogues import (
    ALL_DOMAINS,
    ROOT,
    expected_files,
    first_form,
    is_translated,
    source_files,
    translated,
)
from tests.language.english import english_in
from tests.language.source_texts import FORMS, called


@pytest.fixture(scope="module")
def catalogues():
    return {domain: [one for one in translated(domain) if one.id] for domain in ALL_DOMAINS}


def words_in_braces(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def percents(text):
    return re.findall(r"%(?:\(\w+\))?[.\d]*[a-z]", text)


def strings(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_catalogues_are_what_the_source_says_and_what_the_program_reads_is_made_from_them():
    for path, content in expected_files().items():
        name = path.relative_to(ROOT)
        assert path.exists(), f"{name} is missing: run `make texts`"
        assert path.read_bytes() == content, (
            f"{name} is not what the texts are now: run `make texts`, and commit it"
        )


@pytest.mark.parametrize("domain", ALL_DOMAINS)
def test_every_text_is_translated(catalogues, domain):
    waiting = [first_form(one) for one in catalogues[domain] if not is_translated(one)]

    assert waiting == [], f"write their Russian into {domain}.po, then run `make texts`"


@pytest.mark.parametrize("domain", ALL_DOMAINS)
def test_the_same_values_are_in_both_languages_and_each_form(catalogues, domain):
    for one in catalogues[domain]:
        english = words_in_braces(one.id if isinstance(one.id, str) else one.id[1])
        for text in strings(one):
            assert words_in_braces(text) == english, (
                f"{domain}.po: then run `make texts`",
                first_form(one),
                text,
            )
            assert percents(text) == percents(first_form(one)), (f"{domain}.po", first_form(one), text)


@pytest.mark.parametrize("domain", ALL_DOMAINS)
def test_a_number_has_its_three_forms(catalogues, domain):
    for one in catalogues[domain]:
        assert len(strings(one)) == (3 if one.pluralizable else 1), f"{domain}.po: {first_form(one)}"


@pytest.mark.parametrize("domain", ALL_DOMAINS)
def test_a_translation_begins_and_ends_as_its_source(catalogues, domain):
    for one in catalogues[domain]:
        for text in strings(one):
            for edge in (r"^\s*", r"\s*$"):
                assert re.search(edge, text)[0] == re.search(edge, first_form(one))[0], (domain, text)


@pytest.mark.parametrize("domain", ALL_DOMAINS)
def test_no_english_sentence_is_left_in_the_russian(catalogues, domain):
    assert [text for one in catalogues[domain] for text in strings(one) if english_in(text)] == []


def test_an_english_sentence_is_found():
    assert english_in("Port1: нет SIM-карты, no answer to") == "no answer to"
    assert not english_in("впишите в config.yaml, `simbank-agent check` покажет; TLS: curl -v")


def test_a_text_of_two_catalogues_is_the_same_in_both(catalogues):
    seen = {}
    for domain in DOMAINS:
        for one in catalogues[domain]:
            key = (one.context, first_form(one))
            assert seen.setdefault(key, strings(one)) == strings(one), f"{domain}.po: {first_form(one)}"


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in FORMS:
            yield called(node), node


def wrong_in(source):
    """What gettext would not find, or would not call."""
    tree = ast.parse(source)
    for name, call in calls(tree):
        first = call.args[0] if call.args else None
        chosen = [first.body, first.orelse] if isinstance(first, ast.IfExp) else []
        literals = any(isinstance(part, ast.Constant) for part in chosen)
        if literals or isinstance(first, ast.JoinedStr | ast.BinOp | ast.Call):
            yield f"{call.lineno}: {name}() takes a literal or a marked text; values come after it, by .format"
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == "_"]
            if any(isinstance(node.ctx, ast.Store) for node in names) and any(
                name == "_" for name, _ in calls(function)
            ):
                yield f"{function.lineno}: {function.name} uses _ as a variable and as a function"


def test_texts_are_written_so_that_they_can_be_translated():
    for name, path in source_files():
        source = path.read_text(encoding="utf-8")
        if "agent.language" in source and not name.startswith("agent/language/"):
            assert list(wrong_in(source)) == [], name


@pytest.mark.parametrize(
    "wrong",
    [
        '_(f"{n} SIMs")',
        '_("a" + b)',
        '_("{n}".format(n=1))',
        'def f():\n    for _ in (): pass\n    return _("a")',
    ],
)
def test_what_cannot_be_translated_is_found(wrong):
    assert list(wrong_in(wrong))
