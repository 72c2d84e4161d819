"""The systemd unit and its user, as systemd itself judges them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from missing import need

UDEV = Path(__file__).parent.parent.parent / "udev"
UNIT = UDEV / "simbank-agent.service"
SYSUSERS = UDEV / "simbank-agent.sysusers"


@pytest.fixture
def systemd():
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False)

    need("systemd-analyze", "systemd")
    return run


def settings(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), flags=re.MULTILINE)


def test_the_unit_exposes_little(systemd):
    answer = systemd("systemd-analyze", "security", "--offline=true", "--threshold=20", str(UNIT))
    assert answer.returncode == 0, answer.stdout


def test_systemd_knows_every_line_of_the_unit(systemd, tmp_path):
    installed = tmp_path / UNIT.name
    program = settings("ExecStart")[0].split()[0]
    installed.write_text(UNIT.read_text().replace(program, shutil.which("true")))
    answer = systemd("systemd-analyze", "verify", str(installed))
    # Unknown keys are only told, with exit code 0.
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_unit_runs_as_the_user_that_sysusers_makes(systemd, tmp_path):
    (tmp_path / "etc").mkdir()
    answer = systemd("systemd-sysusers", f"--root={tmp_path}", "--dry-run", str(SYSUSERS))
    assert f"Creating user '{settings('User')[0]}'" in answer.stdout + answer.stderr
    assert re.search(r"^m simbank-agent dialout$", SYSUSERS.read_text(), flags=re.MULTILINE)


def test_unit_and_rules_agree_about_the_group_of_the_ports():
    assert settings("SupplementaryGroups") == ["dialout"]
    assert 'GROUP="dialout"' in (UDEV / "60-simbank-agent.rules").read_text()


def test_the_drivers_of_the_table_may_be_opened_before_their_first_device_came():
    numbers = {int(value) for value in re.findall(r"char-(\d+) rw", UNIT.read_text())}
    # Documentation/admin-guide/devices.txt: 188 ttyUSB, 166 ttyACM, 4 ttyS; the others from WCH's drivers.
    assert numbers == {188, 166, 4, 168, 169, 170}


def test_the_paths_to_replace_stand_once_each():
    assert settings("ExecStart") == ["/usr/bin/simbank-agent run --config /etc/simbank-agent/config.yaml"]
    assert settings("LoadCredential") == ["api_key:/etc/simbank-agent/api_key"]


def test_a_fault_cannot_eat_the_machine():
    assert settings("MemoryMax") == ["512M"]
    assert settings("TasksMax") == ["2048"]
    assert settings("LimitNOFILE") == ["65536"]


def test_a_wrong_configuration_is_not_started_again():
    assert settings("RestartPreventExitStatus") == ["2 78"]
