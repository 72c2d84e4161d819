"""No text of a module, server, program or file can hold the interpreter: each regular expression is linear or judged.

Linear is what `pattern_ways` counts: no look-around or back-reference, no repeat or choice inside a repeat, and no more
ways to fit LINE characters than LINE times a few; and, where a pattern is searched for rather than taken at the
beginning, no long run in which the search may begin anew. Whatever else stands in agent/ or drivers/ is named in
JUDGED with the reason why it cannot take long. Nothing is timed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _parser

import pytest

from drivers.at import pattern_ways

ROOT = Path(__file__).parent.parent
LINE = 4096
"""The longest line of a module (drivers/at/framing.py); cells, names and answers of servers are shorter."""
A_FEW = 20

TAKEN = {"match", "fullmatch"}
SEARCHED = {"search", "sub", "subn", "split", "findall", "finditer"}
MAKERS = {"named": SEARCHED, "urc": TAKEN}
"""Functions of drivers/vendors/dialect.py that compile a pattern: which methods its users call."""

AT_ONCE = "what follows the doubt takes anything, so that the first way fits"
OPERATOR = "a text of this machine's operator, at most a line long"
JUDGED = {
    ("agent/config/source.py", r"\$(\$)?\{([^{}]*)\}"): OPERATOR,
    ("agent/config/text_warnings.py", r"/dev/tty[A-Z][A-Za-z0-9]*\d+"): OPERATOR,
    ("agent/config/partial.py", r"^status[ \t]*:.*(?:\n(?:[ \t\r#].*)?)*"): (
        "config.yaml; each turn takes one line, and a line fits in one way"
    ),
    ("agent/formats/durations.py", "sum"): OPERATOR,
    ("agent/formats/written_number.py", "date"): "both sides of a date have at most four digits",
    ("agent/install/first_config.py", r"(?m)^  - path: usb +#"): "the shipped config.yaml, in each line once",
    ("agent/install/files.py", r'(?m)^ExecStart="?(/.+?)"? run --config '): "the systemd unit, once in each line",
    ("agent/status/access.py", r"(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?\Z"): (
        "at most 30 characters; a dot begins each turn"
    ),
    ("agent/status/rows.py", "legal form"): (
        "each turn begins with separators and ends with letters, which are no separators; a search begins only at the"
        " first of a run of separators"
    ),
    ("agent/formats/masking.py", "personal"): (
        "a search begins only at the beginning of a word; all repeats but one have a bound, and that one is the last"
    ),
    ("drivers/at/allowlist.py", r'AT\+CUSD=1,(?:"(?P<code>[*0-9#]{3,32})"|(?P<packed>(?:[0-9A-F]{2}){2,28})),15'): (
        "at most 80 characters, in pairs"
    ),
    ("drivers/at/commands.py", "ICCID"): "a blank or nothing before each digit, at most 21 times",
    ("drivers/at/final_result.py", r"(\+CM[ES] ERROR|\+EXT ERROR|MODEM ERROR)\s*:\s*(.*)"): AT_ONCE,
    ("drivers/at/message_text.py", r'\+CUSD\s*:\s*\d+\s*,\s*"(?!.*"\s*(?:,\s*(?:\d+\s*)?)?$)'): (
        "looks ahead once; behind each quote the blanks and digits up to the next character are tried"
    ),
    ("drivers/at/message_text.py", "(?:[0-9A-F]{2})+"): "in pairs, which fit in one way",
    ("drivers/at/replies/fields.py", r"\s*([+^!#$%*]?[A-Za-z][A-Za-z0-9]*)\s*:\s*(.*)"): AT_ONCE,
    ("drivers/at/replies/number.py", r"\+CNUM\s*:(.*)"): AT_ONCE,
    ("drivers/at/replies/operator.py", r"\+COPS\s*:\s*\d+\s*,\s*(?:\d+\s*)?,(.*)"): AT_ONCE,
    ("drivers/at/replies/operator.py", r",\s*\d{1,2}\s*$"): "begins at a comma, and a run ends before the next one",
    ("drivers/at/replies/ussd.py", r"\+CUSD\s*:\s*(\d+)\s*(?:,(.*))?"): AT_ONCE,
    ("drivers/at/urc.py", "echo"): "a letter with digits or one without: the next character says which",
    ("drivers/ports/discovery.py", r":([0-9]+)\.[0-9]+$"): "a name in sysfs, at most 255 characters",
    ("drivers/ports/ports.py", "([0-9]+)|([^0-9]+)"): "digits or no digits: each run is taken whole",
    ("drivers/sharing/directory.py", r"[^\w.+:@=-]|^\.+"): "a run only at the beginning",
    ("drivers/sharing/command_line.py", "basic"): AT_ONCE,
    ("drivers/sharing/command_line.py", "extended"): (
        AT_ONCE + "; a quote begins each text in quotes, and no other character does"
    ),
    ("drivers/sharing/command_line.py", r"\s*D(?P<value>.*)"): AT_ONCE,
    ("drivers/sharing/session_view.py", "setting"): AT_ONCE,
    ("drivers/sharing/session_view.py", r",\s*0{0,2}(?:\d|1[01])\s*(?=,|$)"): (
        "begins at a comma, and a run ends before the next one"
    ),
    ("drivers/vendors/wavecom.py", r"\+WIND\s*:\s*1\b(?!\d)"): "looks at one character",
}  # fmt: skip
"""Why a pattern that is not linear by rule cannot take long; long ones by a word for what they find."""
LONG = {
    "date": "(?:(?P<y1>",
    "sum": r"(?:(\d+)d)?\s*",
    "legal form": r"((^|(?<![\s,._])[\s,._]+)(inc|",
    "personal": "(?P<paste>",
    "ICCID": r"[+^#!%*$]?[A-Z]{0,8}CID",
    "echo": r"AT(?:[+^#%!*$\\][A-Z]",
    "basic": r"\s*(?P<name>S\d+|[&\\]?[A-Z])",
    "extended": r"\s*(?P<name>[+^#!$*%_]",
    "setting": "(?P<head>",
}
COMPUTED = {
    (
        "agent/alerts/child.py",
        "re.escape(part)",
    ): "parts of the operator's own URL, one character after the other",
    (
        "agent/bank/ussd.py",
        "rule.match",
    ): "of the operator, with the cost that `search_cost.objection` allows",
    ("agent/config/sim_fields.py", "value"): "of the operator; compiled to see whether it is one",
    (
        "agent/config/yaml_words.py",
        "pattern",
    ): "of the tables above it, on a message of ruamel.yaml of one line",
    (
        "agent/language/retelling.py",
        "''.join(parts)",
    ): "our own texts, on a sentence of 400 characters at most",
    ("agent/install/files.py", "pattern"): "constants of that file, on the systemd unit",
    ("agent/onlinesim/client.py", "''.join("): "the characters of the API key one after the other: no repeat",
    (
        "drivers/ports/naming.py",
        "f'{re.escape(before)}",
    ): "the operator's own words around at most six digits, taken from the beginning",
    ("drivers/at/commands.py", "prefix + "): "tested below",
    (
        "drivers/at/urc.py",
        "'|'.join(parts)",
    ): "patterns of the dialects, which are tested here, as alternatives",
    ("drivers/vendors/dialect.py", "pattern"): "the makers: their arguments are tested here",
    (
        "drivers/vendors/dialect.py",
        "f'(?<![A-Z0-9])(?:{pattern})(?![0-9])'",
    ): "as above, with one character around",
}
"""Patterns that are put together, by what they are made of."""


@dataclass(frozen=True)
class Found:
    """A regular expression of the program: where, its text, and whether it is searched for."""

    file: str
    pattern: str
    searched: bool

    def judged(self) -> bool:
        names = [self.pattern, *(word for word, start in LONG.items() if self.pattern.startswith(start))]
        return any((self.file, name) in JUDGED for name in names)


@cache
def _calls() -> tuple[tuple[str, ast.Call, set[str]], ...]:
    return tuple(_every_call())


def _every_call() -> Iterator[tuple[str, ast.Call, set[str]]]:
    for path in sorted([*(ROOT / "agent").rglob("*.py"), *(ROOT / "drivers").rglob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = str(path.relative_to(ROOT))
        used: dict[str, set[str]] = {}
        compiled: dict[int, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.setdefault(node.value.id, set()).add(node.attr)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    compiled[id(node.value)] = target.id
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            if (
                isinstance(function, ast.Name)
                and function.id in MAKERS
                and file.startswith("drivers/vendors/")
            ):
                yield file, node, MAKERS[function.id]
            elif isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re":
                if function.attr in TAKEN | SEARCHED:
                    yield file, node, {function.attr}
                elif function.attr == "compile":
                    yield file, node, used.get(compiled.get(id(node), ""), TAKEN)


def _literal(call: ast.Call) -> str | None:
    try:
        text = ast.literal_eval(call.args[0])
    except ValueError:
        return None
    return text.decode("latin-1") if isinstance(text, bytes) else text


FOUND = [
    Found(file, pattern, bool(methods & SEARCHED))
    for file, call, methods in _calls()
    if (pattern := _literal(call)) is not None
]


def is_linear(pattern: str, *, searched: bool) -> bool:
    tree = _parser.parse(pattern)
    parts = list(pattern_ways.parts(tree))
    if any(part in pattern_ways.BACK or part in pattern_ways.LOOKING for part, _, _ in parts):
        return False
    if any(inside and part in (*pattern_ways.REPEATS, pattern_ways.sre.BRANCH) for part, _, inside in parts):
        return False
    is_a_run = len(tree) == 1 and tree[0][0] in pattern_ways.REPEATS  # it is taken whole
    if searched and not is_a_run and not all(map(_begins_seldom, pattern_ways.paths(tree, LINE))):
        return False
    return pattern_ways.ways(tree, LINE) <= A_FEW * LINE


def _begins_seldom(path: list[pattern_ways.Step]) -> bool:
    """Whether no long run that a search takes holds a place where the search may begin again."""
    long = [step for step in path if step.ways > 100]
    return not any(step is path[0] or step.characters & path[0].characters for step in long)


def test_every_regular_expression_is_linear_or_judged():
    assert len(FOUND) > 100
    unjudged = [
        one for one in FOUND if not is_linear(one.pattern, searched=one.searched) and not one.judged()
    ]
    assert unjudged == []


def test_every_judgement_is_about_a_pattern_that_is_there():
    there = {(one.file, one.pattern) for one in FOUND}
    there |= {
        (one.file, word) for one in FOUND for word, start in LONG.items() if one.pattern.startswith(start)
    }
    assert JUDGED.keys() - there == set()


def test_every_pattern_that_is_put_together_is_known():
    made = [(file, ast.unparse(call.args[0])) for file, call, _ in _calls() if _literal(call) is None]
    unknown = [
        (file, text)
        for file, text in made
        if not any(file == known and text.startswith(start) for known, start in COMPUTED)
    ]
    assert unknown == []


def test_the_answers_of_commands_are_linear():
    from drivers.at import commands

    for command in vars(commands).values():
        if isinstance(command, commands.Command):
            for pattern in (
                command.answer,
                command.fallback,
                command.closes,
                command.follows,
                command.unfinished,
            ):
                known = pattern is None or Found("drivers/at/commands.py", pattern.pattern, False).judged()
                known = known or Found("drivers/at/message_text.py", pattern.pattern, False).judged()
                assert known or is_linear(pattern.pattern, searched=False), pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\d*)*x",
        r"(a|aa)+x",
        r"\s*\d*\s*x",
        r"a*a*b",
        r"(.*),(.*),x",
        r"(?=.*x)y",
        r"(.)\1",
        r"\s*[^,]*\s*,",
    ],
)
def test_what_is_slow_is_not_taken_for_linear(pattern):
    assert not is_linear(pattern, searched=False)


@pytest.mark.parametrize("pattern", [r"\d+x", "a.*b", r"\s+$"])
def test_what_is_slow_to_search_for_is_not_taken_for_linear(pattern):
    assert not is_linear(pattern, searched=True)
