"""The English texts of the page, read from agent/status/web/texts.js: strings, lists and groups by key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(r'\s+|//.*|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<name>\w+)|(?P<sign>[{}\[\]:,])')
FORMS = frozenset({"one", "other"})
"""The keys of a text that has plural forms in English."""


def page_texts(script: str) -> dict[str, Any]:
    """Return TEXTS of the script. Raises ValueError, with the line."""
    begin = re.search(r"export const TEXTS = (?=\{)", script)
    if begin is None:
        raise ValueError("texts.js has no `export const TEXTS = {`")
    value, _ = _value(list(_tokens(script, begin.end())), 0)
    assert isinstance(value, dict)
    return value


def flat(node: Any, path: str = "") -> Iterator[tuple[str, str | dict[str, str]]]:
    """Yield each text, or its forms, with its key: "states.selling", "banners.late.0"."""
    if isinstance(node, str) or (isinstance(node, dict) and node.keys() <= FORMS):
        yield path, node
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield from flat(child, f"{path}.{key}" if path else str(key))


def _tokens(script: str, at: int) -> Iterator[tuple[str, str, int]]:
    while at < len(script) and script[at] != ";":
        found = _TOKEN.match(script, at)
        line = script.count("\n", 0, at) + 1
        if found is None:
            raise ValueError(f'texts.js:{line}: only "texts", lists and groups may stand here')
        at = found.end()
        if found.lastgroup is not None:
            yield found.lastgroup, found[0], line


def _value(tokens: list[tuple[str, str, int]], at: int) -> tuple[Any, int]:
    kind, text, line = tokens[at]
    if kind == "text":
        return json.loads(text), at + 1
    if text not in "{[":
        raise ValueError(f"texts.js:{line}: {text!r} is no text")
    group: dict[str, Any] = {}
    items: list[Any] = []
    at += 1
    while tokens[at][1] not in "}]":
        if text == "{":
            key = json.loads(tokens[at][1]) if tokens[at][0] == "text" else tokens[at][1]
            if key in group or tokens[at + 1][1] != ":":
                raise ValueError(f"texts.js:{tokens[at][2]}: {key!r} stands here twice, or without its colon")
            group[key], at = _value(tokens, at + 2)
        else:
            item, at = _value(tokens, at)
            items.append(item)
        if tokens[at][1] == ",":
            at += 1
    return (group if text == "{" else items), at + 1
