"""The Debian package, as far as a look at its sources tells; `make try-deb` tries it in a clean Debian."""

import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
from missing import need
from ruamel.yaml import YAML

from agent.cli.app import app
from agent.language import LANGUAGES
from tests.language.speaking import speaking

PROJECT = Path(__file__).parents[2]
DEB = PROJECT / "packaging/deb"
SCRIPTS = ("build.sh", "put-docs", "try.sh", "try-foreign.sh", "postinst", "prerm", "postrm")


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


def test_the_catalogues_are_in_the_wheel():
    data = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][
        "agent"
    ]
    for name in (*(PROJECT / "agent/language").rglob("*.[mp]o"), PROJECT / "agent/status/web/texts.ru.js"):
        assert any(name.relative_to(PROJECT / "agent").match(pattern) for pattern in data), name


def without_comment(line):
    return line.partition("#")[0].strip()


def test_a_removal_keeps_what_a_purge_takes():
    purge = (DEB / "postrm").read_text().partition('"$1" = purge ]; then')[2].partition("fi")[0]
    for kept in ("/etc/simbank-agent/api_key", "/var/lib/simbank-agent"):
        assert kept in purge
        elsewhere = (DEB / "postrm").read_text().replace(purge, "") + (DEB / "prerm").read_text()
        assert not any(kept in without_comment(line) for line in elsewhere.splitlines())


def test_every_link_of_the_documents_leads_somewhere_in_the_package(tmp_path):
    subprocess.run([str(DEB / "put-docs"), str(PROJECT), str(tmp_path)], check=True)
    pages = list(tmp_path.rglob("*.md"))
    assert {"README.md", "README.ru.md", "operations.md", "operations.ru.md", "troubleshooting.ru.md"} <= {
        page.name for page in pages
    }
    broken = [
        f"{page.relative_to(tmp_path)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_maintainer_has_a_name_and_an_address():
    control = (DEB / "control").read_text()
    assert re.search(r"(?m)^Maintainer: [\w -]+ <[\w.-]+@([\w-]+\.)+[a-z]{2,}>$", control)


@pytest.fixture(scope="module", params=LANGUAGES)
def manual(request):
    """The manual pages of a language by the names of their files."""
    with speaking("en"):
        yield runpy.run_path(str(PROJECT / "packaging/man_pages.py"))["pages"](request.param)


def test_every_command_and_option_has_its_place_in_the_manual(manual):
    commands = typer.main.get_command(app).commands
    assert set(manual) == {"simbank-agent.1", *(f"simbank-agent-{name}.1" for name in commands)}
    for name, command in commands.items():
        page = manual[f"simbank-agent-{name}.1"].replace("\\", "")
        assert f"simbank-agent-{name}" in manual["simbank-agent.1"].replace("\\", "")
        for option in (one for one in command.params if one.param_type_name == "option"):
            assert option.opts[0] in page


def test_a_page_of_the_manual_has_no_line_that_is_taken_for_a_request(manual):
    for name, page in manual.items():
        requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
        assert requests <= {".TH", ".SH", ".B", ".BR", ".TP", ".PP"}, name


def test_the_manual_is_in_russian_too():
    pages = runpy.run_path(str(PROJECT / "packaging/man_pages.py"))["pages"]
    with speaking("en"):
        english, russian = pages("en"), pages("ru")
    for name, page in russian.items():
        assert ".SH ИМЯ" in page
        assert page.count(".TP") == english[name].count(".TP")
        explained = re.findall(r"(?m)^\.TP\n\.B .*\n(.*)$", page)
        assert [text for text in explained if text and not re.search("[а-яё]", text)] == [], name


def test_man_reads_every_page(manual, tmp_path):
    need("groff")
    for name, page in manual.items():
        (tmp_path / name).write_text(page)
        read = subprocess.run(
            ["groff", "-Kutf8", "-man", "-ww", "-z", "-Tutf8", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert read.stderr == "", name


def test_the_package_carries_what_a_fleet_needs():
    text = (DEB / "build.sh").read_text()
    assert re.search(r'put "\$work/source\[.*\bfleet\b.*\]"', text)
    assert '*extras["fleet"]' in text


def test_the_container_may_open_the_ports_that_the_service_may():
    compose = YAML(typ="safe").load((PROJECT / "packaging/container/compose.yml").read_text())
    service = compose["services"]["simbank-agent"]
    unit = (PROJECT / "udev/simbank-agent.service").read_text()
    allowed = {rule.split()[1].removesuffix(":*") for rule in service["device_cgroup_rules"]}
    assert allowed == set(re.findall(r"(?m)^DeviceAllow=char-(\d+) rw$", unit))
    assert "/run/udev:/run/udev:ro" in service["volumes"]
    containerfile = (PROJECT / "packaging/container/Containerfile").read_text()
    user = re.search(r"ARG USER_ID=(\d+)", containerfile)[1]
    assert f"uid={user},gid={user}" in service["tmpfs"][1]
    assert f"chown {user} " in (PROJECT / "docs/operations.md").read_text()
