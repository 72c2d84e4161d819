"""Single values changed in the text of config.yaml; all other bytes stay, comments too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, SecretStr
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.config.problem import ConfigError, Key, Problem
from agent.config.source import compose
from agent.language import _

_FILE = "config.yaml"
LEFT_OUT = "null"
"""What stands for a secret that was left out."""
_SECRET_BY_NAME = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://(?:[^/@:]*:)?)?\$\{[^{}]*\}(?:(?::[0-9]+)?(?:/.*)?|@.*)"
    r"|https?://[^/@]*/\$\{[^{}]*\}",
    re.ASCII | re.IGNORECASE,
)
"""A value whose secret is a variable: the whole, in a URL what stands before the host or in its place, or the path."""


def set_value(text: str, key: tuple[str, ...], value: str | int) -> str:
    """Return `text` with this value for a key, which is added where it is not there.

    Raises ConfigError for invalid YAML, and where a list or a group stands in the way.
    """
    written = json.dumps(value, ensure_ascii=False)
    newline = "\r\n" if "\r\n" in text else "\n"
    holder: Node | None = compose(text, _FILE)
    if holder is None:
        return text + newline.join(_lines(key, written, 0)) + newline
    for depth, part in enumerate(key):
        if not isinstance(holder, MappingNode):
            raise _in_the_way(key[:depth])
        found = next(((name, node) for name, node in holder.value if name.value == part), None)
        if found is None:
            return _inserted(text, holder, key[depth:], written, newline)
        name, holder = found
        if isinstance(holder, ScalarNode) and not holder.value and not holder.style:  # "key:" alone
            rest = key[depth + 1 :]
            if rest:
                lines = _lines(rest, written, name.start_mark.column + 2)
                return _at(text, _behind_colon(text, name), newline + newline.join(lines))
            return _at(text, _behind_colon(text, name), f" {written}")
    if not isinstance(holder, ScalarNode):
        raise _in_the_way(key)
    return text[: holder.start_mark.index] + written + text[holder.end_mark.index :]


def without_secrets(
    text: str, config: BaseModel, *, file: str = "config.yaml"
) -> tuple[str, tuple[str, ...]]:
    """Return `text` without the secrets that are written in it, and the keys that had them.

    What ${NAME} stands for is not in the text, and stays named there. Raises ConfigError for invalid YAML.
    """
    secrets = [*secrets_of(config)]
    keys, values = {key for key, _ in secrets}, {value for _, value in secrets}
    root = compose(text, file)
    spots = {
        (node.start_mark.index, node.end_mark.index): key
        for key, node in (_scalars(root, ()) if root is not None else ())
        if str(node.value) in values or (key in keys and _is_secret_in_part(str(node.value)))
    }
    for start, end in sorted(spots, reverse=True):
        text = text[:start] + LEFT_OUT + text[end:]
    return text, tuple(dict.fromkeys(spots.values()))


def _is_secret_in_part(written: str) -> bool:
    """Whether a value with variables may hold a secret beside them."""
    return "${" in written and not _SECRET_BY_NAME.fullmatch(written)


def secrets_of(values: object, key: Key = ()) -> Iterator[tuple[str, str]]:
    """Yield every secret of a configuration behind its key; those of one list have the key of the list."""
    if isinstance(values, SecretStr):
        yield ".".join(map(str, key)), values.get_secret_value()
    elif isinstance(values, BaseModel):
        for name in type(values).model_fields:
            yield from secrets_of(getattr(values, name), (*key, name))
    elif isinstance(values, Mapping):
        for name, one in values.items():
            yield from secrets_of(one, (*key, name))
    elif isinstance(values, Sequence) and not isinstance(values, str):
        for one in values:
            yield from secrets_of(one, key)


def _scalars(node: Node, key: Key) -> Iterator[tuple[str, ScalarNode]]:
    if isinstance(node, ScalarNode):
        yield ".".join(map(str, key)), node
    elif isinstance(node, MappingNode):
        for name, value in node.value:
            yield from _scalars(value, (*key, str(name.value)))
    elif isinstance(node, SequenceNode):
        for child in node.value:
            yield from _scalars(child, key)


def _inserted(text: str, holder: MappingNode, key: tuple[str, ...], written: str, newline: str) -> str:
    """Return the text with a key that its group does not have, before the group's first one."""
    at = holder.value[0][0].start_mark if holder.value else holder.start_mark
    if holder.flow_style:
        more = f"{': {'.join(key)}: {written}{'}' * (len(key) - 1)}"
        start = holder.start_mark.index + 1
        return _at(text, start, more + (", " if holder.value else ""))
    lines = _lines(key, written, at.column)
    return _at(text, at.index, newline.join(lines).lstrip(" ") + newline + " " * at.column)


def _lines(key: tuple[str, ...], written: str, column: int) -> list[str]:
    last = len(key) - 1
    return [
        f"{' ' * (column + 2 * depth)}{part}:{f' {written}' if depth == last else ''}"
        for depth, part in enumerate(key)
    ]


def _behind_colon(text: str, name: Any) -> int:
    return text.index(":", name.end_mark.index) + 1


def _at(text: str, position: int, more: str) -> str:
    return text[:position] + more + text[position:]


def _in_the_way(key: tuple[str, ...]) -> ConfigError:
    return ConfigError(
        [Problem(file=_FILE, key=".".join(key), message=_("is no single value, so it is not changed"))]
    )
