"""What check, config and the readers of numbers tell people is a text of the catalogue, wherever it is put together."""

from __future__ import annotations

import ast

import pytest

from tests.language.catalogues import source_files
from tests.language.english import english_in
from tests.language.source_texts import FORMS, called

ROOMS = ("agent/check/", "agent/config/", "agent/numbers/", "agent/formats/")
OF_OTHERS = ("agent/config/yaml_words.py", "agent/numbers/csv_sheet.py")
"""Files that know what ruamel.yaml says, and what people call their columns."""
OF_PROGRAMS = {
    "is not a duration",  # nobody sees it
    "bold not dim",
    "not bold default",
    "not bold cyan",
    "connect call failed",
    "name or service",
    "cannot start any token",
    "while 'brltty' sets config",
    "not enough bandwidth for new interface configuration",
    "not enough bandwidth for altsetting",
    "not enough host controller resources",
    "no space left on device for new interface",
    "insufficient available bus power",
    "sudo udevadm control --reload && sudo udevadm trigger",
    "sudo systemctl disable --now ModemManager",
}
"""Styles, what other programs and the kernel say, and commands."""


def told_in_english(tree):
    """Each string of three and more English words that is neither a docstring nor given to the catalogue."""
    known = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in FORMS:
            known |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in known:
            yield from ((node.lineno, node.value) for _words in english_in(node.value)[:1])


def test_nothing_is_told_in_english_alone():
    found = [
        f"{name}:{line}: {text}"
        for name, path in source_files()
        if name.startswith(ROOMS) and name not in OF_OTHERS
        for line, text in told_in_english(ast.parse(path.read_text(encoding="utf-8")))
        if text not in OF_PROGRAMS
    ]

    assert found == []


@pytest.mark.parametrize(
    "source", ['problem("a", "it is not there", "")', 'f"{x} is not there"', '"a" + "it is not there"']
)
def test_a_text_that_was_forgotten_is_found(source):
    assert list(told_in_english(ast.parse(f"x = {source}")))
    assert not list(told_in_english(ast.parse('x = _("it is not there")')))
