"""Findings: their words, on the terminal and as JSON."""

import io
import json

import pytest
from rich.console import Console

from agent.check.finding import as_json, exit_code, good, listing, problem, some, warning

GOOD = good("clock", "plausible")
ODD = warning("ModemManager", "runs [bold]", "sudo simbank-agent install")
BAD = problem("port", "/dev/ttyUSB0 is held by gammu-smsd (pid 312)", "stop that program")


def shown(findings, **options):
    out = Console(file=io.StringIO(), width=200, **options)
    out.print(listing(findings, ascii_only=options.get("legacy_windows", False)))
    return out.file.getvalue()


def test_a_pipe_gets_marks_facts_and_indented_fixes_in_plain_text():
    assert shown([GOOD, ODD, BAD]).splitlines() == [
        "✓ clock: plausible",
        "! ModemManager: runs [bold]",
        "    → sudo simbank-agent install",
        "✗ port: /dev/ttyUSB0 is held by gammu-smsd (pid 312)",
        "    → stop that program",
        "",
        "1 problem, 1 warning.",
    ]


def test_a_terminal_gets_colour():
    assert "\x1b[" in shown([BAD], force_terminal=True, color_system="standard")


def test_a_terminal_without_unicode_gets_ascii():
    out = Console(file=io.StringIO(), width=200)
    out.print(listing([GOOD, ODD, BAD], ascii_only=True))
    assert out.file.getvalue().isascii()


def test_no_problems_are_reported_as_that():
    assert shown([GOOD]).endswith("No problems found.\n")


def test_warnings_alone_do_not_mention_problems():
    assert shown([GOOD, ODD]).endswith("\n1 warning.\n")


@pytest.mark.parametrize(("findings", "code"), [([], 0), ([GOOD, ODD], 0), ([BAD, GOOD], 1)])
def test_only_a_problem_makes_the_exit_code_one(findings, code):
    assert exit_code(findings) == code


def test_json_holds_everything():
    found = json.loads(as_json([GOOD, BAD]))
    assert (found["problems"], found["warnings"]) == (1, 0)
    assert found["findings"][1] == {
        "level": "problem",
        "what": "port",
        "text": "/dev/ttyUSB0 is held by gammu-smsd (pid 312)",
        "fix": "stop that program",
    }


def test_many_names_are_the_first_and_a_count():
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(f"ttyUSB{n}" for n in range(64)) == "ttyUSB0, ttyUSB1, ttyUSB2 and 61 more"
