"""The README names every command, option, key, metric and vendor, and nothing that is not there."""

from __future__ import annotations

import re

import click
import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families

from agent.cli.app import app
from agent.cli.exit import Exit
from agent.config import Config
from agent.config.fleet import Fleet
from agent.config.models import Section
from agent.language import translation
from agent.numbers.csv_sheet import COLUMNS
from agent.status.metrics import Metrics
from agent.status.snapshot import AgentFacts, Snapshot
from drivers.at.allowlist import allowed
from drivers.vendors import VENDORS
from tests.agent.shown_fleet import fleet
from tests.docs.pages import README, README_RU, ROOT, Page, quoted

COMMANDS = typer.main.get_command(app).commands
PAGES = {"English": Page(README), "Russian": Page(README_RU)}
NAMES = {
    "English": ("Commands", "config.yaml", "Monitoring", "Modules", "What it sends to a module"),
    "Russian": ("Команды", "config.yaml", "Мониторинг", "Модули", "Команды модулю"),
}
MAPS = ("sims", "ussd")


def keys(section: type[Section] = Config, above: str = "") -> list[str]:
    found = []
    for name, field in section.model_fields.items():
        inner = field.annotation
        if name == "ports":
            found += keys(inner.__args__[0], "ports[].")
        elif name == "fleet":
            found += keys(Fleet, "fleet.")
        elif isinstance(inner, type) and issubclass(inner, Section):
            found += keys(inner, f"{above}{name}.")
        else:
            found.append(above + name)
    return found


def options(command: click.Command) -> set[str]:
    long = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    return long - {"--help"}


def exported() -> set[str]:
    """Names of the metrics as /metrics has them once a report was accepted, without those of the process."""
    snapshot = Snapshot(
        at=1.0, cap=1, modules=(), agent=AgentFacts(version="0", started_at=0.0, sandbox=False),
        accepted_at=1.0, heartbeat_at=2.0, fleet=fleet(),
    )  # fmt: skip
    rendered = Metrics(lambda: snapshot, clock=lambda: 1.0, version="0", fleet=True).render().decode()
    return {
        {"counter": f"{family.name}_total", "info": f"{family.name}_info"}.get(family.type, family.name)
        for family in text_string_to_metric_families(rendered)
        if family.name.startswith("simbank_")
    }


def said_metrics(page: Page, heading: str) -> set[str]:
    names = {name for row in page.table(heading) for name in quoted(row[0])}
    return {name.partition("{")[0] for name in names}


@pytest.mark.parametrize("language", PAGES)
def test_every_command_stands_in_the_table_and_no_other(language):
    rows = PAGES[language].table(NAMES[language][0])

    assert {f"`simbank-agent {name}`" for name in COMMANDS} == {row[0] for row in rows}
    assert len(COMMANDS) == len(rows)


@pytest.mark.parametrize(("page", "language"), [("English", "en"), ("Russian", "ru")])
def test_the_help_says_of_each_command_what_the_readme_says(page, language):
    told = {row[0]: row[1] for row in PAGES[page].table(NAMES[page][0])}
    help_in = translation(language).gettext
    helped = {
        f"`simbank-agent {name}`": help_in(command.help.splitlines()[0]) for name, command in COMMANDS.items()
    }

    assert helped == told


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_told(language, name):
    lines = [line for line in PAGES[language].section(NAMES[language][0]).splitlines() if "--" in line]
    about = " ".join(line for line in lines if f"`{name} " in line) + " ".join(
        line for line in lines if "--config" in line
    )

    assert options(COMMANDS[name]) <= set(re.findall(r"--[a-z0-9-]+", about))


@pytest.mark.parametrize("language", PAGES)
def test_no_option_is_told_that_is_not_there(language):
    there = set().union(*map(options, COMMANDS.values()), {"--help", "--version"})
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", PAGES[language].section(NAMES[language][0])))

    assert told <= there


@pytest.mark.parametrize("language", PAGES)
def test_every_key_stands_in_the_table_and_no_other(language):
    rows = PAGES[language].table(NAMES[language][1])

    assert keys() == [row[0].strip("`") for row in rows]


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("section", MAPS)
def test_what_an_entry_of_a_map_may_hold_is_told(language, section):
    entry = Config.model_fields[section].annotation.__args__[1]
    entry = getattr(entry, "__origin__", entry)
    row = next(row for row in PAGES[language].table(NAMES[language][1]) if row[0] == f"`{section}`")

    assert set(entry.model_fields) <= quoted(row[2])


@pytest.mark.parametrize("language", PAGES)
def test_every_default_is_the_one_that_holds(language):
    shipped = Page(ROOT / "config.yaml").text
    for name, default in [
        (row[0].strip("`"), row[1].strip("`")) for row in PAGES[language].table("config.yaml")
    ]:
        leaf = name.rpartition(".")[2]
        made = default == "–" or " " in default  # of other keys, or by the machine
        if not made and name != "ports[].path":  # the shipped file shows the simulated bank there
            assert re.search(rf"(?m)^[ #-]*{leaf}: {re.escape(default)} ", shipped), name


@pytest.mark.parametrize("language", PAGES)
def test_every_exit_code_is_told(language):
    codes = re.findall(r"(?m)^\| (\d+) \|", PAGES[language].section(NAMES[language][0]))

    assert [str(int(code)) for code in Exit] == codes


@pytest.mark.parametrize("language", PAGES)
def test_every_metric_is_told_and_no_other(language):
    assert exported() == said_metrics(PAGES[language], NAMES[language][2])


@pytest.mark.parametrize("language", PAGES)
def test_every_vendor_is_named(language):
    assert set(VENDORS) <= quoted(PAGES[language].section(NAMES[language][3]))


@pytest.mark.parametrize("language", PAGES)
def test_what_is_told_of_the_allow_list_is_on_it(language):
    told = {name for row in PAGES[language].table(NAMES[language][4]) for name in quoted(row[0])}
    whole = {text for text in told if "…" not in text}

    assert {text for text in whole if not allowed(text)} == set()
    assert {text[:7] for text in told - whole} == {"AT+CRSM", "AT+CUSD"}


@pytest.mark.parametrize("page", [README, README_RU], ids=["en", "ru"])
def test_the_header_of_the_file_of_numbers_is_the_one_that_is_written(page):
    assert f"`{','.join(COLUMNS)}`" in Page(page).prose


def test_the_first_commands_are_run_and_test():
    commands = [code.text.strip() for code in Page(README).codes if code.language == "console"]

    assert commands[:2] == ["make run", "make test"]


def test_the_makefile_has_the_words_that_the_documents_use():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = set(re.findall(r"`?\bmake ([a-z-]+)`", Page(README).text)) | {"run", "test"}

    assert {word for word in told if not re.search(rf"(?m)^{word}:", makefile)} == set()
