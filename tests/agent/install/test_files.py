"""What goes where, and with which content."""

import subprocess
from pathlib import Path

import pytest
from missing import need

from agent.config import PathKind, load
from agent.install.files import (
    CannotInstall,
    installed_config,
    installed_files,
    program_of,
    this_program,
    unit,
)

PROJECT = Path(__file__).parents[3]


def test_every_file_is_the_one_in_the_repository():
    contents = {file.path: file.content for file in installed_files(Path("/usr/bin/simbank-agent"))}
    for path, original in (
        ("etc/udev/rules.d/60-simbank-agent.rules", "udev/60-simbank-agent.rules"),
        ("etc/udev/rules.d/86-simbank-agent-brltty.rules", "udev/86-simbank-agent-brltty.rules"),
        ("etc/sysusers.d/simbank-agent.conf", "udev/simbank-agent.sysusers"),
        ("etc/systemd/system/simbank-agent.service", "udev/simbank-agent.service"),
    ):
        assert contents[path] == (PROJECT / original).read_bytes()


def test_only_the_key_is_closed_to_the_group_and_the_configuration_to_others():
    modes = {file.path: file.mode for file in installed_files(Path("/usr/bin/simbank-agent"))}
    assert modes.pop("etc/simbank-agent/api_key") == 0o600
    assert modes.pop("etc/simbank-agent/config.yaml") == 0o640
    assert set(modes.values()) == {0o644}


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (
            "/opt/simbank-agent/bin/simbank-agent",
            "ExecStart=/opt/simbank-agent/bin/simbank-agent run --config",
        ),
        ("/srv/my bank/simbank-agent", 'ExecStart="/srv/my bank/simbank-agent" run --config'),
        ("/srv/100%/simbank-agent", "ExecStart=/srv/100%%/simbank-agent run --config"),
    ],
)
def test_the_unit_starts_the_program_that_installs_it(program, line):
    shipped = (PROJECT / "udev/simbank-agent.service").read_text().splitlines()
    written = unit(Path(program)).splitlines()
    (changed,) = [new for new, old in zip(written, shipped, strict=True) if new != old]
    assert changed.startswith(line)
    assert program_of(unit(Path(program)).encode()) == Path(program)


@pytest.mark.parametrize("unit", [b"", b"[Service]\nExecStart=/usr/bin/true\n", b"\xff"])
def test_a_unit_that_is_not_ours_means_the_program_of_the_package(unit):
    assert program_of(unit) == Path("/usr/bin/simbank-agent")


def test_the_installed_configuration_differs_from_the_shipped_one_in_ports_and_store_alone():
    def read(text):
        return load(text, file="config.yaml", environment={}, folder=Path("/etc/simbank-agent")).model_dump()

    shipped, installed = read((PROJECT / "config.yaml").read_text()), read(installed_config())
    assert installed.pop("store") == Path("/var/lib/simbank-agent/simbank.db")
    shipped.pop("store")
    (rule,), (shipped_rule,) = installed.pop("ports"), shipped.pop("ports")
    assert {**rule, "path": "simulated"} == shipped_rule
    assert rule["path"] == "usb"
    assert installed == shipped


def test_the_installed_configuration_keeps_the_comments_in_line_and_has_no_warnings():
    text = installed_config()
    config = load(text, file="config.yaml", environment={}, folder=Path("/"))
    assert config.warnings == ()
    assert config.ports[0].kind is PathKind.EVERY_USB
    assert "simulated bank" not in text.partition("version:")[0]
    shipped = (PROJECT / "config.yaml").read_text()
    assert text.partition("# Durations")[2].count("#") == shipped.partition("# Durations")[2].count("#")
    (line,) = [line for line in text.splitlines() if line.startswith("  - path: ")]
    assert line.index("#") == 29


def test_a_shipped_file_that_no_longer_fits_is_noticed():
    with pytest.raises(ValueError, match="has changed"):
        installed_config("version: 1\n")


def test_the_program_is_the_one_that_runs(tmp_path):
    program = Path("/opt/simbank-agent/bin/simbank-agent")
    with pytest.raises(CannotInstall, match="/opt/simbank-agent/bin/simbank-agent does not exist"):
        this_program(str(program), prefixes=("/usr",))


@pytest.mark.parametrize(
    ("argv0", "prefixes"), [("simbank-agent", ("/usr",)), (None, ("/home/petra/.venv", "/usr"))]
)
def test_a_program_that_the_service_cannot_see_is_refused(tmp_path, argv0, prefixes):
    program = tmp_path / "simbank-agent" if argv0 else Path("/usr/bin/env")
    if argv0:
        program.touch()
    else:
        program = tmp_path / "simbank-agent"
        program.symlink_to("/usr/bin/env")
    with pytest.raises(CannotInstall, match="cannot see"):
        this_program(str(program), prefixes=prefixes)


def test_systemd_knows_every_line_of_the_unit_for_another_program(tmp_path):
    installed = tmp_path / "simbank-agent.service"
    installed.write_text(unit(Path("/usr/bin/env")))
    need("systemd-analyze", "systemd")
    answer = subprocess.run(
        ["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")
