"""YAML text as plain values with their places: every scalar is the text that was written, or None.

Nothing is converted here, so 0046 and +46… stay as written; pydantic converts what must be a number or a switch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from agent.config.invisible import invisible_character, invisible_in
from agent.config.problem import ConfigError, Key, KeyPlace, Places, Problem, excerpt
from agent.config.refusal import write_plainly
from agent.config.yaml_words import NO_YAML, in_our_words
from agent.language import N_, _, ngettext

_VARIABLE = re.compile(r"\$(\$)?\{([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_GLUED = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*):([^\s:/].*)")
"""A key and its value without the blank between them; no URL."""
_NEEDS_QUOTES = N_("a text with a colon and a space needs quotes")
_CORE = "tag:yaml.org,2002:"
_TAGS = {
    _CORE + kind
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
"""What the resolver gives to values without a tag."""

_NULLS = {"", "~", "null", "Null", "NULL"}
"""YAML 1.2 §10.3.2."""

_READ_BY_NUMBERS = ("sims",)
"""Numbers and ICCIDs are read without such characters, or named by their own reader."""

_MOST_VALUES = 100_000
_DEEPEST = 50


@dataclass(slots=True)
class Source:
    """One file, read.

    `data` holds dict, list, str and None; `texts` every scalar as written, variables not yet replaced; `unquoted`
    the keys of scalars without quotes; `unreadable` the keys whose value `data` cannot hold.
    """

    places: Places
    data: Any = None
    texts: dict[Key, str] = field(default_factory=dict)
    unquoted: set[Key] = field(default_factory=set)
    unreadable: set[Key] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, file: str, environment: Mapping[str, str]) -> Source:
    """Read YAML. Collects problems that leave the rest readable; raises ConfigError for a syntax error."""
    source = Source(Places(file))
    root = compose(text, file)
    source.data = {} if root is None else _Reader(source, environment).value(root, ())
    return source


def compose(text: str, file: str) -> Node | None:
    """The nodes of the text, None where it is empty. Raises ConfigError."""
    yaml = YAML(typ="rt", pure=True)
    yaml.composer.warn_double_anchors = (
        False  # YAML 1.2 §3.2.2.2 allows them, and a warning would have no place
    )
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        raise ConfigError(invisible_in(text, file) or [_syntax_problem(error, text, file)]) from None
    except ReaderError as error:
        raise ConfigError([_character_problem(text, int(error.position), file)]) from None
    except (YAMLError, RecursionError, ValueError, LookupError, AttributeError, AssertionError, TypeError):
        # ruamel.yaml raises these for some broken texts, without a place.
        raise ConfigError([Problem(file=file, line=1, column=1, message=_(NO_YAML))]) from None
    return root


def _syntax_problem(error: MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or ""
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    line = min(line, len(lines) - 1)
    message = in_our_words(said, error.context or "")
    hint = _(
        "check the indentation, quotes and brackets here and in the line before; the README shows the form"
    )
    if "\\t" in said or "\t" in lines[line][: column + 1]:
        message, hint = _("a tab is not allowed as indentation"), _("use spaces")
    elif "mapping values" in said or "expected <block end>" in said:
        hint = _hint_for_a_colon(lines, line, column)
    elif "double-quoted" in (error.context or ""):
        hint = _("use single quotes: in double ones a backslash must be written twice")
    elif "alias" in said or "cannot start any token" in said:
        hint = _hint_for_special_character(lines[line], column)
    elif "${" in lines[line] or "${" in lines[max(line - 1, 0)]:
        hint = _("inside {braces} a variable needs quotes: {example}").format(
            braces="{…}", example='"${NAME}"'
        )
    elif "another document" in said:
        message, hint = _("a second document begins here"), _("remove the line ---, or everything after it")
    return Problem(file=file, line=line + 1, column=column + 1, message=f"YAML: {message}", hint=hint)


def _hint_for_a_colon(lines: Sequence[str], line: int, column: int) -> str:
    """What to do about a colon where none may be: a line that is too deep, a blank that lacks, or a text with one."""
    here, begun = lines[line], lines[line][:column]
    above = next(
        (text for text in reversed(lines[:line]) if text.strip() and not text.lstrip().startswith("#")), ""
    )
    if not above or ": " in begun.strip():
        return _(_NEEDS_QUOTES)
    glued = _GLUED.match(above)
    if glued is not None:
        line_before = f"{glued[1]}: {excerpt(glued[2])}"
        return _('put a space after the colon in the line before: "{text}"').format(text=line_before)
    deep, before = _depth(here), _depth(above)
    if deep != before and not above.rstrip().endswith(":"):
        text = ngettext(
            "keys of one group begin in one column: this line has {n} space before its key, the line before has"
            " {before}",
            "keys of one group begin in one column: this line has {n} spaces before its key, the line before has"
            " {before}",
            deep,
        )
        return text.format(n=deep, before=before)
    return _(_NEEDS_QUOTES)


def _hint_for_special_character(line: str, column: int) -> str:
    """What to do about a text that begins with a character that YAML uses itself, such as *100#."""
    begun = next((at for at in range(min(column, len(line) - 1), -1, -1) if line[at] in "*&@`%!|>"), None)
    if begun is None:
        return _("a text that begins with a special character needs quotes")
    text = excerpt(line[begun:].split(",", maxsplit=1)[0].split("}", maxsplit=1)[0].strip())
    return _('a text that begins with {character} needs quotes: "{text}"').format(
        character=line[begun], text=text
    )


def _depth(line: str) -> int:
    """Where the key of a line begins, behind the dash of a list."""
    return len(line) - len(line.lstrip(" -"))


def _character_problem(text: str, position: int, file: str) -> Problem:
    before = text[:position].splitlines() or [""]
    return Problem(
        file=file,
        line=len(before),
        column=len(before[-1]) + 1,
        message="YAML: " + _("unprintable character"),
        hint=_("remove it, and save the file as UTF-8"),
    )


_START = KeyPlace(1, 1)


class _Reader:
    """The walk over the nodes of one file."""

    def __init__(self, source: Source, environment: Mapping[str, str]) -> None:
        self._source = source
        self._places = source.places
        self._environment = environment
        self._seen = 0

    def value(self, node: Node, key: Key, holder: KeyPlace = _START) -> Any:
        """The plain value of `node`. `holder` is the place of the key or list that holds it."""
        self._seen += 1
        # YAML puts an empty value at the next token, which may be in the line of another key.
        empty = isinstance(node, ScalarNode) and not node.value and not node.style
        self._places.values.setdefault(key, holder if empty else _place(node))
        if str(node.tag) not in _TAGS:
            tag = excerpt(str(node.tag).removeprefix(_CORE)).lstrip("!")
            self._complain(key, _("unknown tag !{tag}").format(tag=tag), _("remove it"), text=tag)
            self._source.unreadable.add(key)
            return None
        if self._seen > _MOST_VALUES or len(key) > _DEEPEST:
            hint = _("does an alias contain itself?")
            raise ConfigError([self._places.problem(key[:1], _("holds too much"), hint)])
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
                fault = _("a list or group cannot be a key")
                self._complain(key, fault, _("write the text in quotes"), at=at)
                continue
            name = str(key_node.value)
            if key[:1] != _READ_BY_NUMBERS and (invisible := invisible_character(name)):
                fault = _("holds an invisible character: {character}").format(character=invisible)
                hint = _("type the line again, with spaces alone before the key")
                self._complain(key, fault, hint, text=name, at=at)
                continue
            if name in values:
                first = self._places.keys[(*key, name)].line
                message = _("is given twice, first in line {line}").format(line=first)
                self._complain((*key, name), message, _("keep one of them"), text=name, at=at)
                continue
            self._places.keys[(*key, name)] = at
            values[name] = self.value(value_node, (*key, name), at)
        return values

    def _scalar(self, node: ScalarNode, key: Key) -> str | None:
        written = str(node.value)
        self._source.texts[key] = written
        text = self._substituted(written, key)
        if node.style in {None, ""}:
            # Within a name it may be meant; where YAML wants a blank it is not.
            edges = written[:1] + written[-1:] + "".join(re.findall(r"[:-](.)", written))
            if key[:1] != _READ_BY_NUMBERS and (invisible := invisible_character(edges)):
                fault = _("holds an invisible character: {character}").format(character=invisible)
                self._complain(key, fault, _("type it again"), text=written)
                self._source.unreadable.add(key)
            self._source.unquoted.add(key)
            return None if text in _NULLS else text
        return text

    def _substituted(self, written: str, key: Key) -> str:
        """`${NAME}` replaced; `$${` is a literal `${`."""

        def value(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return match[0][1:]
            if name in self._environment:
                return self._environment[name]
            self._source.unreadable.add(key)
            if not _VARIABLE_NAME.fullmatch(name):
                message = _("{text} is not the name of a variable").format(text=f"${{{excerpt(name)}}}")
                hint = write_plainly("${NAME}")
            else:
                message = _("the environment variable {name} is not set").format(name=name)
                hint = _hint_for_a_variable(name, key)
            self._complain(key, message, hint, text=match[0])
            return ""

        return _VARIABLE.sub(value, written)

    def _complain(
        self, key: Key, message: str, hint: str = "", *, text: str = "", at: KeyPlace | None = None
    ) -> None:
        self._source.problems.append(self._places.problem(key, message, hint, text=text, at=at))


def _hint_for_a_variable(name: str, key: Key) -> str:
    export = _("run `export {name}=…` first, in the same shell; sudo drops it").format(name=name)
    if key[-1:] == ("api_key",):
        service = _(
            "The service takes its key from the file /etc/simbank-agent/api_key: leave api_key out there"
        )
        return f"{export}. {service}"
    literal = _("A literal {sign} is written {escaped}").format(sign="${", escaped="$${")
    return f"{export}. {literal}"


def _place(node: Node) -> KeyPlace:
    return KeyPlace(node.start_mark.line + 1, node.start_mark.column + 1)
