"""docs/design.md keeps the names that users and programs rely on: reasons, commands, paths, and its section numbers."""

from __future__ import annotations

from agent.cli.app import app
from agent.decision.verdict import Reason
from tests.docs.pages import DOCS, Page

DESIGN = Page(DOCS / "design.md")


def test_the_sections_keep_their_numbers():
    numbers = [text.split(".")[0] for level, text in DESIGN.headings if level == 2]

    assert numbers == [str(number) for number in range(1, 15)]


def test_each_reason_has_its_row_in_the_order_in_which_it_is_asked():
    rows = [row[0].strip("`") for row in DESIGN.table("4. From observations to the live set")]

    assert rows == [reason.value for reason in Reason if reason is not Reason.LIVE]


def test_each_command_has_its_row():
    rows = {row[0].strip("`") for row in DESIGN.table("8. Commands")}
    commands = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }

    assert rows == commands
