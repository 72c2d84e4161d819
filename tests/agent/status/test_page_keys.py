"""The scripts of the page read only keys that the API has."""

from __future__ import annotations

import re
from importlib import resources
from typing import get_args

import pytest

from agent.status.alerts_row import AlertServiceRow, AlertsRow
from agent.status.encode import details_json, encode, head_json
from agent.status.events import Event
from agent.status.fleet_texts import doubt_row
from agent.status.past_json import change_json
from agent.status.snapshot import OnlinesimRow, SharedPortRow, WasRow
from agent.store.change_rows import OF_MODULE, ChangeRow
from agent.store.history import history_json
from tests.agent.shown_bank import NOW, WALL, row, troubled_bank
from tests.agent.shown_fleet import DOUBT, fleet

SCRIPTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in resources.files("agent.status").joinpath("web").iterdir()
    if path.name.endswith(".js") and path.name != "texts.ru.js"  # only words
}
BANK = troubled_bank(8)
BANK.missed_windows, BANK.accepted_at, BANK.fleet = 1, None, fleet(doubts=(DOUBT,))
BANK.alerts = AlertsRow(on=True, services=(AlertServiceRow(name="json://… (1)"),))
HEAD = head_json(BANK.snapshot(), NOW)
BANNER = HEAD["banners"][0].keys()
ROW = encode(
    row(
        1,
        client=SharedPortRow(since_at=NOW, waited_s=0.0),
        onlinesim=OnlinesimRow(status="working", checked_at=NOW),
        doubt=doubt_row(DOUBT),
        was=WasRow(iccid="8946", number=None, until_at=NOW, now_in=None),
    ),
    NOW,
)
REPORT = encode(BANK.reports[0], NOW)
DETAILS = details_json(row(1), BANK.more, NOW)
CHANGE = change_json(
    ChangeRow(1, OF_MODULE, at=0, module="", iccid=None, number=None, reason="live", detail="", hub=""), "en"
)
DAY = history_json(BANK.history(), WALL)
OF_THE_STREAM = {"at", "wallAt", "modules"}
"""What stream.js adds to the body itself."""

READ = {
    r"\b(?:row|module)\.(\w+)": ROW.keys() | OF_THE_STREAM,
    r"\brow\.client\.(\w+)": ROW["client"].keys(),
    r"\b(?:numberAnswer|row\.onlinesim\??)\.(\w+)": ROW["onlinesim"].keys(),
    r"\brow\.doubt\??\.(\w+)": ROW["doubt"].keys(),
    r"\brow\.was\??\.(\w+)": ROW["was"].keys(),
    r"\bpast\.(\w+)": ROW["was"].keys(),
    r"\balerts\.(\w+)": HEAD["alerts"].keys(),
    r"\bservice\.(\w+)": HEAD["alerts"]["services"][0].keys(),
    r"\bfleet\.(\w+)": HEAD["fleet"].keys() | {"update", "tick", "js"},
    r"\bengine\.(\w+)": HEAD["fleet"]["engine"].keys(),
    r"\bhost\.(\w+)": HEAD["fleet"]["hosts"][0].keys(),
    r"\b(?:state|next)\.(\w+)": HEAD.keys() | OF_THE_STREAM,
    r"\b(?:state|next)\.agent\.(\w+)": HEAD["agent"].keys(),
    r"\blast\??\.(\w+)": REPORT.keys(),
    r"\bday\.(?![gs]etDate|setHours)(\w+)": DAY.keys() | {"range"},
}
"""What a script reads by a name of its own, and which keys are there."""
TAKEN_APART = {
    "newest.map": DETAILS["answers"][0].keys(),
    "shown.map": DETAILS["verdicts"][0].keys() & CHANGE.keys(),
    "#drawMore": DETAILS.keys(),
    "reports.map": REPORT.keys(),
    "found.map": BANNER,
    "banners.some": BANNER,
    "runsOf": DAY.keys(),
}


def reads(pattern: str) -> set[str]:
    """The keys read so; `.map` and the like of an array or a Map are none."""
    found = set()
    for text in SCRIPTS.values():
        found |= {key for key in re.findall(pattern, text) if key != "length"}
    return found


@pytest.mark.parametrize("pattern", READ)
def test_a_key_that_a_script_reads_is_in_the_api(pattern):
    found = reads(pattern)

    assert found
    assert found <= READ[pattern]


@pytest.mark.parametrize("where", TAKEN_APART)
def test_a_key_that_a_script_takes_out_of_a_body_is_in_the_api(where):
    bodies = [
        body
        for text in SCRIPTS.values()
        for body in re.findall(rf"{re.escape(where)}\(\(?\{{ ([^}}]*) \}}", text)
    ]

    assert bodies
    assert {key.partition(":")[0].strip() for body in bodies for key in body.split(",")} <= TAKEN_APART[where]


def test_a_key_that_the_plot_takes_out_of_the_day_is_in_the_api():
    bodies = re.findall(r"const \{ ([^}]*) \} = this\.#day", SCRIPTS["plot.js"])
    bodies += re.findall(
        r"(?:spanOf|tableRows)\(\{ ([^}]*) \}", SCRIPTS["plot_axis.js"] + SCRIPTS["plot_table.js"]
    )

    assert len(bodies) >= 6
    assert {key for body in bodies for key in body.split(", ")} <= DAY.keys()


def test_the_page_listens_to_the_events_that_are_sent():
    listened = re.search(r"for \(const kind of \[(.*?)\]", SCRIPTS["stream.js"])

    assert listened is not None
    assert re.findall(r'"(\w+)"', listened[1]) == list(get_args(Event))
