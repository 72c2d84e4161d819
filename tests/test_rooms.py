"""The plan of the code: rooms and nothing else, each of which says what it is for and what it must not know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP_OF_AGENT = {"__init__.py", "__main__.py", "py.typed"}
TOP_OF_DRIVERS = {"__init__.py", "errors.py", "observation.py", "offload.py", "py.typed"}
"""What drivers and agent share, and what is too small for a room."""
PACKAGES = [path.parent for top in ("agent", "drivers") for path in sorted((ROOT / top).rglob("__init__.py"))]
ROOMS = [folder for folder in PACKAGES if folder.parent in {ROOT / "agent", ROOT / "drivers"}]


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def docstring(file: Path) -> str:
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""


def test_at_the_top_there_are_only_rooms():
    assert files_of(ROOT / "agent") == TOP_OF_AGENT
    assert files_of(ROOT / "drivers") == TOP_OF_DRIVERS


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: f"{room.parent.name}.{room.name}")
def test_a_room_says_in_three_lines_what_it_is_for_and_what_it_must_not_know(room):
    text = docstring(room / "__init__.py")
    assert 2 <= len(text.splitlines()) <= 5
    assert "ust not" in text


def test_every_python_file_lies_in_a_package():
    for top in ("agent", "drivers"):
        for file in (ROOT / top).rglob("*.py"):
            assert file.parent in PACKAGES, file


def test_only_rooms_say_what_must_not_be_known():
    for top in ("agent", "drivers"):
        for file in (ROOT / top).rglob("*.py"):
            if file.name != "__init__.py":
                assert "Must not know" not in docstring(file), file
