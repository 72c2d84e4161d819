"""Port rules added to the text of config.yaml; all other bytes stay, so comments and unquoted +46… survive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.config.problem import ConfigError, Problem, excerpt
from agent.config.source import compose
from agent.language import _


@dataclass(frozen=True, slots=True)
class NewPort:
    """A port without a rule of its own. `comment` is for people: what the device is."""

    path: str
    comment: str = ""


def add_ports(text: str, new: Sequence[NewPort], *, file: str = "config.yaml") -> str:
    """`text` with a rule below the last one for each path that has none; unchanged where all have one.

    Raises ConfigError for invalid YAML, and where `ports` is not a list with its rules in lines of their own; then
    its hint is what to paste.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    whole = text if text.endswith(("\n", "\r")) or not text else text + newline
    root = compose(whole, file)
    key, ports = _ports(root)
    known = {path for rule in _items(ports) for path in _paths(rule)}
    missing = [port for port in {port.path: port for port in new}.values() if port.path not in known]
    if not missing:
        return text
    if key is None and (root is None or (isinstance(root, MappingNode) and not root.flow_style)):
        return f"{whole}ports:{newline}{_rules(missing, 2, newline)}"
    lines = whole.splitlines(keepends=True)
    place = _place(key, ports, lines)
    if place is None:
        message = _("rules can only be added to a list with a line for each rule")
        hint = _('write each rule in a line that begins with "- ", and add:')
        hint = f"{hint}\n{_rules(missing, 2, newline).rstrip()}"
        raise ConfigError([Problem(file=file, key="ports", message=message, hint=hint)])
    line, column = place
    return "".join([*lines[:line], _rules(missing, column, newline), *lines[line:]])


def _place(key: Node | None, ports: Node | None, lines: Sequence[str]) -> tuple[int, int] | None:
    """The line and column for another rule; None where `ports` is not a list in lines of its own."""
    if key is None:
        return None
    if isinstance(ports, SequenceNode) and not ports.flow_style:
        return _end_of(ports, lines), ports.start_mark.column
    if isinstance(ports, ScalarNode) and not ports.value and not ports.style:
        return key.start_mark.line + 1, key.start_mark.column + 2
    return None


def _ports(root: Node | None) -> tuple[Node | None, Node | None]:
    """The key `ports` and its value."""
    pairs = root.value if isinstance(root, MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value == "ports"), (None, None))


def _items(node: Node | None) -> Sequence[Node]:
    return node.value if isinstance(node, SequenceNode) else ()


def _paths(rule: Node) -> list[str]:
    pairs = rule.value if isinstance(rule, MappingNode) else ()
    return [str(value.value) for key, value in pairs if key.value == "path"]


def _rules(ports: Sequence[NewPort], column: int, newline: str) -> str:
    """A line for each rule. A JSON text is a YAML double-quoted one."""
    return "".join(
        f"{' ' * column}- path: {json.dumps(port.path, ensure_ascii=False)}"
        f"{f'  # {excerpt(port.comment)}' if port.comment else ''}{newline}"
        for port in ports
    )


def _end_of(ports: SequenceNode, lines: Sequence[str]) -> int:
    """The line below the list. Its end mark is behind comments, of which only deeper ones belong to a rule."""
    line = int(ports.end_mark.line)
    while line and _is_outside(lines[line - 1], ports.start_mark.column):
        line -= 1
    return line


def _is_outside(line: str, column: int) -> bool:
    """Whether it is blank, or a comment not deeper than the list's dashes."""
    bare = line.lstrip(" ")
    return not bare.strip() or (bare.startswith("#") and len(line) - len(bare) <= column)
