"""The text of a YAML file as plain values that remember where they stood.

Responsible for YAML itself: syntax, keys that come twice, `${NAME}` variables, and the place of every key and
value. Must not know which keys there are. The text is composed, not constructed, so that scalars can be read as
scalars.py does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from agent.config.problem import ConfigError, Key, KeyPlace, Places, Problem, excerpt
from agent.config.scalars import plain

_VARIABLE = re.compile(r"\$(\$)?\{([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CORE = "tag:yaml.org,2002:"
_AMOUNTS = {_CORE + kind for kind in ("int", "float", "bool", "null")}
_TAGS = _AMOUNTS | {_CORE + kind for kind in ("map", "seq", "str", "timestamp", "merge", "value")}
"""What an untagged value may be by its look; what is no amount, is text."""

_MOST_VALUES = 100_000
_DEEPEST = 50


@dataclass(slots=True)
class Source:
    """One file, read.

    `data` holds dict, list, and of scalars str and what `plain` makes of them; `texts` every scalar as it was
    written, variables not yet replaced; `unreadable` the keys whose value `data` cannot hold.
    """

    places: Places
    data: Any = None
    texts: dict[Key, str] = field(default_factory=dict)
    unreadable: list[Key] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, file: str, environment: Mapping[str, str]) -> Source:
    """Read YAML. Problems that leave the rest readable are collected; a syntax error raises ConfigError."""
    source = Source(Places(file))
    root = compose(text, file)
    source.data = {} if root is None else _Reading(source, environment).value(root, ())
    return source


def compose(text: str, file: str) -> Node | None:
    """The nodes of the text, None where there are none. Raises ConfigError."""
    yaml = YAML(typ="rt", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML 1.2 §3.2.2.2 allows it, and a warning has no place
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, text, file)]) from None
    except ReaderError as error:
        raise ConfigError([_sign_problem(text, int(error.position), file)]) from None
    except (YAMLError, RecursionError, ValueError, LookupError, AttributeError, AssertionError, TypeError):
        # ruamel.yaml stumbles over some broken texts instead of telling what is broken.
        raise ConfigError(
            [Problem(file=file, line=1, column=1, message="is no YAML that can be read")]
        ) from None
    return root


def _syntax_problem(error: MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    words = error.problem or error.context or "is no YAML that can be read"
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    line = min(line, len(lines) - 1)
    hint = "see the line before it too: indentation, quotes and brackets; the README shows the form"
    if "\\t" in words or "\t" in lines[line][: column + 1]:
        words, hint = "a tab cannot indent YAML", "use spaces"
    elif "${" in lines[line] or "${" in lines[max(line - 1, 0)]:
        hint = 'inside {…} a variable needs quotes: "${NAME}"'
    elif "mapping values" in words:
        hint = "a text that holds a colon and a blank needs quotes"
    elif "another document" in words:
        words, hint = "a second document begins here", "take the line --- away, or what is behind it"
    return Problem(file=file, line=line + 1, column=column + 1, message=f"YAML: {words}", hint=hint)


def _sign_problem(text: str, position: int, file: str) -> Problem:
    before = text[:position].splitlines() or [""]
    return Problem(
        file=file,
        line=len(before),
        column=len(before[-1]) + 1,
        message="YAML: a sign that no text file should hold",
        hint="take it away, and save the file as UTF-8",
    )


_START = KeyPlace(1, 1)


class _Reading:
    """The walk over the nodes of one file."""

    def __init__(self, source: Source, environment: Mapping[str, str]) -> None:
        self._source = source
        self._places = source.places
        self._environment = environment
        self._seen = 0

    def value(self, node: Node, key: Key, holder: KeyPlace = _START) -> Any:
        """The plain value of `node`. `holder` is the place of the key or list that holds it."""
        self._seen += 1
        # YAML puts an empty value where the next token stands, which may be another key's line.
        empty = isinstance(node, ScalarNode) and not node.value and not node.style
        self._places.values.setdefault(key, holder if empty else _place(node))
        if str(node.tag) not in _TAGS:
            tag = excerpt(str(node.tag).removeprefix(_CORE))
            self._complain(key, f"the tag !{tag.lstrip('!')} means nothing here", "take it away", text=tag)
            self._source.unreadable.append(key)
            return None
        if self._seen > _MOST_VALUES or len(key) > _DEEPEST:
            raise ConfigError([self._places.problem(key[:1], "holds too much", "an alias may hold itself")])
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*key, index), _place(node)) for index, child in enumerate(node.value)]
        return self._scalar(node, key) if isinstance(node, ScalarNode) else None

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            at = _place(key_node)
            if not isinstance(key_node, ScalarNode):
                self._complain(key, "a list or mapping cannot be a key", "write the text in quotes", at=at)
                continue
            name = str(key_node.value)
            if name in values:
                first = self._places.keys[(*key, name)].line
                self._complain(
                    (*key, name),
                    f"stands here twice, first in line {first}",
                    "keep one of them",
                    text=name,
                    at=at,
                )
                continue
            self._places.keys[(*key, name)] = at
            values[name] = self.value(value_node, (*key, name), at)
        return values

    def _scalar(self, node: ScalarNode, key: Key) -> Any:
        written = str(node.value)
        self._source.texts[key] = written
        text = self._substituted(written, key)
        unquoted = node.style in {None, ""}
        says_no_text = str(node.tag) in _AMOUNTS
        return plain(text) if unquoted and (says_no_text or text != written) else text

    def _substituted(self, written: str, key: Key) -> str:
        """`${NAME}` replaced; `$${` stands for a plain `${`."""

        def value(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return match[0][1:]
            if name in self._environment:
                return self._environment[name]
            self._source.unreadable.append(key)
            if not _VARIABLE_NAME.fullmatch(name):
                self._complain(
                    key, f"${{{excerpt(name)}}} names no environment variable", "write ${NAME}", text=match[0]
                )
            else:
                hint = "a literal ${ is written $${"
                self._complain(key, f"the environment variable {name} is not set", hint, text=match[0])
            return ""

        return _VARIABLE.sub(value, written)

    def _complain(
        self, key: Key, message: str, hint: str = "", *, text: str = "", at: KeyPlace | None = None
    ) -> None:
        self._source.problems.append(self._places.problem(key, message, hint, text=text, at=at))


def _place(node: Node) -> KeyPlace:
    return KeyPlace(node.start_mark.line + 1, node.start_mark.column + 1)
