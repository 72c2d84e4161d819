"""The allow-list and the commands hold nothing that the agent has no use for."""

from __future__ import annotations

import ast
import dataclasses
import functools
from pathlib import Path

import pytest

from drivers.at import commands
from drivers.at.allowlist import ALLOWED, ESCAPE, Entry
from drivers.at.commands import Command
from drivers.vendors import DIALECTS, Dialect

ROOT = Path(__file__).parents[3]
DEFINED = {name for name, value in vars(commands).items() if isinstance(value, Command)}
PARAMETERS = [commands.crsm_msisdn(28), commands.own_number_query("*100#")]
"""One command of each function that makes commands with a number inside."""


@functools.cache
def used_names() -> set[str]:
    """Every name that product code takes out of `drivers.at.commands`."""
    names: set[str] = set()
    for folder in ("agent", "drivers"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(source)) if "commands" in source else ():
                if isinstance(node, ast.ImportFrom) and node.module == "drivers.at.commands":
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    names |= {node.attr} if node.value.id == "commands" else set()
    return names


@functools.cache
def sent_texts() -> set[str]:
    """The text of every command that our code or a dialect uses."""
    fixed = {getattr(commands, name).text for name in DEFINED & used_names()}
    return fixed | {ESCAPE} | {text for dialect in DIALECTS for text in of_dialect(dialect)}


def of_dialect(dialect: Dialect) -> set[str]:
    """The text of every command that a dialect names."""
    values = [getattr(dialect, field.name) for field in dataclasses.fields(dialect)]
    flat = [each for value in values for each in (value if isinstance(value, tuple) else (value,))]
    return {command.text for command in flat if isinstance(command, Command)}


@pytest.mark.parametrize("name", sorted(DEFINED | {"crsm_msisdn", "own_number_query", "chain"}))
def test_every_command_is_used(name: str) -> None:
    assert name in used_names()


@pytest.mark.parametrize("entry", ALLOWED, ids=lambda entry: entry.shown)
def test_every_entry_of_the_allow_list_can_be_sent(entry: Entry) -> None:
    if entry.pattern is None:
        assert entry.shown in sent_texts()
    else:
        assert any(entry.pattern.fullmatch(command.text) for command in PARAMETERS)
