"""The Debian package, as far as a look at its sources tells; `make try-deb` tries it in a clean Debian."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DEB = PROJECT / "packaging/deb"
SCRIPTS = ("build.sh", "try.sh", "try-foreign.sh", "postinst", "prerm", "postrm")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_one_that_dash_reads_and_may_be_run(script):
    assert (DEB / script).stat().st_mode & 0o111 == 0o111
    subprocess.run(["sh", "-n", str(DEB / script)], check=True)


def test_the_launcher_looks_where_the_package_puts_the_libraries():
    folder = re.search(r'insert\(0, "(/usr/lib/[^"]+)"\)', (DEB / "simbank-agent").read_text())[1]
    assert f"lib=$stage{folder}\n" in (DEB / "build.sh").read_text()
    for script in ("postinst", "prerm"):
        assert folder in (DEB / script).read_text()


def test_the_unit_starts_the_launcher_with_the_configuration_of_the_package():
    unit = (PROJECT / "udev/simbank-agent.service").read_text()
    assert "ExecStart=/usr/bin/simbank-agent run --config /etc/simbank-agent/config.yaml\n" in unit
    assert "LoadCredential=api_key:/etc/simbank-agent/api_key\n" in unit


def test_what_install_needs_is_in_the_wheel():
    data = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert "install/system/*" in data["agent"]
    for name in (PROJECT / "agent/install/system").iterdir():
        assert name.resolve().is_file()
        assert name.resolve().is_relative_to(PROJECT)


def without_comment(line):
    return line.partition("#")[0].strip()


def test_a_removal_keeps_what_a_purge_takes():
    purge = (DEB / "postrm").read_text().partition('"$1" = purge ]; then')[2].partition("fi")[0]
    for kept in ("/etc/simbank-agent/api_key", "/var/lib/simbank-agent"):
        assert kept in purge
        elsewhere = (DEB / "postrm").read_text().replace(purge, "") + (DEB / "prerm").read_text()
        assert not any(kept in without_comment(line) for line in elsewhere.splitlines())
