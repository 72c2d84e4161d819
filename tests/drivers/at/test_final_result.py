from __future__ import annotations

import pytest

from drivers.at.final_result import FinalResult, is_connect, parse_final_result


@pytest.mark.parametrize(("line", "verbose"), [("OK", True), ("0", False), ("ok", True)])
def test_ok(line, verbose):
    assert parse_final_result(line) == FinalResult(ok=True, words="OK", verbose=verbose)


@pytest.mark.parametrize(
    ("line", "verbose"), [("ERROR", True), ("4", False), ("+CME ERROR: 10", None), ("NA", None)]
)
def test_a_final_result_tells_whether_results_are_words_where_that_differs(line, verbose):
    result = parse_final_result(line)
    assert result is not None
    assert result.verbose is verbose


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ERROR", None),
        ("4", None),
        ("+CME ERROR: 10", 10),
        ("+CME ERROR:58", 58),
        ("+CME ERROR: ", None),
        ("+CME ERROR:", None),
        ("+CME ERROR: SIM not inserted", 10),
        ("+CME ERROR: sim-pin REQUIRED", 11),
        ("+CME ERROR: network personalisation PIN required", 40),
        ("+CME ERROR: something new", None),
        ("+CMS ERROR: 310", 310),
        ("+CMS ERROR: SIM busy", 314),
        ("+EXT ERROR: 10", None),
        ("MODEM ERROR: 10", None),
        ("COMMAND NOT SUPPORT", None),
        ("TOO MANY PARAMETERS", None),
        ("NOT FOND ^,NOT CUSTOM AT", None),
        ("NA", None),
        ("UNKNOWN COMMAND", None),
    ],
)
def test_refused(line, code):
    found = parse_final_result(line)
    assert found is not None
    assert (found.ok, found.code) == (False, code)


@pytest.mark.parametrize(
    "line",
    [
        "OKLAHOMA",
        "OK then",
        'ERROR+CNUM: ,"+46",145',
        '+CME ERROR: 25+CNUM: "","+46701740001",145',
        "ERRORS",
        "1",
        "2",
        "00",
        "+CMTI: 1",
        "RING",
        "MODEM:STARTUP",
        "NO CARRIER",
        "+CPIN: READY",
    ],
)
def test_only_a_whole_line_is_a_final_result(line):
    assert parse_final_result(line) is None


def test_connect_is_recognised():
    assert is_connect("CONNECT")
    assert is_connect("CONNECT 115200")
    assert is_connect("1")
    assert not is_connect("10")
