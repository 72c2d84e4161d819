"""Putting files in place, and taking away exactly those, in a real folder."""

import grp
import os
from pathlib import Path

import pytest

import agent.install.install as installing
from agent.install.files import pieces
from agent.install.install import install, uninstall

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


def test_every_file_is_put_in_place_with_its_mode_and_said(tmp_path):
    lines = put(tmp_path)
    for piece in pieces(PROGRAM):
        path = tmp_path / piece.path
        assert path.read_bytes() == piece.content
        assert path.stat().st_mode & 0o777 == piece.mode
        assert f"wrote: /{piece.path}" in lines
    assert "enable --now" in lines[-1]


def test_a_second_time_changes_nothing(tmp_path):
    put(tmp_path)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    lines = put(tmp_path)
    assert not any(line.startswith("wrote") for line in lines)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)} == {
        **before,
        "etc/simbank-agent/.installed.json": (tmp_path / "etc/simbank-agent/.installed.json")
        .stat()
        .st_mtime_ns,
    }


def test_uninstalling_leaves_nothing_behind(tmp_path):
    put(tmp_path)
    lines = take(tmp_path)
    assert files(tmp_path) == []
    assert not (tmp_path / "etc/simbank-agent").exists()
    assert "/var/lib/simbank-agent" in lines[-1]


def test_uninstalling_twice_is_fine(tmp_path):
    put(tmp_path)
    take(tmp_path)
    assert f"is not there: /{RULES}" in take(tmp_path)


def test_an_operators_configuration_and_key_are_never_overwritten_nor_removed(tmp_path):
    put(tmp_path)
    (tmp_path / CONFIG).write_text("bank: {modules: 8}\n")
    (tmp_path / KEY).write_text("secret\n")
    assert f"kept as it is: /{CONFIG}" in put(tmp_path)
    lines = take(tmp_path)
    assert f"kept, for it was changed: /{KEY}" in lines
    assert files(tmp_path) == [KEY, CONFIG]
    assert (tmp_path / CONFIG).read_text() == "bank: {modules: 8}\n"


def test_rules_that_somebody_changed_stay_in_both_directions(tmp_path):
    put(tmp_path)
    (tmp_path / RULES).write_text("# mine\n")
    assert any(line.startswith(f"kept, for somebody changed it: /{RULES}") for line in put(tmp_path))
    take(tmp_path)
    assert files(tmp_path) == [RULES]


def test_a_link_to_dev_null_is_somebodys_wish(tmp_path):
    (tmp_path / RULES).parent.mkdir(parents=True)
    (tmp_path / RULES).symlink_to("/dev/null")
    put(tmp_path)
    take(tmp_path)
    assert (tmp_path / RULES).is_symlink()


def test_files_of_an_older_version_are_brought_up_to_date(tmp_path):
    put(tmp_path, program=Path("/old/simbank-agent"))
    lines = put(tmp_path)
    assert f"wrote: /{UNIT}" in lines
    assert f"ExecStart={PROGRAM} run" in (tmp_path / UNIT).read_text()


def test_files_of_an_older_version_are_taken_away(tmp_path):
    put(tmp_path, program=Path("/old/simbank-agent"))
    take(tmp_path)
    assert files(tmp_path) == []


def test_what_the_debian_package_has_is_not_put_a_second_time(tmp_path):
    packaged = [piece for piece in pieces(Path("/usr/bin/simbank-agent")) if piece.packaged]
    for piece in packaged:
        (tmp_path / piece.packaged).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / piece.packaged).write_bytes(piece.content)
    lines = put(tmp_path, program=Path("/usr/bin/simbank-agent"))
    for piece in packaged:
        assert f"is there, by the package: /{piece.packaged}" in lines
        assert not (tmp_path / piece.path).exists()


def test_without_a_record_what_would_be_written_now_is_ours(tmp_path):
    put(tmp_path)
    (tmp_path / "etc/simbank-agent/.installed.json").unlink()
    take(tmp_path, program=PROGRAM)
    assert files(tmp_path) == []


def test_a_dry_run_says_all_and_does_nothing(tmp_path):
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
    assert any(line.startswith(("would write", "is there", "kept")) for line in put(Path("/"), dry_run=True))


@pytest.fixture
def whole_system(tmp_path, monkeypatch):
    """A folder that is taken for /, whose commands are only noted."""
    ran = []
    monkeypatch.setattr(installing, "ROOT", tmp_path)
    monkeypatch.setattr("agent.install.system.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(installing, "USER", grp.getgrgid(os.getegid()).gr_name)
    return tmp_path, ran


def test_the_system_hears_of_it_in_order(whole_system):
    root, ran = whole_system
    put(root, run=lambda words: ran.append(words) or "")
    assert ran[0] == ("systemd-sysusers", "/etc/sysusers.d/simbank-agent.conf")
    assert (root / CONFIG).stat().st_gid == os.getegid()
    ran.clear()
    lines = take(root, run=lambda words: ran.append(words) or "")
    stops = [line for line in lines if "disable --now simbank-agent.service" in line]
    assert lines.index(stops[0]) < lines.index(f"removed: /{UNIT}")


def test_a_missing_group_is_said_and_nothing_is_opened(whole_system, monkeypatch):
    root, ran = whole_system
    monkeypatch.setattr(installing, "USER", "simbank-no-such-group")
    lines = put(root, run=lambda words: ran.append(words) or "")
    assert any("chgrp simbank-no-such-group" in line for line in lines)
    assert (root / CONFIG).stat().st_mode & 0o777 == 0o640
