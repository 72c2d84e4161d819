"""Port rules added to the text of config.yaml.

Responsible for a text that differs by the new rules alone: comments, order and spelling of the rest stay to
the byte (a YAML writer would turn an unquoted +46… into 46…). Must not know where the ports came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.config.problem import ConfigError, Problem, excerpt
from agent.config.source import compose


@dataclass(frozen=True, slots=True)
class NewPort:
    """A port that has no rule of its own yet. `comment` is for people: the module that answered there."""

    path: str
    name: str | None = None
    role: str | None = None
    driver: str | None = None
    baudrate: int | None = None
    comment: str = ""

    def pairs(self) -> dict[str, str | int]:
        """The keys of its rule, those with a default left out."""
        written = {key: getattr(self, key) for key in ("path", "name", "role", "driver", "baudrate")}
        return {key: value for key, value in written.items() if value is not None}


def add_ports(text: str, new: Sequence[NewPort], *, file: str = "config.yaml") -> str:
    """`text` with a rule for each new port whose path has none; equal to `text` where all have one.

    Raises ConfigError when the text is no YAML, or holds no mapping to which `ports` could be added.
    """
    root = compose(text, file)
    entry = _entry(root)
    if objection := _objection(root, entry):
        raise ConfigError([Problem(file=file, key="ports", message=objection)])
    known = set(_paths(entry[1])) if entry else set()
    missing = [port for port in {port.path: port for port in new}.values() if port.path not in known]
    if not missing:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    if entry is None or not isinstance(entry[1], SequenceNode):
        return _with_list(text, entry, missing, newline)
    if entry[1].flow_style:
        return _inside_brackets(text, entry[1], missing)
    return _below_last(text, entry[1], missing, newline)


def _entry(root: Node | None) -> tuple[ScalarNode, Node] | None:
    if isinstance(root, MappingNode):
        for key, value in root.value:
            if isinstance(key, ScalarNode) and key.value == "ports":
                return key, value
    return None


def _objection(root: Node | None, entry: tuple[ScalarNode, Node] | None) -> str:
    """Why no rule can be added, empty where one can."""
    if root is not None and not isinstance(root, MappingNode):
        return "the file holds no keys to which ports could be added"
    if entry is None:
        return "the file is one {…}: write each key in a line of its own" if root and root.flow_style else ""
    is_list = isinstance(entry[1], SequenceNode)
    return "" if is_list or str(entry[1].value) in {"", "~", "null"} else "must be a list"


def _paths(ports: Node) -> Iterable[str]:
    if isinstance(ports, SequenceNode):
        for rule in ports.value:
            for key, value in rule.value if isinstance(rule, MappingNode) else ():
                if key.value == "path" and isinstance(value, ScalarNode):
                    yield str(value.value)


def _quoted(value: str | int) -> str:
    # A JSON text is a YAML double-quoted one; nothing in it can be taken for YAML's own signs.
    return json.dumps(value, ensure_ascii=False)


def _rule(port: NewPort, indent: str, newline: str) -> str:
    lines = [f"{key}: {_quoted(value)}" for key, value in port.pairs().items()]
    if port.comment:
        lines[0] += f"  # {excerpt(port.comment)}"
    return "".join(f"{indent}{'  ' if number else '- '}{line}{newline}" for number, line in enumerate(lines))


def _with_list(text: str, entry: tuple[ScalarNode, Node] | None, new: list[NewPort], newline: str) -> str:
    rules = "".join(_rule(port, "  ", newline) for port in new)
    if entry is None:
        gap = "" if not text or text.endswith(("\n", "\r")) else newline
        return f"{text}{gap}ports:{newline}{rules}"
    line = entry[0].start_mark.line + 1
    lines = text.splitlines(keepends=True)
    head = lines[line - 1]
    at = entry[0].end_mark.column
    after = head[at:].replace(str(entry[1].value), "", 1) if entry[1].value else head[at:]
    lines[line - 1] = head[:at] + after.rstrip() + newline
    return "".join([*lines[:line], rules, *lines[line:]])


def _inside_brackets(text: str, ports: SequenceNode, new: list[NewPort]) -> str:
    rules = ", ".join(
        "{" + ", ".join(f"{key}: {_quoted(value)}" for key, value in port.pairs().items()) + "}"
        for port in new
    )
    end = ports.end_mark.index - 1
    before = text[:end].rstrip()
    gap = "" if not ports.value or before.endswith(",") else ", "
    return f"{before}{gap}{rules}{text[end:]}"


def _below_last(text: str, ports: SequenceNode, new: list[NewPort], newline: str) -> str:
    lines = text.splitlines(keepends=True)
    column = ports.start_mark.column
    line = _last_line(ports.value[-1]) + 1
    while line < len(lines) and _is_comment_below(lines[line], column):
        line += 1
    if line and line <= len(lines) and not lines[line - 1].endswith(("\n", "\r")):
        lines[line - 1] += newline
    rules = "".join(_rule(port, " " * column, newline) for port in new)
    return "".join([*lines[:line], rules, *lines[line:]])


def _last_line(node: Node) -> int:
    """The last line of what is really written; a block's own end mark lies behind the comments after it."""
    if isinstance(node, MappingNode) and node.value and not node.flow_style:
        return max(max(_last_line(key), _last_line(value)) for key, value in node.value)
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        return max(_last_line(child) for child in node.value)
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return int(node.end_mark.line) - 1
    if isinstance(node, ScalarNode) and not node.value and not node.style:
        return int(node.start_mark.line) if node.start_mark.column else int(node.start_mark.line) - 1
    return int(node.end_mark.line)


def _is_comment_below(line: str, column: int) -> bool:
    """Whether the line is a comment that belongs to the last rule: it stands deeper than its dash."""
    bare = line.lstrip(" ")
    return bare.startswith("#") and len(line) - len(bare) > column
