"""What a Python file says to people: what it gives to gettext's functions, and what it logs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

FORMS: Final = {"_": 1, "gettext": 1, "N_": 1, "both": 1, "ngettext": 2, "N_n": 2, "both_n": 2}
"""How many texts each function takes first."""
_LOG_METHODS: Final = {"info": 0, "warning": 0, "error": 0, "critical": 0, "exception": 0, "log": 1}
"""Which argument is the text."""

Text = str | tuple[str, str]
"""A text, or its forms."""


def texts_of(content: bytes) -> Iterator[Text]:
    """Yield what a file says: what is marked, in its order, then what is logged at info and above."""
    if b"agent.language" not in content and b"log." not in content:
        return
    marked: list[tuple[int, int, Text]] = []
    logged: list[str] = []
    for node in ast.walk(ast.parse(content)):
        if not isinstance(node, ast.Call):
            continue
        if (text := _marked(node)) is not None:
            marked.append((node.end_lineno or 0, node.end_col_offset or 0, text))
        logged += _logged(node)
    yield from (text for _line, _column, text in sorted(marked, key=lambda one: one[:2]))
    yield from logged


def called(call: ast.Call) -> str:
    """Return the name of the function or method, "" where it has none."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _marked(call: ast.Call) -> Text | None:
    name = called(call)
    given: list[Any] = [getattr(part, "value", None) for part in call.args[: FORMS.get(name, 0)]]
    if not given or not all(isinstance(one, str) for one in given) or len(given) < FORMS[name]:
        return None
    return given[0] if len(given) == 1 else (given[0], given[1])


def _logged(call: ast.Call) -> Iterator[str]:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_log" | "log"), attr=method), args=args):
            first = _LOG_METHODS.get(method, len(args))
            text = args[first] if first < len(args) else None
            if isinstance(text, ast.Constant) and _has_words(text.value):
                yield text.value


def _has_words(text: str) -> bool:
    """Whether there is anything to translate besides the values."""
    return re.search(r"[a-z]", re.sub(r"%[.\d]*[a-z]", "", text)) is not None
