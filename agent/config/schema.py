"""The JSON Schema of config.yaml for editors, made from the models and the docstrings of their fields."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from typing import Any

from agent.config.models import Config
from agent.config.section import Section


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    # By pydantic's own use_attribute_docstrings each start of every command would read the sources.
    for section in _sections(Section):
        for name, text in _docstrings(section):
            if name in section.model_fields:
                section.model_fields[name].description = text
    for section in _sections(Section):
        section.model_rebuild(force=True)
    made = Config.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config.yaml of simbank-agent",
        **{name: value for name, value in made.items() if name != "title"},
    }


def _sections(base: type[Section]) -> Iterator[type[Section]]:
    """Yield all groups of keys, those that others are made of first."""
    for section in base.__subclasses__():
        yield from _sections(section)
        yield section


def _docstrings(section: type[Section]) -> Iterator[tuple[str, str]]:
    """Yield each field whose docstring stands below it."""
    [source] = ast.parse(textwrap.dedent(inspect.getsource(section))).body
    body = source.body if isinstance(source, ast.ClassDef) else []
    for field, below in itertools.pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
