"""Putting files in place and taking them away in a real folder, and the commands of the system."""

import grp
import os
from pathlib import Path

import pytest

import agent.install.install as installing
from agent.install.files import installed_files
from agent.install.install import ROOT, Command, install, run, uninstall

PROGRAM = Path("/opt/simbank-agent/bin/simbank-agent")
RULES = "etc/udev/rules.d/60-simbank-agent.rules"
CONFIG = "etc/simbank-agent/config.yaml"
KEY = "etc/simbank-agent/api_key"
UNIT = "etc/systemd/system/simbank-agent.service"


def put(root, **options):
    lines = []
    install(lines.append, program=options.pop("program", PROGRAM), root=root, **options)
    return lines


def take(root, **options):
    lines = []
    uninstall(lines.append, root=root, **options)
    return lines


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_every_file_is_put_in_place_with_its_mode_and_named(tmp_path):
    lines = put(tmp_path)
    for file in installed_files(PROGRAM):
        path = tmp_path / file.path
        assert path.read_bytes() == file.content
        assert path.stat().st_mode & 0o777 == file.mode
        assert f"wrote: /{file.path}" in lines
    assert "enable --now" in lines[-1]


def test_a_second_time_changes_nothing(tmp_path):
    put(tmp_path)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    lines = put(tmp_path)
    assert not any(line.startswith("wrote") for line in lines)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)} == before


def test_uninstalling_leaves_nothing_behind(tmp_path):
    put(tmp_path)
    lines = take(tmp_path)
    assert files(tmp_path) == []
    assert not (tmp_path / "etc/simbank-agent").exists()
    assert "/var/lib/simbank-agent" in lines[-1]


def test_uninstalling_twice_is_fine(tmp_path):
    put(tmp_path)
    take(tmp_path)
    assert f"not there: /{RULES}" in take(tmp_path)


@pytest.mark.parametrize("force", [False, True])
def test_an_operators_configuration_and_key_are_never_replaced_nor_removed(tmp_path, force):
    put(tmp_path)
    (tmp_path / CONFIG).write_text("bank: {modules: 8}\n")
    (tmp_path / KEY).write_text("secret\n")
    assert f"kept, it is yours: /{CONFIG}" in put(tmp_path, force=force)
    lines = take(tmp_path, force=force)
    assert f"kept, it is yours: /{KEY}" in lines
    assert files(tmp_path) == [KEY, CONFIG]
    assert (tmp_path / CONFIG).read_text() == "bank: {modules: 8}\n"


def test_rules_that_differ_stay_in_both_directions_and_the_way_out_is_named(tmp_path):
    put(tmp_path)
    (tmp_path / RULES).write_text("# mine\n")
    assert f"kept, it differs from ours: /{RULES} (install --force replaces it)" in put(tmp_path)
    assert f"kept, it differs from ours: /{RULES} (--force removes it)" in take(tmp_path)
    assert files(tmp_path) == [RULES]


def test_force_replaces_rules_that_differ_and_removes_them(tmp_path):
    put(tmp_path)
    (tmp_path / RULES).write_text("# of an older version\n")
    assert f"would write: /{RULES}" in put(tmp_path, force=True, dry_run=True)
    assert f"wrote: /{RULES}" in put(tmp_path, force=True)
    assert (tmp_path / RULES).read_text() != "# of an older version\n"
    (tmp_path / RULES).write_text("# of an older version\n")
    take(tmp_path, force=True)
    assert files(tmp_path) == []


def test_a_link_to_dev_null_masks_our_file_and_stays(tmp_path):
    (tmp_path / RULES).parent.mkdir(parents=True)
    (tmp_path / RULES).symlink_to("/dev/null")
    put(tmp_path)
    take(tmp_path)
    assert (tmp_path / RULES).is_symlink()


def test_a_unit_for_another_program_is_replaced_only_with_force(tmp_path):
    put(tmp_path, program=Path("/old/simbank-agent"))
    assert any(line.startswith(f"kept, it differs from ours: /{UNIT}") for line in put(tmp_path))
    assert f"wrote: /{UNIT}" in put(tmp_path, force=True)
    assert f"ExecStart={PROGRAM} run" in (tmp_path / UNIT).read_text()


def test_a_unit_for_any_program_is_taken_away(tmp_path):
    put(tmp_path, program=Path("/old/simbank-agent"))
    take(tmp_path)
    assert files(tmp_path) == []


def test_what_the_debian_package_has_is_not_put_a_second_time(tmp_path):
    packaged = [file for file in installed_files(Path("/usr/bin/simbank-agent")) if file.packaged]
    for file in packaged:
        (tmp_path / file.packaged).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.packaged).write_bytes(file.content)
    lines = put(tmp_path, program=Path("/usr/bin/simbank-agent"))
    for file in packaged:
        assert f"already there, from the package: /{file.packaged}" in lines
        assert not (tmp_path / file.path).exists()


def test_a_dry_run_lists_everything_and_does_nothing(tmp_path):
    lines = put(tmp_path, dry_run=True)
    assert f"would write: /{UNIT}" in lines
    assert files(tmp_path) == []
    put(tmp_path)
    before = files(tmp_path)
    assert f"would remove: /{UNIT}" in take(tmp_path, dry_run=True)
    assert files(tmp_path) == before


def test_without_roots_rights_only_a_dry_run_goes(monkeypatch):
    monkeypatch.setattr(installing.os, "geteuid", lambda: 1000)
    with pytest.raises(PermissionError, match="sudo"):
        put(Path("/"))
    with pytest.raises(PermissionError):
        take(Path("/"))
    assert any(
        line.startswith(("would write", "already there", "kept")) for line in put(Path("/"), dry_run=True)
    )


@pytest.fixture
def whole_system(tmp_path, monkeypatch):
    """A folder that is taken for /, whose commands are only recorded."""
    ran = []
    monkeypatch.setattr(installing, "ROOT", tmp_path)
    monkeypatch.setattr("agent.install.install.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(installing, "SYSTEM_USER", grp.getgrgid(os.getegid()).gr_name)
    return tmp_path, ran


def test_the_commands_of_the_system_run_in_order(whole_system):
    root, ran = whole_system
    put(root, run=lambda words: ran.append(words) or "")
    assert ran[0] == ("systemd-sysusers", "/etc/sysusers.d/simbank-agent.conf")
    assert (root / CONFIG).stat().st_gid == os.getegid()
    ran.clear()
    lines = take(root, run=lambda words: ran.append(words) or "")
    stops = [line for line in lines if "disable --now simbank-agent.service" in line]
    assert lines.index(stops[0]) < lines.index(f"removed: /{UNIT}")


def test_a_missing_group_is_named_and_nothing_is_opened(whole_system, monkeypatch):
    root, ran = whole_system
    monkeypatch.setattr(installing, "SYSTEM_USER", "simbank-no-such-group")
    lines = put(root, run=lambda words: ran.append(words) or "")
    assert any("chgrp simbank-no-such-group" in line for line in lines)
    assert (root / CONFIG).stat().st_mode & 0o777 == 0o640


def shown(command, *, dry_run=False):
    lines = []
    installing._Steps(lines.append, ROOT, dry_run, force=False, run=run).carry_out(command)
    return lines


def test_a_command_that_goes_well_is_shown_to_have_run():
    assert shown(Command(("true",))) == ["ran: true"]


def test_a_command_that_fails_is_shown_with_its_words():
    assert shown(Command(("sh", "-c", "echo 'no such unit' >&2; exit 4"))) == [
        "failed: sh -c echo 'no such unit' >&2; exit 4: no such unit"
    ]
    assert run(("false",)) == "exit code 1"
    assert "No such file" in run(("/nowhere/at/all",))


def test_a_dry_run_runs_nothing():
    assert shown(Command(("false",)), dry_run=True) == ["would run: false"]


def test_a_command_without_its_system_is_not_run(tmp_path):
    assert shown(Command(("simbank-no-such-command",)))[0].startswith("skipped")
    assert shown(Command(("false",), needs=tmp_path / "none"))[0].startswith("skipped")
    assert shown(Command(("true",), needs=Path("/"))) == ["ran: true"]
