"""The text of a YAML file as plain values that remember where they stood.

Responsible for YAML itself: syntax, keys that come twice, `${NAME}` variables, and the place of every key and value.
Must not know which keys there are. The text is composed, not constructed: what somebody wrote without quotes is read
by YAML's rules and yet kept as written, because YAML turns +46… into an amount and 0046 into 46.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.config.fields import WrittenFloat, WrittenInt
from agent.config.problem import ConfigError, Problem, excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = tuple[str | int, ...]
"""The path of a key: ("ports", 2, "name")."""

_VARIABLE = re.compile(r"\$(\$)?\{([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CORE = "tag:yaml.org,2002:"
_MOST_VALUES = 100_000
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or value begins; line and column count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Source:
    """One file, read: `data` holds dict, list, str, WrittenInt, WrittenFloat, bool and None."""

    file: str
    data: Any = None
    keys: dict[Key, Place] = field(default_factory=dict)
    values: dict[Key, Place] = field(default_factory=dict)
    texts: dict[Key, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, key: Key, message: str, hint: str = "", *, at_key: bool = False, text: str = "") -> Problem:
        """A problem with the value of `key`, or with the key itself; where it is not written, with what would hold it."""
        known = key
        while known and known not in self.values:
            known = known[:-1]
        places = self.keys if at_key and known == key and known in self.keys else self.values
        place = places.get(known, Place(1, 1))
        return Problem(
            file=self.file,
            line=place.line,
            column=place.column,
            key=spell(key),
            text=excerpt(text),
            message=message,
            hint=hint,
        )


def spell(key: Key) -> str:
    """The path as people write it: `ports[2].name`."""
    words = ""
    for part in key:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            words += f".{excerpt(part)}" if words else excerpt(part)
    return words


def read(text: str, file: str, environment: Mapping[str, str]) -> Source:
    """Read YAML. Problems that leave the rest readable are collected, syntax errors raise ConfigError at once."""
    source = Source(file)
    root = compose(text, file)
    if root is None:
        source.data = {}
    else:
        _Reading(source, environment).node(root, ())
    return source


def compose(text: str, file: str) -> Node | None:
    """The nodes of the text, None where there are none. Raises ConfigError."""
    yaml = YAML(typ="rt", pure=True)
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, text, file)]) from None
    except YAMLStreamError as error:
        # ReaderError: a sign that YAML forbids; `position` counts characters of the text.
        raise ConfigError([_sign_problem(text, int(getattr(error, "position", 0)), file)]) from None
    except (YAMLError, RecursionError, ValueError, LookupError, AttributeError, AssertionError, TypeError):
        # ruamel.yaml stumbles over some broken texts instead of telling what is broken.
        raise ConfigError([Problem(file=file, line=1, column=1, message="is no YAML that can be read")]) from None
    return root


def _syntax_problem(error: MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    words = error.problem or error.context or "is no YAML that can be read"
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    line = min(line, len(lines) - 1)
    hint = ""
    if "\\t" in words or "\t" in lines[line][: column + 1]:
        words, hint = "a tab cannot indent YAML", "use spaces"
    elif "${" in lines[line] or "${" in lines[max(line - 1, 0)]:
        hint = 'inside {…} a variable needs quotes: "${NAME}"'
    elif "mapping values" in words:
        hint = "a text that holds a colon and a blank needs quotes"
    elif "document" in words and "single" in words:
        words = "a second document begins here"
    return Problem(file=file, line=line + 1, column=column + 1, message=f"YAML: {words}", hint=hint)


def _sign_problem(text: str, position: int, file: str) -> Problem:
    before = text[:position].splitlines() or [""]
    return Problem(
        file=file, line=len(before), column=len(before[-1]) + 1, message="YAML: a sign that no text file should hold"
    )


class _Reading:
    """The walk over the nodes of one file."""

    def __init__(self, source: Source, environment: Mapping[str, str]) -> None:
        self._source = source
        self._environment = environment
        self._seen = 0

    def node(self, node: Node, key: Key) -> None:
        self._source.data = self._value(node, key)

    def _value(self, node: Node, key: Key) -> Any:
        self._seen += 1
        place = Place(node.start_mark.line + 1, node.start_mark.column + 1)
        self._source.values.setdefault(key, place)
        if self._seen > _MOST_VALUES or len(key) > _DEEPEST:
            raise ConfigError([self._source.problem(key[:1], "holds too much", "an alias may hold itself")])
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [self._value(child, (*key, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, key)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, ScalarNode):
                self._complain(key, place, "a list or mapping cannot be a key", "write the text in quotes")
                continue
            name = str(key_node.value)
            if name in values:
                first = self._source.keys[(*key, name)].line
                self._complain((*key, name), place, f"stands here twice, first in line {first}", "", name)
                continue
            self._source.keys[(*key, name)] = place
            values[name] = self._value(value_node, (*key, name))
        return values

    def _scalar(self, node: Node, key: Key) -> Any:
        written = str(node.value)
        self._source.texts[key] = written
        plain = node.style in {None, ""}
        tag = str(node.tag)
        if not tag.startswith(_CORE):
            self._complain(key, None, f"the tag {excerpt(tag)} means nothing here", "", written)
            return None
        text, replaced = self._substituted(written, key)
        if replaced and plain:
            return _plain(text)
        if plain or not tag.endswith(":str"):
            return _plain(text) if tag.rpartition(":")[2] in {"int", "float", "bool", "null"} else text
        return text

    def _substituted(self, written: str, key: Key) -> tuple[str, bool]:
        """`${NAME}` replaced; `$${` stands for a plain `${`."""
        replaced = False

        def value(match: re.Match[str]) -> str:
            nonlocal replaced
            escaped, name = match.groups()
            if escaped:
                return match[0][1:]
            replaced = True
            if not _VARIABLE_NAME.fullmatch(name):
                self._complain(key, None, f"${{{excerpt(name)}}} names no environment variable", "", written)
            elif name not in self._environment:
                self._complain(
                    key, None, f"the environment variable {name} is not set", "a literal ${ is written $${", written
                )
            return self._environment.get(name, "")

        return _VARIABLE.sub(value, written), replaced

    def _complain(self, key: Key, place: Place | None, message: str, hint: str, text: str = "") -> None:
        problem = self._source.problem(key, message, hint, text=text)
        if place is not None:
            problem = Problem(
                file=problem.file,
                line=place.line,
                column=place.column,
                key=problem.key,
                text=problem.text,
                message=message,
                hint=hint,
            )
        self._source.problems.append(problem)


_INT = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


def _plain(text: str) -> Any:
    """An unquoted scalar by YAML 1.2's core schema (§10.3.2), without its octal, hexadecimal, .inf and .nan."""
    if text.lower() in _CONSTANTS and text in {text.lower(), text.title(), text.upper()}:
        return _CONSTANTS[text.lower()]
    number: WrittenInt | WrittenFloat
    if _INT.fullmatch(text):
        number = WrittenInt(text)
    elif _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
    else:
        return text
    number.written = text
    return number
