"""The commands of the system."""

from pathlib import Path

from agent.install.system import Command, carry_out, run


def said(command, **options):
    lines = []
    carry_out(command, lines.append, **{"dry_run": False, **options})
    return lines


def test_a_command_that_goes_well_is_said_to_have_run():
    assert said(Command(("true",))) == ["ran: true"]


def test_a_command_that_fails_is_said_with_its_words():
    assert said(Command(("sh", "-c", "echo 'no such unit' >&2; exit 4"))) == [
        "failed: sh -c echo 'no such unit' >&2; exit 4: no such unit"
    ]
    assert run(("false",)) == "exit code 1"
    assert "No such file" in run(("/nowhere/at/all",))


def test_a_dry_run_runs_nothing():
    assert said(Command(("false",)), dry_run=True) == ["would run: false"]


def test_a_command_without_its_system_is_not_run(tmp_path):
    assert said(Command(("simbank-no-such-command",)))[0].startswith("not run")
    assert said(Command(("false",), needs=tmp_path / "none"))[0].startswith("not run")
    assert said(Command(("true",), needs=Path("/"))) == ["ran: true"]
