"""The operator's own words about numbers."""

from pathlib import Path

import pytest

from agent.check.finding import Level
from agent.check.numbers import check_numbers
from agent.config import load
from agent.numbers import sims_file
from agent.numbers.file_text import why_unreadable

ONE, TWO = "8946120000005000016", "8946120000005000024"
IMSI = "240120000000017"


def found(yaml="", rows=None):
    config = load(yaml + "\nsims_file: sims.csv", file="config.yaml", environment={}, folder=Path())
    return list(check_numbers(config, *sims_file.parse(rows or "", "sims.csv")))


def doubts(*arguments):
    return [finding.text for finding in found(*arguments) if finding.level is not Level.OK]


def test_without_numbers_there_is_nothing_to_say():
    assert found() == []


def test_numbers_that_are_each_ones_own_are_good():
    (finding,) = found(f'sims: {{"{ONE}": "+46701740605"}}', f"{TWO},+46701740606\n")
    assert finding.level is Level.OK
    assert finding.text.startswith("2 SIMs with")


def test_bad_rows_are_named_by_line():
    (finding,) = found("", f"iccid,number\n{ONE},+46701740605\nrubbish,+46701740606\n")[:1]
    assert finding.level is Level.PROBLEM
    assert finding.text.startswith("sims.csv:3: rubbish is neither an ICCID")


@pytest.mark.parametrize(
    ("yaml", "rows"),
    [
        (f'sims: {{"{ONE}": "+46701740605"}}', f"{TWO},+46701740605\n"),
        ("", f"{ONE},+46701740605\n{TWO},+46701740605\n"),
        ("", f"{ONE},+46701740605\n{TWO},0701740605\n"),  # national, in the SIM's country
    ],
)
def test_one_number_for_two_sims_is_reported_with_both_places(yaml, rows):
    (text,) = doubts(yaml, rows)
    assert text.startswith("+46701740605 belongs to")
    assert ONE in text
    assert TWO in text


def test_the_iccid_and_the_imsi_of_one_card_may_share_a_number():
    assert doubts(f'sims: {{"{ONE}": "+46701740605"}}', f"{IMSI},+46701740605\n") == []


def test_a_sim_with_one_number_in_the_configuration_and_another_in_the_file_is_reported():
    shorter = ONE[:-1]  # the check digit is often left out
    (text,) = doubts(f'sims: {{"{ONE}": "+46701740605"}}', f"{shorter},+46701740606\n{TWO},+46701740607\n")
    assert text == f"sims.csv:1 gives {shorter} the number +46701740606, config.yaml:1 gives it +46701740605"


def test_the_same_number_in_both_is_fine():
    assert doubts(f'sims: {{"{ONE}": "+46701740605"}}', f"{ONE},+46701740605\n") == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+46050910804", "is not in any number range"),
        ("+12005550123", "is not in any number range"),
        ("+1202555", "has the wrong length"),
    ],
)
def test_numbers_that_look_wrong_are_doubted_and_not_refused(number, words):
    (text,) = doubts("", f"{ONE},{number}\n")
    assert text.startswith(f"sims.csv:1: {number} {words}")


def test_a_length_that_the_configuration_warns_of_itself_is_not_reported_twice():
    assert doubts(f'sims: {{"{ONE}": "+1202555"}}') == []


def test_a_file_that_cannot_be_read_is_a_problem():
    config = load("", file="config.yaml", environment={}, folder=Path("/"))
    why = why_unreadable(PermissionError(13, "Permission denied"), "sims.csv")
    unreadable = sims_file.problem_of(Path("sims.csv"), why, config.places)
    (finding,) = check_numbers(config, problems=[unreadable])
    assert finding.level is Level.PROBLEM
    assert "permission denied" in finding.text


def test_a_file_with_ten_thousand_mistakes_is_no_list_of_ten_thousand():
    config = load("sims_file: sims.csv", file="config.yaml", environment={}, folder=Path("/"))
    findings = list(check_numbers(config, *sims_file.parse("nonsense,1\n" * 10_000, "sims.csv")))
    assert len(findings) < 150
    assert "more mistakes" in findings[-1].text
