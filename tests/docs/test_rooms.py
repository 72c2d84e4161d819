"""Every room has its row in CONTRIBUTING.md, and its layer in docs/architecture.md is the linter's."""

from __future__ import annotations

import configparser

from tests.docs.pages import DOCS, ROOT, Page, quoted

CONTRIBUTING = Page(ROOT / "CONTRIBUTING.md")
ARCHITECTURE = Page(DOCS / "architecture.md")


def layers(contract: str) -> list[set[str]]:
    """The layers of a contract of the import linter, highest first, each a set of names."""
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter", encoding="utf-8")
    lines = linter[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [{name.strip() for name in line.split(":")} for line in lines if line.strip()]


def rows(head: str) -> list[set[str]]:
    """The rooms of each row of the table whose head begins so, without their folder."""
    section = ARCHITECTURE.section("Rooms and layers")
    table = next(part for part in section.split("\n\n") if part.startswith(f"| {head}"))
    firsts = [line.split("|")[1] for line in table.splitlines()[2:]]
    return [{path.split("/")[1].removesuffix(".py") for path in quoted(first)} for first in firsts]


def test_every_room_is_told():
    rooms = {
        f"{top}/{path.parent.name}/"
        for top in ("agent", "drivers")
        for path in (ROOT / top).glob("*/__init__.py")
    }

    assert {row[0].strip("`") for row in CONTRIBUTING.table("Rooms")} == rooms


def test_the_layers_of_the_agent_are_the_linters():
    assert rows("rooms of the agent") == [layer for layer in layers("agent-layers") if layer != {"__main__"}]


def test_the_layers_of_the_drivers_are_the_linters():
    assert rows("rooms of the drivers") == layers("driver-layers")
