"""The modules' table on consoles of many widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agent.cli.table import columns_for, console, modules_table

MODULES = [
    {
        "name": f"Port{order}", "model": "SIMCOM SIM800", "imei": "867962041234567", "live": order == 1,
        "iccid": "89460700000000000123", "number": "+46701234567", "operator": "Tele2 SE",
        "signal_dbm": -71, "reason": "live" if order == 1 else "not_a_modem",
        "text": "live" if order == 1 else "nothing on this port answers AT commands",
    }
    for order in (1, 2, 30)
]  # fmt: skip


WIDE = ("port", "module", "IMEI", "SIM", "number", "operator", "signal", "verdict")


def printed(width, modules=MODULES):
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(modules_table(modules, 64))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_port_number_and_verdict_are_whole_at_every_width(width):
    lines = printed(width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].split()[0] == "port"
    assert lines[0].split()[-1] == "verdict"
    assert "…" not in "".join(lines)
    for line, module in zip(lines[1:4], MODULES, strict=True):
        assert line.split()[0] == module["name"]
        assert "+46701234567" in line
        assert line.rstrip().endswith(module["text"])


def test_a_wide_console_shows_every_column():
    assert printed(200).split()[:8] == list(WIDE)


def test_a_verdict_wider_than_the_line_goes_on_below_it():
    long = MODULES[0] | {"text": "the number of this SIM is not known; add to config.yaml, sims: " + "9" * 20}
    text = printed(60, [long])
    assert "+46701234567" in text
    assert "9" * 20 in text.replace(" ", "").replace("\n", "")


def test_the_footer_counts_in_sentences_and_in_the_singular():
    assert (
        "1 live of 3 modules, at most 64 are reported   2 nothing on this port answers AT commands"
        in printed(200)
    )
    assert "1 live of 1 module," in printed(200, MODULES[:1])


def test_a_reason_of_a_newer_agent_is_shown_as_it_is():
    assert "1 moonlight" in printed(200, [MODULES[1] | {"reason": "moonlight"}])


def test_a_pipe_gets_every_column_whole_however_long_the_verdict(capsys):
    console().print(modules_table([MODULES[0] | {"text": "x" * 300}], 64))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == list(WIDE)
    assert lines[1].endswith("x" * 300)


@pytest.mark.parametrize(("columns", "width"), [("0", 40), ("7", 40), ("40", 40), ("99", 99)])
def test_a_terminal_is_never_so_narrow_that_a_verdict_is_lost(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("TERM", raising=False)
    assert console().width == width
    text = printed(width)
    assert "verdict" in text
    assert "commands" in text


CELLS = {
    "port": 6, "module": 14, "IMEI": 15, "SIM": 20, "number": 13, "operator": 10, "signal": 8, "verdict": 30,
}  # fmt: skip


@pytest.mark.parametrize(
    ("room", "gone"),
    [
        (200, set()),
        (123, set()),  # just enough
        (122, {"IMEI"}),
        (120, {"IMEI"}),
        (100, {"IMEI", "SIM"}),
        (80, {"IMEI", "SIM", "signal"}),
        (77, {"IMEI", "SIM", "signal"}),
        (76, {"IMEI", "SIM", "signal", "operator"}),
        (60, {"IMEI", "SIM", "signal", "operator", "module"}),
        (1, {"IMEI", "SIM", "signal", "operator", "module"}),
    ],
)
def test_columns_give_way_in_their_order_and_only_as_many_as_needed(room, gone):
    assert columns_for(CELLS, room) == tuple(name for name in CELLS if name not in gone)


@pytest.mark.parametrize(
    ("status", "banned", "text"),
    [
        ("working", False, "live"),
        ("queued", None, "live"),
        ("working", True, "live, Onlinesim: working, banned"),
        ("not_on_account", None, "live, Onlinesim: not on this account"),
        ("spent", False, "live, Onlinesim: spent by rent"),
        ("a new one", False, "live, Onlinesim: a new one"),
    ],
)
def test_what_onlinesim_objects_to_stands_beside_the_verdict(status, banned, text):
    module = MODULES[0] | {"onlinesim": {"status": status, "banned": banned}}
    assert printed(200, [module]).splitlines()[1].rstrip().endswith(text)


def test_no_text_of_a_module_acts_on_the_terminal_or_is_taken_for_markup():
    evil = "[/2][red]:smile:\x1b]0;owned\x07\x9b2J\u202e"
    rows = [module | {"name": evil, "model": evil, "operator": evil, "text": evil} for module in MODULES]
    out = printed(300, rows)
    assert out.count("[/2][red]:smile:\\x1b]0;owned\\x07\\x9b2J\\u202e") == 4 * len(rows)
    assert "".join(out.splitlines()).isprintable()


def test_names_with_markup_print_as_they_are(capsys):
    console().print("[/2] [red]x[/red] :smile:")
    assert capsys.readouterr().out == "[/2] [red]x[/red] :smile:\n"


def test_a_label_stands_beside_the_name():
    labelled = [{**MODULES[0], "label": "left [b]shelf"}]
    assert "Port1 left [b]shelf SIMCOM" in printed(200, labelled)
